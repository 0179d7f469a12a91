// TLS 1.3 under a key that both sides have (RFC 8446, 4.2.11): no certificates. Who does not know
// the key gets through no handshake, on either side; each connection has keys of its own
// (psk_dhe_ke), so that a key that becomes known later opens nothing that was recorded. One cipher
// suite, no tickets, no early data.
//
// A context may be used by several threads; the error queue of OpenSSL is the calling thread's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "reconciler/model/secret.hpp"

namespace bn::base {

enum class TlsSide { kClient, kServer };

struct FreeTls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

    void operator()(SSL* connection) const { SSL_free(connection); }
};

using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsConnection = std::unique_ptr<SSL, FreeTls>;

inline constexpr std::size_t kTlsKeyDigits = 64;

// What stands in the one line of a key file: 64 hexadecimal digits, 256 random bits.
[[nodiscard]] bool is_tls_key(std::string_view text);

// Null: that is no key (is_tls_key), or OpenSSL has no memory.
[[nodiscard]] TlsContext tls_context(TlsSide side, const Secret& key);

// After the handshake: the other side has shown that it has the key. What else may have been agreed
// on (a certificate) proves nothing to us.
[[nodiscard]] bool tls_proved(SSL* connection);

// For a program without shared libraries, before all else here: what the host's openssl.cnf names
// (engines, providers) is of another OpenSSL.
void tls_without_settings_of_the_host();

// What OpenSSL says of the last failure of this thread, as the alert that went over the line:
// "decrypt error". Empties its queue; empty: it says nothing.
[[nodiscard]] std::string tls_failure();

}  // namespace bn::base
