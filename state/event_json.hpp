// Events for programs and for people. Usable from any thread.
#pragma once

#include <string>

#include "reconciler/events/events.hpp"

namespace bn::state {

// Version of the JSON below; raised when a member changes its name or meaning (new ones may
// appear).
inline constexpr int kEventJsonSchema = 1;

// One event as one line of JSON without the line's end, members in a fixed order:
// schema, position, id, at, stream, version, kind, kind_version, actor, correlation, causation,
// data.
std::string to_json_line(const Envelope& event);

// Its own fields alone, the member `data` of the above.
std::string fields_json(const Event& event);

// The same in one English sentence:
// "2026-11-23T10:20:30.123Z #42 item-7: set-quota 'user_7' intended: 1 GiB -> 5 GiB".
std::string describe(const Envelope& event);

}  // namespace bn::state
