#include "reconciler/model/text_arena.hpp"

#include <algorithm>

namespace bn {

std::uint32_t NamePool::intern(std::string_view name) {
    if (name.empty()) {
        return 0;
    }
    if (const auto known = ids_.find(name); known != ids_.end()) {
        return known->second;
    }
    const auto id = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(name);
    ids_.emplace(std::string(name), id);
    return id;
}

std::uint32_t NamePool::find(std::string_view name) const {
    const auto known = ids_.find(name);
    return known == ids_.end() ? 0 : known->second;
}

std::uint32_t GroupSetPool::intern(std::vector<std::uint32_t> groups) {
    if (groups.empty()) {
        return 0;
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    const auto [known, added] =
        ids_.try_emplace(std::move(groups), static_cast<std::uint32_t>(sets_.size()));
    if (added) {
        sets_.push_back(known->first);
    }
    return known->second;
}

bool GroupSetPool::contains(std::uint32_t set_id, std::uint32_t group) const {
    const auto& groups = sets_[set_id];
    return std::binary_search(groups.begin(), groups.end(), group);
}

}  // namespace bn
