// The times of the core: wall-clock milliseconds since the Unix epoch, UTC, which people set and
// break; and steady ones, which only say how long something took. Their types keep them apart.
// The core never reads a clock; `now` always comes in as an argument.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace bn {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

// Counts from somewhere and never goes back, whatever is done to the host's clock; sleep of the
// host is in it. Means nothing to another process.
struct SteadyClock;
using Steady = std::chrono::time_point<SteadyClock, Duration>;

// ISO 8601 in UTC, e.g. 2026-11-23T10:20:30.123Z.
std::string format_time(Time t);

// Reads what `format_time` writes (milliseconds may be missing). The error is a sentence.
tl::expected<Time, std::string> parse_time(std::string_view text);

}  // namespace bn
