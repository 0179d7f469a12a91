#include "reconciler/plan/groups.hpp"

#include <algorithm>
#include <compare>

#include "reconciler/model/ids.hpp"

namespace bn {
namespace {

constexpr std::string_view kAdminGroup = "admin";

ResolvedGroup found(std::string_view name) {
    return {name == kAdminGroup ? GroupState::kBad : GroupState::kFound, std::string(name)};
}

// What both products take and name in one way only. Source: nextcloud-ocs.md 4, 10, 14.
constexpr std::size_t kLongestName = 64;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
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

std::string_view why_not_made(std::string_view name, const std::vector<std::string>& cloud_groups) {
    if (compare_logins(name, kAdminGroup) == std::strong_ordering::equal) {
        return "it means administrators";
    }
    if (name.front() == ' ' || name.back() == ' ' || std::ranges::any_of(name, is_control) ||
        name.find('/') != std::string_view::npos || name.size() > kLongestName) {
        return "a name of at most 64 bytes, without a slash, control characters and outer blanks "
               "is needed";
    }
    const bool alike = std::ranges::any_of(cloud_groups, [name](const std::string& other) {
        return compare_logins(name, other) == std::strong_ordering::equal;
    });
    return alike ? "one is there, or named by another tariff, that differs in letter case only"
                 : "";
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
