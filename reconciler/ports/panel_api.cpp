#include "reconciler/ports/panel_api.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bn {

namespace {

constexpr std::size_t kLongestShown = 200;

std::string one_line(std::string_view text) {
    std::string line(text.substr(0, kLongestShown));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' '
    );
    if (text.size() > kLongestShown) {
        line += "...";
    }
    return line;
}

}  // namespace

std::string PanelCall::masked_arguments() const {
    std::string text;
    for (const auto& [name, value] : arguments) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, one_line(value));
    }
    for (const auto& [name, secret] : secrets) {
        text += fmt::format("{}{}=***", text.empty() ? "" : " ", name);
    }
    return text;
}

std::string PanelAnswer::short_text() const {
    if (ok) {
        return "ok";
    }
    std::string text = "error " + one_line(error_type);
    if (!error_object.empty() || !error_value.empty()) {
        text += fmt::format(
            " ({}{}{})",
            one_line(error_object),
            error_value.empty() ? "" : " ",
            one_line(error_value)
        );
    }
    return message.empty() ? text : text + ": " + one_line(message);
}

}  // namespace bn
