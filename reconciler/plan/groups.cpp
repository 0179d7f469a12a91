#include "reconciler/plan/groups.hpp"

#include <algorithm>

namespace bn {
namespace {

constexpr std::string_view kAdminGroup = "admin";

ResolvedGroup found(std::string_view name) {
    return {name == kAdminGroup ? GroupState::kBad : GroupState::kFound, std::string(name)};
}

}  // namespace

ResolvedGroup resolve_group(std::string_view stored, const std::vector<std::string>& cloud_groups) {
    if (stored.empty()) {
        return {};
    }
    const bool listed = std::ranges::find(cloud_groups, stored) != cloud_groups.end();
    if (listed || stored == kAdminGroup) {
        return found(stored);
    }
    if (std::ranges::all_of(stored, [](char c) { return c >= '0' && c <= '9'; })) {
        return {GroupState::kUnsaid, ""};
    }
    return {GroupState::kMissing, std::string(stored)};
}

std::vector<std::string> managed_group_names(
    const std::vector<std::string>& stored, const std::vector<std::string>& cloud_groups
) {
    std::vector<std::string> names;
    for (const std::string& text : stored) {
        ResolvedGroup group = resolve_group(text, cloud_groups);
        if (group.state == GroupState::kFound) {
            names.push_back(std::move(group.name));
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::optional<std::vector<std::string>> groups_to_read(
    const std::vector<std::string>& stored, const std::vector<std::string>& cloud_groups
) {
    const bool unsaid = std::ranges::any_of(stored, [&](const std::string& one) {
        return resolve_group(one, cloud_groups).state == GroupState::kUnsaid;
    });
    return unsaid ? std::nullopt : std::optional(managed_group_names(stored, cloud_groups));
}

}  // namespace bn
