#include "reconciler/decide/usage_month.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "reconciler/decide/usage.hpp"

namespace bn {

namespace {

// Sums of what fits 64 bits each.
__extension__ using WideSum = unsigned __int128;

constexpr std::uint64_t kDigits = 10000;  // of a billed value: four after the point
constexpr double kLongestForecast = 3650;

// So many digits and nothing else.
std::optional<unsigned> number_of(std::string_view text, std::size_t digits) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, value);
    if (text.size() != digits || fault != std::errc() || rest != end) {
        return std::nullopt;
    }
    return value;
}

// "1.5" in ten-thousandths. Our own texts; what is none counts nothing.
// REQUIRES: not empty.
WideSum billed_digits(std::string_view value) {
    const std::size_t point = value.find('.');
    std::uint64_t whole = 0;
    std::from_chars(value.data(), value.data() + std::min(point, value.size()), whole);
    const std::string_view rest = value.substr(std::min(point, value.size() - 1) + 1);
    return WideSum{whole} * kDigits + number_of(rest, 4).value_or(0);
}

std::string billed_text(WideSum digits) {
    const auto whole = static_cast<std::uint64_t>(digits / kDigits);
    const auto rest = static_cast<std::uint64_t>(digits % kDigits);
    return rest == 0 ? fmt::format("{}", whole) : fmt::format("{}.{:04}", whole, rest);
}

bool still_owed(const Ledger& ledger, ServerId id, const std::string& day) {
    const LedgerServer* server = ledger.server(id);
    return server != nullptr &&
           std::ranges::find(server->stat_owed, day, &OwedDay::day) != server->stat_owed.end();
}

}  // namespace

std::string day_text(Day day) {
    const std::chrono::year_month_day date(day);
    return fmt::format(
        "{:04}-{:02}-{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day())
    );
}

std::optional<std::chrono::year_month> parse_month(std::string_view text) {
    if (text.size() != 7 || text[4] != '-') {
        return std::nullopt;
    }
    const auto year = number_of(text.substr(0, 4), 4);
    const auto month = number_of(text.substr(5), 2);
    const std::chrono::year_month found(
        std::chrono::year(static_cast<int>(year.value_or(0))), std::chrono::month(month.value_or(0))
    );
    return year && month && *year > 0 && found.ok() ? std::optional(found) : std::nullopt;
}

std::optional<Day> parse_day(std::string_view text) {
    const auto month = parse_month(text.substr(0, 7));
    const auto number =
        text.size() == 10 && text[7] == '-' ? number_of(text.substr(8), 2) : std::nullopt;
    if (!month || !number) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date = *month / std::chrono::day(*number);
    return date.ok() ? std::optional<Day>(date) : std::nullopt;
}

std::optional<double> DayUsage::percent() const {
    if (!used_bytes || !quota.is_bytes() || quota.count() == 0) {
        return std::nullopt;
    }
    const auto tenths = WideSum{*used_bytes} * 1000 / static_cast<std::uint64_t>(quota.count());
    return static_cast<double>(tenths) / 10;
}

void UsageHistory::add(const Envelope& told) {
    if (const auto* portion = std::get_if<UsageItemsMeasured>(&told.event)) {
        add(*portion);
    } else if (const auto* end = std::get_if<UsageMeasured>(&told.event)) {
        add(*end, told.at);
    } else if (const auto* taken = std::get_if<UsagePosted>(&told.event)) {
        DayUsage& day = days_[{taken->day, taken->server}];
        day.billing = DayBilling::kPosted;
        day.billing_at = told.at;
        day.word.clear();
        day.posted_value = day.value;
    } else if (const auto* refused = std::get_if<UsagePostRefused>(&told.event)) {
        DayUsage& day = days_[{refused->day, refused->server}];
        if (day.billing != DayBilling::kPosted) {
            day.billing = DayBilling::kRefused;
            day.billing_at = told.at;
            day.word = refused->what;
        }
    }
}

void UsageHistory::add(const UsageItemsMeasured& portion) {
    Open& open = open_[{portion.day, portion.server}];
    open.portions = true;
    const auto own = std::ranges::find(portion.items, item_, &ItemUsage::item);
    if (own == portion.items.end()) {
        return;
    }
    DayUsage& found = open.found.emplace();
    found.record = DayRecord::kMeasured;
    found.used_bytes = own->used_bytes;
    found.quota = own->quota;
    found.param = portion.param;
    found.measure = portion.measure;
    if (portion.bytes_per_unit > 0) {
        found.value = in_units(own->used_bytes, portion.bytes_per_unit);
    }
}

