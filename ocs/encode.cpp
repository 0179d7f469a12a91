#include "ocs/encode.hpp"

#include <algorithm>

namespace bn::ocs {

namespace {

bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool unreserved(char c) {
    return alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string percent_encode(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() + 8);
    for (char c : text) {
        if (unreserved(c)) {
            out += c;
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4U];
        out += kHex[byte & 15U];
    }
    return out;
}

std::string group_segment(std::string_view group) {
    std::string once = percent_encode(group);
    bool twice = group.find_first_of("+%") != std::string_view::npos;
    return twice ? percent_encode(once) : once;
}

Form& Form::add(std::string_view key, std::string_view value) {
    if (!text_.empty()) {
        text_ += '&';
    }
    text_ += key;
    text_ += '=';
    text_ += percent_encode(value);
    return *this;
}

bool looks_like_app_password(std::string_view password) {
    if (password.size() == 72) {
        return std::all_of(password.begin(), password.end(), alphanumeric);
    }
    if (password.size() != 29) {
        return false;
    }
    for (std::size_t i = 0; i < password.size(); ++i) {
        bool dash = i % 6 == 5;
        if (dash ? password[i] != '-' : !alphanumeric(password[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace bn::ocs
