// Time zones: by a name of the host's tz database, or the host's own, which may be any TZ that
// POSIX has ("<+03>-3"), as `date` shows it. Any thread, while nobody changes TZ.
#pragma once

#include <string>

#include "reconciler/model/time.hpp"

namespace bn::controller {

// Empty: the host's own zone.
[[nodiscard]] bool is_zone(const std::string& name);

// False: the host has no tz database (tzdata). Its own zone is then UTC, unless TZ has it in full.
[[nodiscard]] bool has_zones();

// How far the zone's clock is ahead of UTC at that time; one that is not known counts as UTC: the
// configuration does not take it.
[[nodiscard]] Duration zone_offset(const std::string& name, Time at);

// A time as a clock on the wall shows it. A day beyond its month's is one of the next or the
// former.
struct Civil {
    int year = 1970;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

[[nodiscard]] Civil civil_of(const std::string& zone, Time at);

// When a zone's clocks show that: once (both are equal), twice, or never.
struct CivilTimes {
    Time first;
    Time second;
    bool skipped = false;  // never; both are when the clocks were put forward
};

[[nodiscard]] CivilTimes times_of(const std::string& zone, const Civil& civil);

// The first moment of the civil day: not every one begins at midnight.
[[nodiscard]] Time day_begins(const std::string& zone, const Civil& day);

}  // namespace bn::controller
