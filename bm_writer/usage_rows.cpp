#include "bm_writer/usage_rows.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_writer/text.hpp"
#include "reconciler/model/time.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kMostDigits = 18;
constexpr std::size_t kMostDecimals = 4;
constexpr std::size_t kLongestParam = 64;

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_day(std::string_view day) {
    return !day.starts_with("0000") && parse_time(std::string(day) + "T00:00:00Z").has_value();
}

Error fault(std::string what) {
    return {NextMove::kBug, "panel.usage", std::move(what)};
}

}  // namespace

bool is_usage_value(std::string_view text) {
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() || whole.size() > kMostDigits || !all_digits(whole)) {
        return false;
    }
    if (point == std::string_view::npos) {
        return true;
    }
    const std::string_view decimals = text.substr(point + 1);
    return !decimals.empty() && decimals.size() <= kMostDecimals && all_digits(decimals);
}

std::optional<Error> usage_fault(std::string_view day, const std::vector<ItemUsageRow>& rows) {
    if (!is_day(day)) {
        return fault(
            fmt::format("usage: '{}' is no day", base::shortened(base::clean_utf8(day), 40))
        );
    }
    std::set<std::pair<std::uint32_t, std::string_view>> seen;
    for (const ItemUsageRow& row : rows) {
        const auto about = [&](std::string_view why) {
            return fault(fmt::format("usage of item {}: {}", row.item.value, why));
        };
        if (row.item.value == 0) {
            return about("no item has this number");
        }
        if (!valid_name(row.param) || row.param.size() > kLongestParam) {
            return about("the name of its resource is none");
        }
        if (!is_usage_value(row.value)) {
            return about(
                fmt::format("'{}' is no amount", base::shortened(base::clean_utf8(row.value), 40))
            );
        }
        if (!seen.emplace(row.item.value, row.param).second) {
            return about(fmt::format("'{}' is given twice", row.param));
        }
    }
    return std::nullopt;
}

}  // namespace bn::bm_writer
