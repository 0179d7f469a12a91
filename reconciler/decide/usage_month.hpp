// What the events say of one item's use of space, day by day, and what follows from it: mean, peak,
// what was billed, and when the account will be full. Days are those of the panel host's calendar,
// bytes are bytes. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/names.hpp"

namespace bn {

using Day = std::chrono::sys_days;

// "2026-11-22", "2026-11"; nothing: the text is none.
[[nodiscard]] std::string day_text(Day day);
[[nodiscard]] std::optional<Day> parse_day(std::string_view text);
[[nodiscard]] std::optional<std::chrono::year_month> parse_month(std::string_view text);

// What is on record of a day. A version before the event usage.items_measured recorded that a day
// was measured, and not what each item used.
enum class DayRecord : std::uint8_t { kNotMeasured, kNotRecorded, kMeasured };
template <>
inline constexpr std::array kNamesOf<DayRecord> = names("not-measured", "not-recorded", "measured");

// Whether the panel took the day.
enum class DayBilling : std::uint8_t { kNotTold, kOwed, kRefused, kPosted };
template <>
inline constexpr std::array kNamesOf<DayBilling> = names("not-told", "owed", "refused", "posted");

struct DayUsage {
    std::string day;  // "2026-11-22"
    ServerId server;
    DayRecord record = DayRecord::kNotMeasured;
    std::optional<Time> measured_at;  // nothing: it was not
    std::optional<std::uint64_t> used_bytes;
    Quota quota;  // as sold
    std::string param;
    std::uint32_t measure = 0;
    std::string value;  // written for billing, in the add-on's unit; empty: nothing was
    DayBilling billing = DayBilling::kNotTold;
    std::optional<Time> billing_at;  // when it was taken, or last refused
    std::string word;                // the panel's, of a refusal
    std::string posted_value;        // what was written when the panel took the day; empty: nothing

    // One decimal, rounded down; nothing: not known, or there is no limit.
    [[nodiscard]] std::optional<double> percent() const;
};

// A fold over the usage events of servers. Those of one server come in their order.
class UsageHistory {
  public:
    explicit UsageHistory(ItemId item) : item_(item) {}

    void add(const Envelope& told);

    // One entry a day, measured or not. What is still owed is what the ledger says.
    [[nodiscard]] std::vector<DayUsage> days(Day first, Day last, const Ledger& ledger) const;

  private:
    struct Key {
        std::string day;
        ServerId server;
        friend auto operator<=>(const Key&, const Key&) = default;
    };

    // A measurement that its UsageMeasured has not ended yet.
    struct Open {
        bool portions = false;
        std::optional<DayUsage> found;
    };

    void add(const UsageItemsMeasured& portion);
    void add(const UsageMeasured& end, Time at);

    ItemId item_;
    std::map<Key, Open> open_;
    std::map<Key, DayUsage> days_;
};

// Of the days that the panel took, by what was billed.
struct PostedSum {
    std::string param;
    std::uint32_t measure = 0;
    std::uint64_t days = 0;
    std::string value;
    BN_FIELDS(PostedSum, param, measure, days, value);
};

struct UsageSummary {
    std::uint64_t measured_days = 0;
    std::optional<std::uint64_t> mean_bytes;  // of the measured days, rounded down
    std::optional<std::uint64_t> peak_bytes;
    std::string peak_day;  // the first of several
    std::vector<PostedSum> posted;
};

[[nodiscard]] UsageSummary summary_of(const std::vector<DayUsage>& days);

enum class FullWhen : std::uint8_t {
    kNotKnown,       // too few days, or the quota is not known
    kUnlimited,      // the quota is unlimited
    kNow,            // it is full
    kNotAtThisRate,  // it shrinks, stays, or takes longer than ten years
    kOnDay,
};
template <>
inline constexpr std::array kNamesOf<FullWhen> =
    names("not-known", "no-limit", "now", "not-at-this-rate", "on-day");

struct UsageForecast {
    FullWhen when = FullWhen::kNotKnown;
    std::string day;                      // kOnDay
    std::optional<double> bytes_per_day;  // below 0: it shrinks; nothing: too few days
};

inline constexpr std::size_t kForecastDays = 14;     // the last so many of the calendar count
inline constexpr std::size_t kForecastMeasured = 3;  // of which so many must be measured

// By a least-squares line over the last days of the list, one entry a day.
[[nodiscard]] UsageForecast forecast_of(const std::vector<DayUsage>& days);

}  // namespace bn
