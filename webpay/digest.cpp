#include "webpay/digest.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.hpp"

namespace bn::webpay {

namespace {

using DigestBytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string as_hex(const DigestBytes& bytes, unsigned size) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(std::size_t{2} * size);
    for (unsigned i = 0; i < size; ++i) {
        hex += kDigits[bytes[i] >> 4U];
        hex += kDigits[bytes[i] & 0xFU];
    }
    return hex;
}

std::string hex_of(const EVP_MD* kind, std::string_view text) {
    DigestBytes bytes{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no MD5 or SHA-1");
    }
    return as_hex(bytes, size);
}

}  // namespace

std::string md5_hex(std::string_view text) {
    return hex_of(EVP_md5(), text);
}

std::string sha1_hex(std::string_view text) {
    return hex_of(EVP_sha1(), text);
}

std::string signed_digest(Digest digest, std::string_view plain, const Secret& secret_key) {
    std::string text;
    text.reserve(
        plain.size() + secret_key.reveal().size()
    );  // never moved: a moved one is not wiped
    text += plain;
    text += secret_key.reveal();
    const Secret whole(std::move(text));
    return digest == Digest::kMd5 ? md5_hex(whole.reveal()) : sha1_hex(whole.reveal());
}

std::string hmac_sha256_hex(const Secret& key, std::string_view text) {
    DigestBytes bytes{};
    unsigned size = 0;
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    const int key_size = static_cast<int>(key.reveal().size());
    if (HMAC(EVP_sha256(), key.reveal().data(), key_size, data, text.size(), bytes.data(), &size) ==
        nullptr) {
        throw std::runtime_error("OpenSSL has no HMAC with SHA-256");
    }
    return as_hex(bytes, size);
}

bool same_digest(std::string_view one, std::string_view other) {
    const std::string a = base::lower_ascii(one);
    const std::string b = base::lower_ascii(other);
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace bn::webpay
