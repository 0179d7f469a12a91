// Which form of a word stands beside a number. Pure; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bn {

// The form of three: 0 one (1, 21), 1 few (2, 34), 2 many (0, 5, 11).
constexpr std::size_t russian_form(std::uint64_t count) {
    const std::uint64_t tens = count % 100;
    const std::uint64_t ones = count % 10;
    if (tens >= 11 && tens <= 14) {
        return 2;
    }
    return ones == 1 ? 0 : ones >= 2 && ones <= 4 ? 1 : 2;
}

// "# account|# accounts" for 1: "# account". Two forms are English ones (1, else), three Russian.
constexpr std::string_view agreeing(std::uint64_t count, std::string_view forms) {
    const std::size_t first = forms.find('|');
    const bool english =
        first != std::string_view::npos && forms.find('|', first + 1) == std::string_view::npos;
    for (std::size_t form = english ? std::size_t{count != 1} : russian_form(count); form > 0;
         --form) {
        const std::size_t end = forms.find('|');
        forms.remove_prefix(end == std::string_view::npos ? 0 : end + 1);
    }
    return forms.substr(0, forms.find('|'));
}

// The same with what is said of the number where # is: "1 account".
inline std::string agreed(std::uint64_t count, std::string_view said, std::string_view forms) {
    std::string text;
    for (const char c : agreeing(count, forms)) {
        text += c == '#' ? std::string(said) : std::string(1, c);
    }
    return text;
}

inline std::string agreed(std::uint64_t count, std::string_view forms) {
    return agreed(count, std::to_string(count), forms);
}

}  // namespace bn
