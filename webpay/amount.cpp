#include "webpay/amount.hpp"

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"

namespace bn::webpay {

namespace {

constexpr std::size_t kMostDigits = 12;  // before the point
constexpr std::size_t kMostPlaces = 20;

bool only_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct Parts {
    std::int64_t hundredths = 0;
    bool more = false;  // something stands behind the second place
};

std::optional<Parts> parts_of(std::string_view text) {
    text = base::trim(text);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const bool has_point = point != std::string_view::npos;
    const std::string_view places = has_point ? text.substr(point + 1) : std::string_view();
    if (whole.empty() || whole.size() > kMostDigits || !only_digits(whole) ||
        has_point == places.empty() || places.size() > kMostPlaces || !only_digits(places)) {
        return std::nullopt;
    }
    const auto place = [&](std::size_t n) { return n < places.size() ? places[n] - '0' : 0; };
    Parts parts;
    parts.hundredths = base::whole_number<std::int64_t>(whole).value_or(0) * 100 +
                       std::int64_t{10} * place(0) + place(1);
    parts.more = places.size() > 2 && places.find_first_not_of('0', 2) != std::string_view::npos;
    return parts;
}

}  // namespace

std::optional<Amount> Amount::rounded_up(std::string_view text) {
    const auto parts = parts_of(text);
    return parts ? std::optional(Amount(parts->hundredths + (parts->more ? 1 : 0))) : std::nullopt;
}

std::optional<Amount> Amount::exactly(std::string_view text) {
    const auto parts = parts_of(text);
    return parts && !parts->more ? std::optional(Amount(parts->hundredths)) : std::nullopt;
}

std::string Amount::text() const {
    const std::int64_t places = hundredths_ % 100;
    return std::to_string(hundredths_ / 100) + (places < 10 ? ".0" : ".") + std::to_string(places);
}

}  // namespace bn::webpay
