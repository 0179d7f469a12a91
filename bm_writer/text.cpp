#include "bm_writer/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::string_view kMask = "***";
}  // namespace

std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
) {
    for (const auto& [name, secret] : secrets) {
        if (!secret.empty()) {
            base::replace_all(text, secret.reveal(), kMask);
            base::replace_all(text, base::percent_encoded(secret.reveal()), kMask);
            base::replace_all(text, base::xml_escaped(secret.reveal()), kMask);
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

std::optional<Error> argument_fault(const PanelCall& call) {
    const auto fault = [&](const char* what, std::string_view name) {
        return Error(
            NextMove::kBug,
            "panel.argument",
            fmt::format(
                "{}: {} '{}' cannot be passed to the panel",
                base::shortened(call.function, 60),
                what,
                base::shortened(name, 60)
            )
        );
    };
    const auto bad = [&](std::string_view name, std::string_view value) {
        return !valid_name(name) || value.find('\0') != std::string_view::npos;
    };
    if (!valid_name(call.function)) {
        return fault("the function", call.function);
    }
    for (const auto& [name, value] : call.arguments) {
        if (bad(name, value)) {
            return fault("the argument", name);
        }
    }
    for (const auto& [name, secret] : call.secrets) {
        if (bad(name, secret.reveal())) {
            return fault("the secret", name);
        }
    }
    return std::nullopt;
}

}  // namespace bn::bm_writer
