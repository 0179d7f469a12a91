#include "reconciler/model/quota.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace bn {
namespace {

constexpr double kStep = 1024.0;

// PHP's round(value, places) for positive values, as every version that the clouds run on computes
// it: first to 15 significant digits, then half away from zero. Without the first step a value such
// as 1.05 (stored as 1.0499999...) would fall to the wrong side.
double php_round(double value, int places) {
    if (!(value > 0) || value >= 1e15) {
        return value > 0 ? value : 0;
    }
    const int precision = 14 - static_cast<int>(std::floor(std::log10(value)));
    double scaled = 0;
    if (precision > places && precision - 15 < places) {
        scaled = std::round(value * std::pow(10.0, precision)) / std::pow(10.0, precision - places);
    } else {
        scaled = value * std::pow(10.0, places);
    }
    return std::round(scaled) / std::pow(10.0, places);
}

// The cloud's text for a size. It may have a fraction of a byte here; negative ones count as 0.
std::string human(double bytes) {
    if (bytes < kStep) {
        return fmt::format("{} B", bytes > 0 ? bytes : 0.0);
    }
    bytes = php_round(bytes / kStep, 0);
    for (const char* unit : {"KB", "MB", "GB", "TB"}) {
        if (bytes < kStep) {
            return fmt::format("{} {}", bytes, unit);
        }
        bytes = php_round(bytes / kStep, 1);
    }
    return fmt::format("{} PB", bytes);
}

constexpr bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct Number {
    double value = 0;
    bool whole_text = false;  // PHP's is_numeric
};

// The number at the start of a text, as PHP's (float) and is_numeric see it.
Number leading_number(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && is_blank(text[at])) {
        ++at;
    }
    const bool negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
        ++at;
    }
    const auto digit = [&](std::size_t i) {
        return i < text.size() && text[i] >= '0' && text[i] <= '9';
    };
    if (!digit(at) && !(at < text.size() && text[at] == '.' && digit(at + 1))) {
        return {};
    }
    Number number;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + at, end, number.value);
    if (error == std::errc::result_out_of_range) {
        number.value = std::numeric_limits<double>::max();
    }
    if (negative) {
        number.value = -number.value;
    }
    number.whole_text = std::all_of(stop, end, is_blank);
    return number;
}

// Bytes of the unit at the end of a text; nothing when there is none. The cloud looks at the last
// letters only: "1 GiB" ends in "b".
std::optional<double> trailing_unit(std::string_view text) {
    static constexpr std::string_view kLetters = "kmgtp";
    const bool b = !text.empty() && text.back() == 'b';
    if (b) {
        text.remove_suffix(1);
    }
    const std::size_t power = text.empty() ? std::string_view::npos : kLetters.find(text.back());
    if (power == std::string_view::npos) {
        return b ? std::optional<double>(1.0) : std::nullopt;
    }
    return std::pow(kStep, static_cast<double>(power) + 1);
}

Quota from_double(double bytes) {
    if (!(bytes > 0)) {
        return Quota::bytes(0);
    }
    bytes = std::round(bytes);
    // 2^63 is the first double that does not fit.
    if (bytes >= 9223372036854775808.0) {
        return Quota::bytes(std::numeric_limits<std::int64_t>::max());
    }
    return Quota::bytes(static_cast<std::int64_t>(bytes));
}

// What the cloud makes of a text, before it stores it: a size in bytes, or nothing.
std::optional<double> parse_size(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const Number number = leading_number(lower);
    if (number.whole_text) {
        return number.value;
    }
    const auto unit = trailing_unit(lower);
    if (!unit) {
        return std::nullopt;
    }
    return std::round(number.value * *unit);
}

}  // namespace

std::string cloud_text(std::int64_t bytes) {
    return human(static_cast<double>(bytes));
}

std::optional<Quota> parse_cloud_text(std::string_view text) {
    if (text == "none") {
        return Quota::unlimited();
    }
    if (text == "default") {
        return Quota::not_set();
    }
    const auto size = parse_size(text);
    if (!size) {
        return std::nullopt;
    }
    return from_double(*size);
}

Quota canonical(Quota q) {
    if (!q.is_bytes()) {
        return q;
    }
    return from_double(parse_size(cloud_text(q.count())).value_or(0));
}

bool same_meaning(Quota sold, Quota observed) {
    return sold == observed || (sold.is_bytes() && canonical(sold) == observed);
}

std::string to_string(Quota q) {
    if (q.is_unlimited()) {
        return "unlimited";
    }
    if (q.is_not_set()) {
        return "not set";
    }
    if (!q.is_bytes()) {
        return "unknown";
    }
    static constexpr std::array<const char*, 7> kUnits = {
        "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    while (unit + 1 < kUnits.size() && (q.count() >> (10 * (unit + 1))) > 0) {
        ++unit;
    }
    const std::int64_t size = std::int64_t{1} << (10 * unit);
    if (q.count() % size == 0) {
        return fmt::format("{} {}", q.count() / size, kUnits[unit]);
    }
    return fmt::format(
        "{:.1f} {} ({} B)",
        static_cast<double>(q.count()) / static_cast<double>(size),
        kUnits[unit],
        q.count()
    );
}

std::string wire_text(Quota q) {
    const Quota kept = canonical(q);
    return kept.is_bytes() ? fmt::format("{}", kept.count()) : "none";
}

}  // namespace bn
