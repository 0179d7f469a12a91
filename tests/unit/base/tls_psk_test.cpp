// Both ends of TLS under a shared key, in memory.
#include "base/tls_psk.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bn::base::tls_psk_test {
namespace {

const Secret kKey(std::string(64, 'a'));
const Secret kOther(std::string(63, 'a') + 'b');

struct Ends {
    TlsConnection client;
    TlsConnection server;
};

Ends connected(const TlsContext& client, const TlsContext& server) {
    Ends ends{TlsConnection(SSL_new(client.get())), TlsConnection(SSL_new(server.get()))};
    BIO* here = nullptr;
    BIO* there = nullptr;
    BIO_new_bio_pair(&here, 0, &there, 0);
    SSL_set_bio(ends.client.get(), here, here);
    SSL_set_bio(ends.server.get(), there, there);
    SSL_set_connect_state(ends.client.get());
    SSL_set_accept_state(ends.server.get());
    return ends;
}

void shake_hands(Ends& ends) {
    for (int i = 0; i < 10; ++i) {
        SSL_do_handshake(ends.client.get());
        SSL_do_handshake(ends.server.get());
    }
}

TEST(TlsPsk, BothEndsOfOneKeyProveItAndTalk) {
    const TlsContext client = tls_context(TlsSide::kClient, kKey);
    const TlsContext server = tls_context(TlsSide::kServer, Secret(std::string(64, 'A')));
    Ends ends = connected(client, server);
    shake_hands(ends);
    EXPECT_TRUE(tls_proved(ends.client.get()));
    EXPECT_TRUE(tls_proved(ends.server.get()));
    EXPECT_STREQ(SSL_get_version(ends.client.get()), "TLSv1.3");
    EXPECT_STREQ(SSL_get_cipher(ends.client.get()), "TLS_AES_128_GCM_SHA256");
    EXPECT_NE(SSL_get_negotiated_group(ends.client.get()), 0) << "keys of its own";
    std::string text(5, '\0');
    std::size_t moved = 0;
    ASSERT_EQ(SSL_write_ex(ends.client.get(), "hello", 5, &moved), 1);
    ASSERT_EQ(SSL_read_ex(ends.server.get(), text.data(), text.size(), &moved), 1);
    EXPECT_EQ(text, "hello");
    EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get_session(ends.client.get())), 0);
}

TEST(TlsPsk, OneDigitThatDiffersEndsTheHandshake) {
    const TlsContext client = tls_context(TlsSide::kClient, kOther);
    const TlsContext server = tls_context(TlsSide::kServer, kKey);
    Ends ends = connected(client, server);
    SSL_do_handshake(ends.client.get());
    ERR_clear_error();
    EXPECT_LE(SSL_do_handshake(ends.server.get()), 0);
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_BINDER_DOES_NOT_VERIFY);
    EXPECT_EQ(tls_failure(), "binder does not verify");
    EXPECT_LE(SSL_do_handshake(ends.client.get()), 0);
    EXPECT_FALSE(tls_proved(ends.client.get()));
    EXPECT_FALSE(tls_proved(ends.server.get()));
    ERR_clear_error();
}

TEST(TlsPsk, WhoOffersNoKeyOrAnOlderVersionGetsNowhere) {
    const TlsContext server = tls_context(TlsSide::kServer, kKey);
    for (const int newest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
        const TlsContext client(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_max_proto_version(client.get(), newest);
        Ends ends = connected(client, server);
        shake_hands(ends);
        EXPECT_FALSE(tls_proved(ends.client.get()));
        EXPECT_FALSE(tls_proved(ends.server.get()));
        ERR_clear_error();
    }
}

TEST(TlsPsk, AKeyIsSixtyFourHexadecimalDigits) {
    EXPECT_TRUE(is_tls_key("0123456789abcdefABCDEF" + std::string(42, '0')));
    for (const std::string& bad :
         {std::string(),
          std::string(63, '0'),
          std::string(65, '0'),
          std::string(63, '0') + 'g',
          std::string(63, '0') + '\0'}) {
        EXPECT_FALSE(is_tls_key(bad)) << bad;
        EXPECT_EQ(tls_context(TlsSide::kServer, Secret(bad)), nullptr) << bad;
    }
}

}  // namespace
}  // namespace bn::base::tls_psk_test
