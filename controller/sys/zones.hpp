// Time zones of the host (its tz database). Any thread.
#pragma once

#include <string>

#include "reconciler/model/time.hpp"

namespace bn::controller {

// Empty: the host's own zone.
[[nodiscard]] bool is_zone(const std::string& name);

// How far the zone's clock is ahead of UTC at that time; one that is not known counts as UTC: the
// configuration does not take it.
[[nodiscard]] Duration zone_offset(const std::string& name, Time at);

}  // namespace bn::controller
