// Times as people give them. Pure but for the host's tz database.
//
//   2h, 3d, 90 min, 1h30m            a span from now
//   now, today, yesterday, tomorrow  today and the others are the day's beginning
//   21:30, 21:30:15                  the last such time, or, looking ahead, the next
//   2026-11-25, 2026-11-25 21:30, 2026-11-25T21:30:15.250, yesterday 21:30
//   ... and with Z, +03:00, +0300 or +03 behind a date and a time
//
// Without an offset it is the time of the host's zone. A time that its clocks skip, or show twice,
// is refused: nobody can know which was meant.
#pragma once

#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"
#include "reconciler/model/time.hpp"

namespace bn::cli {

enum class Facing : std::uint8_t { kBack, kAhead };

// `zone`: a name of the tz database; empty: the host's. Errors (kHuman): "command.time".
Result<Time> read_moment(
    std::string_view text, Time now, Facing facing, const std::string& zone = {}
);

}  // namespace bn::cli
