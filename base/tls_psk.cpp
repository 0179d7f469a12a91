#include "base/tls_psk.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace bn::base {
namespace {

// One key, one name: who knows the key need not say which.
constexpr std::string_view kTlsIdentity = "bill-nextcloud";
constexpr std::array<unsigned char, 2> kTlsSuite{0x13, 0x01};  // TLS_AES_128_GCM_SHA256

using TlsKey = std::array<unsigned char, kTlsKeyDigits / 2>;

void forget_key(void*, void* key, CRYPTO_EX_DATA*, int, long, void*) {
    OPENSSL_clear_free(key, sizeof(TlsKey));
}

// Where a context keeps its key; asio has the application's own slot.
int key_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, forget_key);
    return slot;
}

int digit_of(char c) {
    return OPENSSL_hexchar2int(static_cast<unsigned char>(c));
}

// The key as TLS knows keys that were agreed on before: a session that never was. Null: no memory.
SSL_SESSION* session_of(SSL* connection) {
    const auto* key =
        static_cast<const TlsKey*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), key_slot()));
    const SSL_CIPHER* suite = SSL_CIPHER_find(connection, kTlsSuite.data());
    SSL_SESSION* session = SSL_SESSION_new();
    if (key != nullptr && suite != nullptr && session != nullptr &&
        SSL_SESSION_set1_master_key(session, key->data(), key->size()) == 1 &&
        SSL_SESSION_set_cipher(session, suite) == 1 &&
        SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1) {
        return session;
    }
    SSL_SESSION_free(session);
    return nullptr;
}

// OpenSSL names no key for a hash that it does not suit: `hash` is of our one suite, or unsaid.
int offer_key(
    SSL* connection,
    const EVP_MD*,
    const unsigned char** id,
    std::size_t* size,
    SSL_SESSION** session
) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    *id = reinterpret_cast<const unsigned char*>(kTlsIdentity.data());
    *size = kTlsIdentity.size();
    *session = session_of(connection);
    return *session == nullptr ? 0 : 1;
}

int find_key(SSL* connection, const unsigned char* id, std::size_t size, SSL_SESSION** session) {
    const bool known =
        size == kTlsIdentity.size() && std::memcmp(id, kTlsIdentity.data(), size) == 0;
    *session = known ? session_of(connection) : nullptr;
    return known && *session == nullptr ? 0 : 1;
}

bool keep_key(SSL_CTX* context, std::string_view digits) {
    // Its owner is the context, which wipes it.
    auto* key = static_cast<TlsKey*>(OPENSSL_zalloc(sizeof(TlsKey)));
    if (key == nullptr || SSL_CTX_set_ex_data(context, key_slot(), key) != 1) {
        OPENSSL_free(key);
        return false;
    }
    for (std::size_t i = 0; i < key->size(); ++i) {
        (*key)[i] =
            static_cast<unsigned char>(digit_of(digits[2 * i]) * 16 + digit_of(digits[2 * i + 1]));
    }
    return true;
}

}  // namespace

bool is_tls_key(std::string_view text) {
    return text.size() == kTlsKeyDigits &&
           std::ranges::all_of(text, [](char c) { return digit_of(c) >= 0; });
}

TlsContext tls_context(TlsSide side, const Secret& key) {
    if (!is_tls_key(key.reveal())) {
        return nullptr;
    }
    TlsContext context(
        SSL_CTX_new(side == TlsSide::kServer ? TLS_server_method() : TLS_client_method())
    );
    SSL_CTX* const raw = context.get();
    if (raw == nullptr || !keep_key(raw, key.reveal()) ||
        SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(raw, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set_num_tickets(raw, 0) != 1 || SSL_CTX_set_max_early_data(raw, 0) != 1) {
        return nullptr;
    }
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    if (side == TlsSide::kServer) {
        SSL_CTX_set_psk_find_session_callback(raw, find_key);
    } else {
        SSL_CTX_set_psk_use_session_callback(raw, offer_key);
        // A server that answers with a certificate is not the one that has the key: no authority is
        // known here, so that it gets through no handshake.
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    }
    return context;
}

bool tls_proved(SSL* connection) {
    return SSL_is_init_finished(connection) == 1 && SSL_session_reused(connection) == 1;
}

void tls_without_settings_of_the_host() {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

std::string tls_failure() {
    std::string said;
    while (const unsigned long code = ERR_get_error()) {
        const char* const reason = ERR_reason_error_string(code);
        said = said.empty() && reason != nullptr ? reason : said;
    }
    return said;
}

}  // namespace bn::base
