// When what may be done: windows in time, as a list of allowed and of denied ones. Pure: how far a
// zone's clock is ahead of UTC is told by whoever knows.
//
// A window is "allow destructive at 0 1 * * 1-5 for 5h in Europe/Minsk": it opens whenever the five
// fields of cron (minute, hour, day of month, month, day of week) match the zone's clock. What a
// window denies is denied; and once any window allows something, it may be done within those only.
// "all" is every change; "destructive" is what takes something from a client or begins to.
#pragma once

#include <bitset>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn {

struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> month_days;  // from 1
    std::bitset<13> months;      // from 1
    std::bitset<7> week_days;    // from 0, a Sunday
    bool any_day = true;         // as cron: of two restricted fields of days, one is enough
    bool any_week_day = true;

    [[nodiscard]] bool matches(Time local) const;
    friend bool operator==(const Cron&, const Cron&) = default;
};

// Nothing: it is none, or never matches.
std::optional<Cron> parse_cron(std::string_view text);

struct Window {
    std::string text;  // as it was written
    bool allow = true;
    bool all = false;  // false: only what is destructive
    Cron cron;
    Duration length{};
    std::string zone;  // empty: the host's

    // Opened at `local`, or less than its length before.
    [[nodiscard]] bool open(Time local) const;
    friend bool operator==(const Window&, const Window&) = default;
};

inline constexpr Duration kLongestWindow = std::chrono::hours(24 * 7);

// How far the clock of a zone is ahead of UTC at a time.
using ZoneOffset = std::function<Duration(const std::string& zone, Time at)>;

struct Windows {
    std::vector<Window> list;
    friend bool operator==(const Windows&, const Windows&) = default;
};

std::string to_string(const Windows& windows);
// Windows are separated by semicolons; an empty text is no window. Nothing: it is none.
std::optional<Windows> parse_windows(
    std::string_view text, const std::function<std::optional<Duration>(std::string_view)>& duration
);

// Why nothing of this kind may be done now; nothing: it may.
std::optional<std::string> closed_to(
    const Windows& windows, bool destructive, Time now, const ZoneOffset& offset
);

}  // namespace bn
