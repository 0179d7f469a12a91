#include "bm_writer/text.hpp"

#include <algorithm>
#include <cstdint>

namespace bn::bm_writer {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLongestName = 128;

unsigned byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i) {
    return i < text.size() && (byte_at(text, i) & 0xC0U) == 0x80U;
}

// Length of the character that begins at `i`, as its first byte says; 0: it cannot begin one.
std::size_t announced_length(unsigned first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

bool allowed(std::uint32_t code, std::size_t length) {
    constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return false;
    }
    if (code < 0x20) {
        return code == '\t' || code == '\n' || code == '\r';
    }
    return code != 0xFFFE && code != 0xFFFF;
}

// Length of the allowed character at `i`; 0: there is none.
std::size_t good_length(std::string_view text, std::size_t i) {
    const unsigned first = byte_at(text, i);
    const std::size_t length = announced_length(first);
    if (length == 0) {
        return 0;
    }
    constexpr unsigned kFirstBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    std::uint32_t code = first & kFirstBits[length];
    for (std::size_t k = 1; k < length; ++k) {
        if (!is_continuation(text, i + k)) {
            return 0;
        }
        code = (code << 6U) | (byte_at(text, i + k) & 0x3FU);
    }
    return allowed(code, length) ? length : 0;
}

void replace_all(std::string& text, std::string_view what) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), "***");
        at += 3;
    }
}

std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace

std::string clean_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t length = good_length(bytes, i);
        if (length == 0) {
            out += kReplacement;
            ++i;
        } else {
            out += bytes.substr(i, length);
            i += length;
        }
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) {
        return std::string(text);
    }
    std::size_t end = most < 3 ? 0 : most - 3;
    while (end > 0 && is_continuation(text, end)) {
        --end;
    }
    return std::string(text.substr(0, end)) + "...";
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 3);  // once: a secret must not be left behind in a freed buffer
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned c = byte_at(text, i);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out += text[i];
        } else {
            out += '%';
            out += kDigits[c >> 4U];
            out += kDigits[c & 0xFU];
        }
    }
    return out;
}

std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
) {
    for (const auto& [name, secret] : secrets) {
        if (!secret.empty()) {
            replace_all(text, secret.reveal());
            replace_all(text, percent_encoded(secret.reveal()));
            replace_all(text, xml_escaped(secret.reveal()));
        }
    }
    return text;
}

bool valid_name(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && name.size() <= kLongestName && letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) {
               return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

}  // namespace bn::bm_writer
