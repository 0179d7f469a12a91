#include "pmnextcloud/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace bn::pmnextcloud {
namespace {

struct Decoded {
    std::size_t bytes = 0;  // 0: no character starts here
    std::uint32_t code = 0;
};

std::uint32_t byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

Decoded decode(std::string_view text, std::size_t at) {
    const std::uint32_t first = byte_at(text, at);
    if (first < 0x80) {
        return {1, first};
    }
    const std::size_t bytes = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
    if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) {
        return {};
    }
    std::uint32_t code = first & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        const std::uint32_t next = byte_at(text, at + i);
        if ((next & 0xC0U) != 0x80U) {
            return {};
        }
        code = (code << 6U) | (next & 0x3FU);
    }
    const std::uint32_t smallest = bytes == 4 ? 0x10000U : (bytes == 3 ? 0x800U : 0x80U);
    return code < smallest || code > 0x10FFFFU ? Decoded{} : Decoded{bytes, code};
}

bool allowed(std::uint32_t code) {
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0xD800) ||
           (code >= 0xE000 && code < 0xFFFE) || code >= 0x10000;
}

}  // namespace

bool is_xml_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const Decoded c = decode(text, i);
        if (c.bytes == 0 || !allowed(c.code)) {
            return false;
        }
        i += c.bytes;
    }
    return true;
}

std::string to_xml_text(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const Decoded c = decode(text, i);
        const std::size_t bytes = c.bytes == 0 ? 1 : c.bytes;
        if (c.bytes != 0 && allowed(c.code)) {
            clean.append(text.substr(i, bytes));
        } else {
            clean.append("\xEF\xBF\xBD");
        }
        i += bytes;
    }
    return clean;
}

}  // namespace bn::pmnextcloud
