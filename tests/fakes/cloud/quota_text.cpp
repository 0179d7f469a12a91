#include "tests/fakes/cloud/quota_text.hpp"

#include <cctype>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace bn::testing::cloud {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// The longest leading decimal number, as a PHP cast to float takes it. `used` is 0 when none.
double leading_number(const std::string& text, std::size_t& used) {
    std::size_t i = 0;
    while (i < text.size() && is_space(text[i])) {
        ++i;
    }
    const std::size_t start = i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
        ++i;
    }
    std::size_t digits = 0;
    const auto take_digits = [&] {
        while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) {
            ++i;
            ++digits;
        }
    };
    take_digits();
    if (i < text.size() && text[i] == '.') {
        ++i;
        take_digits();
    }
    used = 0;
    if (digits == 0) {
        return 0;
    }
    std::size_t end = i;
    if (i < text.size() && text[i] == 'e') {
        std::size_t e = i + 1;
        if (e < text.size() && (text[e] == '+' || text[e] == '-')) {
            ++e;
        }
        const std::size_t first = e;
        while (e < text.size() && std::isdigit(static_cast<unsigned char>(text[e])) != 0) {
            ++e;
        }
        if (e > first) {
            end = e;
        }
    }
    used = end;
    return std::strtod(text.substr(start, end - start).c_str(), nullptr);
}

// The factor of the unit that the text ends with; 0 when it ends with none.
double unit_factor(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    bool has_b = text.back() == 'b';
    const std::size_t letter = text.size() - (has_b ? 2 : 1);
    double factor = 0;
    if (letter < text.size()) {
        switch (text[letter]) {
            case 'k':
                factor = 1024.0;
                break;
            case 'm':
                factor = 1048576.0;
                break;
            case 'g':
                factor = 1073741824.0;
                break;
            case 't':
                factor = 1099511627776.0;
                break;
            case 'p':
                factor = 1125899906842624.0;
                break;
            default:
                break;
        }
    }
    if (factor == 0 && has_b) {
        return 1;
    }
    return factor;
}

}  // namespace

std::string human_size(double bytes) {
    if (bytes < 0) {
        return "?";
    }
    if (bytes < 1024) {
        return fmt::format("{} B", bytes);
    }
    double value = std::round(bytes / 1024);
    if (value < 1024) {
        return fmt::format("{} KB", value);
    }
    for (const char* unit : {"MB", "GB", "TB"}) {
        value = std::round(value / 1024 * 10) / 10;
        if (value < 1024) {
            return fmt::format("{} {}", value, unit);
        }
    }
    return fmt::format("{} PB", std::round(value / 1024 * 10) / 10);
}

std::optional<double> computer_size(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    std::size_t used = 0;
    const double number = leading_number(lower, used);
    std::size_t rest = used;
    while (rest < lower.size() && is_space(lower[rest])) {
        ++rest;
    }
    if (used > 0 && rest == lower.size()) {
        return number;
    }
    const double factor = unit_factor(lower);
    if (factor == 0) {
        return std::nullopt;
    }
    return std::round(number * factor);
}

std::optional<std::string> stored_quota(std::string_view value) {
    if (value == "none" || value == "default") {
        return std::string(value);
    }
    const auto bytes = computer_size(value);
    if (!bytes) {
        return std::nullopt;
    }
    // Two layers of the server convert one after the other; the second makes 0 of "?".
    return human_size(computer_size(human_size(*bytes)).value_or(0));
}

}  // namespace bn::testing::cloud
