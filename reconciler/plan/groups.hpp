// Groups of tariffs: from what the panel stores to a group of the cloud.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bn {

enum class GroupState : std::uint8_t {
    kNone,     // the tariff names no group
    kFound,    // `name` is a group of the cloud
    kMissing,  // no group of that name, and no such position
    kBad,      // `admin`, by name or by position: never given to a client
};

struct ResolvedGroup {
    GroupState state = GroupState::kNone;
    std::string name;  // kFound, kBad: the cloud's name; else as stored
    friend bool operator==(const ResolvedGroup&, const ResolvedGroup&) = default;
};

// A name that exists wins; else a text of digits is a position (from 0) in the cloud's own list,
// which is what the Python module that we replace stored. `cloud_groups` in the cloud's order.
ResolvedGroup resolve_group(std::string_view stored, const std::vector<std::string>& cloud_groups);

// The groups that may be added or removed at all: all that `stored` resolves to. Sorted, distinct.
std::vector<std::string> managed_group_names(
    const std::vector<std::string>& stored, const std::vector<std::string>& cloud_groups
);

}  // namespace bn
