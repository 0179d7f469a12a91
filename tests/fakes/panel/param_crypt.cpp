#include "tests/fakes/panel/param_crypt.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace bn::testing {

namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }

    void operator()(std::FILE* file) const { std::fclose(file); }
};

using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Free>;

void must(bool fine, const char* what) {
    if (!fine) {
        throw std::runtime_error(what);
    }
}

unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Key read_key(const std::string& pem_file) {
    const std::unique_ptr<std::FILE, Free> file(std::fopen(pem_file.c_str(), "r"));
    must(file != nullptr, "the PEM file cannot be read");
    Key key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    must(key != nullptr, "the PEM file holds no private key");
    return key;
}

}  // namespace

std::string crypt_param(const std::string& pem_file, const std::string& text) {
    const Key key = read_key(pem_file);
    const Context context(EVP_PKEY_CTX_new(key.get(), nullptr));
    std::string sealed(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t length = sealed.size();
    must(
        EVP_PKEY_encrypt_init(context.get()) > 0 &&
            EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
            EVP_PKEY_encrypt(context.get(), bytes(sealed), &length, bytes(text), text.size()) > 0,
        "the text cannot be crypted"
    );
    std::string base64((length + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(bytes(base64), bytes(sealed), static_cast<int>(length));
    base64.resize(static_cast<std::size_t>(size));
    return base64;
}

std::string decrypt_param(const std::string& pem_file, const std::string& base64) {
    const Key key = read_key(pem_file);
    std::string sealed(base64.size(), '\0');
    const int size = EVP_DecodeBlock(bytes(sealed), bytes(base64), static_cast<int>(base64.size()));
    const auto block = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    must(size >= 0 && static_cast<std::size_t>(size) >= block, "the value is not crypted");
    const Context context(EVP_PKEY_CTX_new(key.get(), nullptr));
    std::string text(block, '\0');
    std::size_t length = text.size();
    must(
        EVP_PKEY_decrypt_init(context.get()) > 0 &&
            EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
            EVP_PKEY_decrypt(context.get(), bytes(text), &length, bytes(sealed), block) > 0,
        "the value cannot be decrypted with this key"
    );
    text.resize(length);
    return text;
}

void write_panel_key(const std::string& pem_file) {
    const Key key(EVP_RSA_gen(2048));
    must(key != nullptr, "no key could be made");
    const std::unique_ptr<std::FILE, Free> file(std::fopen(pem_file.c_str(), "w"));
    must(file != nullptr, "the PEM file cannot be written");
    std::filesystem::permissions(
        pem_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
    must(
        PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) > 0,
        "the PEM file cannot be written"
    );
}

}  // namespace bn::testing
