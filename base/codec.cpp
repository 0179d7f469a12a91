#include "base/codec.hpp"

#include <sodium.h>

namespace bn::base {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    std::string hex(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), bytes_of(bytes), bytes.size());
    hex.pop_back();
    return hex;
}

std::string from_hex(std::string_view hex) {
    std::string bytes(hex.size() / 2, '\0');
    std::size_t size = 0;
    const int failed = sodium_hex2bin(
        bytes_of(bytes), bytes.size(), hex.data(), hex.size(), nullptr, &size, nullptr
    );
    bytes.resize(failed == 0 && size * 2 == hex.size() ? size : 0);
    return bytes;
}

std::string to_base64(std::string_view bytes, Base64 alphabet) {
    const int variant = alphabet == Base64::kStandard ? sodium_base64_VARIANT_ORIGINAL_NO_PADDING
                                                      : sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), variant);
    text.pop_back();
    return text;
}

std::string from_base64(std::string_view text) {
    std::string bytes(text.size(), '\0');
    std::size_t size = 0;
    const int failed = sodium_base642bin(
        bytes_of(bytes),
        bytes.size(),
        text.data(),
        text.size(),
        " \t\r\n",
        &size,
        nullptr,
        sodium_base64_VARIANT_ORIGINAL
    );
    bytes.resize(failed == 0 ? size : 0);
    return bytes;
}

}  // namespace bn::base
