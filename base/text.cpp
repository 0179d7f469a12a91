#include "base/text.hpp"

#include <utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace bn::base {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool xml_allows(std::uint32_t code) {
    return code == '\t' || code == '\n' || code == '\r' ||
           (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
}

// REQUIRES: character_length(text) > 0.
std::uint32_t code_of(std::string_view text) {
    return utf8::unchecked::peek_next(text.begin());
}

}  // namespace

bool only_letters_digits_and(std::string_view others, std::string_view text) {
    return std::ranges::all_of(text, [&](char c) {
        return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
    });
}

void replace_all(std::string& text, std::string_view place, std::string_view with) {
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
        text.replace(at, place.size(), with);
        at += with.size();
    }
}

std::size_t character_length(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.empty() ? '\x80' : text.front());
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    return length <= text.size() && valid_utf8(text.substr(0, length)) ? length : 0;
}

bool valid_utf8(std::string_view text) {
    return utf8::is_valid(text.begin(), text.end());
}

bool is_xml_text(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0 || !xml_allows(code_of(text))) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string clean_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = character_length(bytes);
        out += length != 0 && xml_allows(code_of(bytes)) ? bytes.substr(0, length) : kReplacement;
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) {
        return std::string(text);
    }
    std::size_t end = most < 3 ? 0 : most - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(text.substr(0, end)) + "...";
}

std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' '
    );
    return text;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(kBlanks);
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::string xml_escaped(std::string_view text) {
    std::string out(text);
    replace_all(out, "&", "&amp;");
    replace_all(out, "<", "&lt;");
    replace_all(out, ">", "&gt;");
    replace_all(out, "\"", "&quot;");
    return out;
}

std::string percent_encoded(std::string_view text, Hex hex) {
    const std::string_view digits = hex == Hex::kUpper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string out;
    out.reserve(text.size() * 3);  // once: a secret must not be left behind in a freed buffer
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
    return out;
}

Form::~Form() {
    ::explicit_bzero(text_.data(), text_.size());
}

void Form::add(std::string_view name, std::string_view value) {
    std::string encoded = percent_encoded(value);
    std::string longer;
    longer.reserve(text_.size() + name.size() + encoded.size() + 2);
    longer.append(text_).append(text_.empty() ? "" : "&").append(name).append("=").append(encoded);
    ::explicit_bzero(text_.data(), text_.size());
    ::explicit_bzero(encoded.data(), encoded.size());
    text_.swap(longer);
}

}  // namespace bn::base
