#include "bm_writer/text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kLongestName = 128;

void replace_all(std::string& text, std::string_view what) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), "***");
        at += 3;
    }
}

}  // namespace

std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
) {
    for (const auto& [name, secret] : secrets) {
        if (!secret.empty()) {
            replace_all(text, secret.reveal());
            replace_all(text, base::percent_encoded(secret.reveal()));
            replace_all(text, base::xml_escaped(secret.reveal()));
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
