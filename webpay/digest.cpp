#include "webpay/digest.hpp"

#include <array>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/text.hpp"

namespace bn::webpay {

namespace {

std::string hex_of(const EVP_MD* kind, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no MD5 or SHA-1");
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * size);
    for (unsigned i = 0; i < size; ++i) {
        hex += kDigits[bytes[i] >> 4U];
        hex += kDigits[bytes[i] & 0xFU];
    }
    return hex;
}

}  // namespace

std::string md5_hex(std::string_view text) {
    return hex_of(EVP_md5(), text);
}

std::string sha1_hex(std::string_view text) {
    return hex_of(EVP_sha1(), text);
}

bool same_digest(std::string_view one, std::string_view other) {
    const std::string a = base::lower_ascii(one);
    const std::string b = base::lower_ascii(other);
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace bn::webpay
