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
    std::string key;
    key.reserve(groups.size() * 4);
    for (const std::uint32_t group : groups) {
        for (int shift = 0; shift < 32; shift += 8) {
            key.push_back(static_cast<char>((group >> shift) & 0xffU));
        }
    }
    if (const auto known = ids_.find(key); known != ids_.end()) {
        return known->second;
    }
    const auto id = static_cast<std::uint32_t>(sets_.size());
    sets_.push_back(std::move(groups));
    ids_.emplace(std::move(key), id);
    return id;
}

bool GroupSetPool::contains(std::uint32_t set_id, std::uint32_t group) const {
    const auto& groups = sets_[set_id];
    return std::binary_search(groups.begin(), groups.end(), group);
}

}  // namespace bn
