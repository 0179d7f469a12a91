#include "controller/sys/zones.hpp"

#include <cctz/time_zone.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

namespace bn::controller {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

// POSIX lets a zone be a day ahead of UTC, or behind.
constexpr hours kFarthest{26};

// The C library knows TZ in all its forms ("EST5EDT,M3.2.0,M11.1.0"), cctz those of the tz
// database.
Duration host_offset(Time at) {
    const std::time_t moment =
        std::chrono::system_clock::to_time_t(std::chrono::floor<seconds>(at));
    std::tm shown{};
    return localtime_r(&moment, &shown) == nullptr ? Duration(0) : seconds(shown.tm_gmtoff);
}

// What a clock of UTC would show so.
Time as_utc(const Civil& civil) {
    const std::chrono::year_month_day month{
        std::chrono::year(civil.year),
        std::chrono::month(static_cast<unsigned>(civil.month)),
        std::chrono::day(1)};
    return Time(std::chrono::sys_days(month)) + days(civil.day - 1) + hours(civil.hour) +
           std::chrono::minutes(civil.minute) + seconds(civil.second);
}

// The first moment at which the zone's clocks are past what they never show.
Time put_forward(const std::string& zone, Time shown) {
    Time before = shown - kFarthest;
    Time after = shown + kFarthest;
    while (after - before > seconds(1)) {
        const Time middle = std::chrono::floor<seconds>(before + (after - before) / 2);
        (middle + zone_offset(zone, middle) < shown ? before : after) = middle;
    }
    return after;
}

}  // namespace

bool is_zone(const std::string& name) {
    cctz::time_zone zone;
    return name.empty() || cctz::load_time_zone(name, &zone);
}

bool has_zones() {
    cctz::time_zone zone;
    return cctz::load_time_zone("Etc/UTC", &zone);  // "UTC" itself needs no file
}

Duration zone_offset(const std::string& name, Time at) {
    if (name.empty()) {
        return host_offset(at);
    }
    cctz::time_zone zone = cctz::utc_time_zone();
    cctz::load_time_zone(name, &zone);
    return seconds(zone.lookup(at).offset);
}

Civil civil_of(const std::string& zone, Time at) {
    const Time shown = at + zone_offset(zone, at);
    const auto midnight = std::chrono::floor<days>(shown);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(shown - midnight));
    return {
        static_cast<int>(date.year()),
        static_cast<int>(static_cast<unsigned>(date.month())),
        static_cast<int>(static_cast<unsigned>(date.day())),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())};
}

CivilTimes times_of(const std::string& zone, const Civil& civil) {
    const Time shown = as_utc(civil);
    std::optional<CivilTimes> found;
    // Whatever offset the zone has about then may be the one that shows it.
    for (Time near = shown - kFarthest; near <= shown + kFarthest; near += hours(1)) {
        const Time moment = shown - zone_offset(zone, near);
        if (moment + zone_offset(zone, moment) == shown) {
            found =
                found ? CivilTimes{std::min(found->first, moment), std::max(found->second, moment)}
                      : CivilTimes{moment, moment};
        }
    }
    if (!found) {
        const Time forward = put_forward(zone, shown);
        return {forward, forward, true};
    }
    return *found;
}

Time day_begins(const std::string& zone, const Civil& day) {
    return times_of(zone, {day.year, day.month, day.day, 0, 0, 0}).first;
}

}  // namespace bn::controller
