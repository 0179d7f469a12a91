#include "reconciler/model/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace bn {
namespace {

// Digits at `from`, exactly `count` of them.
std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
    if (from + count > text.size()) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(from, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

tl::expected<Time, std::string> not_a_time(std::string_view text) {
    return tl::make_unexpected(
        "'" + std::string(text) +
        "' is not a time like 2026-11-23T10:20:30Z or 2026-11-23T10:20:30.123Z"
    );
}

void append(std::string& text, std::int64_t number, std::size_t width, char after) {
    const std::string digits = std::to_string(number);
    text.append(width - std::min(width, digits.size()), '0').append(digits) += after;
}

}  // namespace

std::string format_time(Time t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<Duration> clock(t - day);
    std::string text;
    append(text, static_cast<int>(date.year()), 4, '-');
    append(text, static_cast<unsigned>(date.month()), 2, '-');
    append(text, static_cast<unsigned>(date.day()), 2, 'T');
    append(text, clock.hours().count(), 2, ':');
    append(text, clock.minutes().count(), 2, ':');
    append(text, clock.seconds().count(), 2, '.');
    append(text, clock.subseconds().count(), 3, 'Z');
    return text;
}

tl::expected<Time, std::string> parse_time(std::string_view text) {
    const bool with_millis = text.size() == 24 && text[19] == '.';
    const bool shape = (text.size() == 20 || with_millis) && text[4] == '-' && text[7] == '-' &&
                       text[10] == 'T' && text[13] == ':' && text[16] == ':' && text.back() == 'Z';
    if (!shape) {
        return not_a_time(text);
    }
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    const auto milli = with_millis ? digits(text, 20, 3) : std::optional<int>(0);
    if (!year || !month || !day || !hour || !minute || !second || !milli) {
        return not_a_time(text);
    }
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) {
        return not_a_time(text);
    }
    return Time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second) + Duration(*milli);
}

}  // namespace bn