// In the place of an earlier measurement of the day. What the panel took before is taken.
void UsageHistory::add(const UsageMeasured& end, Time at) {
    const Key key{end.day, end.server};
    const auto open = open_.extract(key);
    const bool portions = !open.empty() && open.mapped().portions;
    DayUsage& day = days_[key];
    DayUsage now;
    if (portions && open.mapped().found) {
        now = *open.mapped().found;
    } else if (!portions && (end.items > 0 || end.bytes > 0)) {
        now.record = DayRecord::kNotRecorded;
    }
    if (now.record != DayRecord::kNotMeasured) {
        now.measured_at = at;
    }
    if (!end.owed) {
        now.value.clear();  // nothing was written
    }
    now.billing = day.billing == DayBilling::kNotTold && end.owed ? DayBilling::kOwed : day.billing;
    now.billing_at = day.billing_at;
    now.word = std::move(day.word);
    now.posted_value = std::move(day.posted_value);
    day = std::move(now);
}

std::vector<DayUsage> UsageHistory::days(Day first, Day last, const Ledger& ledger) const {
    std::vector<DayUsage> list;
    for (Day date = first; date <= last; date += std::chrono::days(1)) {
        DayUsage best;
        best.day = day_text(date);
        // An item that moved may have been measured on both of its servers.
        for (auto at = days_.lower_bound({best.day, ServerId()});
             at != days_.end() && at->first.day == best.day;
             ++at) {
            if (at->second.record >= best.record && at->second.measured_at >= best.measured_at) {
                best = at->second;
                best.day = at->first.day;
                best.server = at->first.server;
            }
        }
        const bool owed = best.billing == DayBilling::kOwed || best.billing == DayBilling::kRefused;
        const bool billed = best.record == DayRecord::kNotRecorded || !best.value.empty() ||
                            !best.posted_value.empty();
        if (!billed || (owed && !still_owed(ledger, best.server, best.day))) {
            best.billing = DayBilling::kNotTold;
            best.billing_at.reset();
            best.word.clear();
        }
        list.push_back(std::move(best));
    }
    return list;
}

UsageSummary summary_of(const std::vector<DayUsage>& days) {
    UsageSummary out;
    WideSum bytes = 0;
    std::map<std::pair<std::string, std::uint32_t>, std::pair<std::uint64_t, WideSum>> sums;
    for (const DayUsage& day : days) {
        if (day.used_bytes) {
            ++out.measured_days;
            bytes += *day.used_bytes;
            if (!out.peak_bytes || *day.used_bytes > *out.peak_bytes) {
                out.peak_bytes = day.used_bytes;
                out.peak_day = day.day;
            }
        }
        if (!day.posted_value.empty()) {
            auto& [count, sum] = sums[{day.param, day.measure}];
            ++count;
            sum += billed_digits(day.posted_value);
        }
    }
    if (out.measured_days > 0) {
        out.mean_bytes = static_cast<std::uint64_t>(bytes / out.measured_days);
    }
    for (const auto& [what, sum] : sums) {
        out.posted.push_back({what.first, what.second, sum.first, billed_text(sum.second)});
    }
    return out;
}

namespace {

struct Measured {
    double day = 0;  // counted from the first of the list
    double bytes = 0;
};

// REQUIRES: two different days at least.
double slope_of(const std::vector<Measured>& points) {
    const auto count = static_cast<double>(points.size());
    Measured mean;
    for (const Measured& point : points) {
        mean.day += point.day / count;
        mean.bytes += point.bytes / count;
    }
    double product = 0;
    double square = 0;
    for (const Measured& point : points) {
        product += (point.day - mean.day) * (point.bytes - mean.bytes);
        square += (point.day - mean.day) * (point.day - mean.day);
    }
    return product / square;
}

}  // namespace

UsageForecast forecast_of(const std::vector<DayUsage>& days) {
    UsageForecast out;
    const std::size_t skipped = days.size() - std::min(days.size(), kForecastDays);
    const DayUsage* last = nullptr;
    std::vector<Measured> points;
    for (std::size_t i = skipped; i < days.size(); ++i) {
        if (days[i].used_bytes) {
            points.push_back({static_cast<double>(i), static_cast<double>(*days[i].used_bytes)});
            last = &days[i];
        }
    }
    if (last == nullptr) {
        return out;
    }
    if (points.size() >= kForecastMeasured) {
        out.bytes_per_day = slope_of(points);
    }
    if (!last->quota.is_bytes()) {
        out.when = last->quota.is_unlimited() ? FullWhen::kUnlimited : FullWhen::kNotKnown;
        return out;
    }
    const double left = static_cast<double>(last->quota.count()) - points.back().bytes;
    if (left <= 0) {
        out.when = FullWhen::kNow;
    } else if (out.bytes_per_day) {
        const double wait = left / *out.bytes_per_day;
        const auto date = parse_day(last->day);
        const bool ever = *out.bytes_per_day >= 1 && wait <= kLongestForecast && date;
        out.when = ever ? FullWhen::kOnDay : FullWhen::kNotAtThisRate;
        out.day = ever ? day_text(*date + std::chrono::days(std::lround(std::ceil(wait)))) : "";
    }
    return out;
}

}  // namespace bn
