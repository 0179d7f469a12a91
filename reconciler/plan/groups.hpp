// Groups of tariffs: from what the panel stores to a group of the cloud.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bn {

enum class GroupState : std::uint8_t {
    kNone,     // the tariff names no group
    kFound,    // `name` is a group of the cloud
    kMissing,  // no group of that name
    kBad,      // `admin`: never given to a client
    kUnsaid,   // digits that name no group: nobody knows which one was chosen
};

struct ResolvedGroup {
    GroupState state = GroupState::kNone;
    std::string name;  // kFound, kBad, kMissing: as stored
    friend bool operator==(const ResolvedGroup&, const ResolvedGroup&) = default;
};

// Source: billmanager.md 13. The form of the Python module that we replace stores 0 whatever was
// chosen (it computes the index of a text in itself).
ResolvedGroup resolve_group(std::string_view stored, const std::vector<std::string>& cloud_groups);

// The groups that may be added or removed at all: all that `stored` resolves to. Sorted, distinct.
std::vector<std::string> managed_group_names(
    const std::vector<std::string>& stored, const std::vector<std::string>& cloud_groups
);

// Why no group of this name is made, though a tariff names it; empty: it may be.
std::string_view why_not_made(std::string_view name, const std::vector<std::string>& cloud_groups);

// Whose members a plan asks for; nothing: of all, since a tariff does not say which one it means,
// and only what the accounts have can suggest it.
std::optional<std::vector<std::string>> groups_to_read(
    const std::vector<std::string>& stored, const std::vector<std::string>& cloud_groups
);

}  // namespace bn
