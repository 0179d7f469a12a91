// Storage that the flat account tables share: texts in one block, names as small numbers.
// Not thread-safe while being filled; readable from any thread afterwards.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bn {

// For maps keyed by text that are asked without making one.
struct TextHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

// Gives each distinct name a number; 0 is the empty name.
class NamePool {
  public:
    NamePool() : names_{""} {}

    std::uint32_t intern(std::string_view name) {
        const std::uint32_t known = find(name);
        if (known != 0 || name.empty()) {
            return known;
        }
        const auto id = static_cast<std::uint32_t>(names_.size());
        names_.emplace_back(name);
        ids_.emplace(std::string(name), id);
        return id;
    }

    [[nodiscard]] std::string_view name(std::uint32_t id) const { return names_[id]; }

    // The number of a name that is already there, or 0.
    [[nodiscard]] std::uint32_t find(std::string_view name) const {
        const auto known = ids_.find(name);
        return known == ids_.end() ? 0 : known->second;
    }

    [[nodiscard]] std::size_t size() const { return names_.size(); }

  private:
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> ids_;
};

// Gives each distinct set of group numbers a number; 0 is the empty set.
class GroupSetPool {
  public:
    GroupSetPool() : sets_{{}} {}

    // Any order, duplicates allowed.
    std::uint32_t intern(std::vector<std::uint32_t> groups) {
        if (groups.empty()) {
            return 0;
        }
        std::ranges::sort(groups);
        groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
        const auto [known, added] =
            ids_.try_emplace(std::move(groups), static_cast<std::uint32_t>(sets_.size()));
        if (added) {
            sets_.push_back(known->first);
        }
        return known->second;
    }

    [[nodiscard]] const std::vector<std::uint32_t>& set(std::uint32_t id) const {
        return sets_[id];
    }

    [[nodiscard]] std::size_t size() const { return sets_.size(); }

    [[nodiscard]] bool contains(std::uint32_t set_id, std::uint32_t group) const {
        return std::ranges::binary_search(sets_[set_id], group);
    }

  private:
    std::vector<std::vector<std::uint32_t>> sets_;
    std::map<std::vector<std::uint32_t>, std::uint32_t> ids_;
};

}  // namespace bn
