#include "bm_reader/crypted_param.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/codec.hpp"

namespace bn::bm_reader {

namespace {

struct FreeOpenssl {
    void operator()(BIO* bio) const { BIO_free(bio); }

    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

// Never asks for a pass phrase on the terminal of a service.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

constexpr std::size_t kLongestValue = 1U << 20;

}  // namespace

void ParamKey::Free::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

tl::expected<ParamKey, std::string> ParamKey::load(const std::string& pem_file) {
    const std::unique_ptr<BIO, FreeOpenssl> file(BIO_new_file(pem_file.c_str(), "r"));
    if (!file) {
        ERR_clear_error();
        return tl::unexpected(fmt::format("the key file {} cannot be read", pem_file));
    }
    ParamKey key(PEM_read_bio_PrivateKey(file.get(), nullptr, no_pass_phrase, nullptr));
    ERR_clear_error();
    if (!key.key_ || EVP_PKEY_get_base_id(key.key_.get()) != EVP_PKEY_RSA) {
        return tl::unexpected(
            fmt::format("the key file {} holds no unlocked RSA private key in PEM", pem_file)
        );
    }
    return key;
}

std::string ParamKey::fingerprint() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) {
        ERR_clear_error();
        return {};
    }
    char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(
        der,
        static_cast<std::size_t>(size),
        reinterpret_cast<unsigned char*>(digest),
        &length,
        EVP_sha256(),
        nullptr
    );
    OPENSSL_free(der);
    return base::to_hex({digest, length});
}

tl::expected<Secret, std::string> ParamKey::decrypt(std::string_view base64) const {
    const std::string sealed =
        base64.size() > kLongestValue ? std::string() : base::from_base64(base64);
    if (sealed.empty()) {
        return tl::unexpected(std::string("the value is not base64"));
    }
    const std::unique_ptr<EVP_PKEY_CTX, FreeOpenssl> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    std::string text(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t length = text.size();
    const bool done = context && EVP_PKEY_decrypt_init(context.get()) > 0 &&
                      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
                      EVP_PKEY_decrypt(
                          context.get(),
                          reinterpret_cast<unsigned char*>(text.data()),
                          &length,
                          reinterpret_cast<const unsigned char*>(sealed.data()),
                          sealed.size()
                      ) > 0;
    ERR_clear_error();
    if (!done) {
        OPENSSL_cleanse(text.data(), text.size());
        return tl::unexpected(std::string("the value was not made with this key"));
    }
    OPENSSL_cleanse(text.data() + length, text.size() - length);
    text.resize(length);
    return Secret(std::move(text));
}

}  // namespace bn::bm_reader
