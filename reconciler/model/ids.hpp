// Strong identifiers of the panel's side. Values only: no I/O, usable from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bn {

// A number that names one kind of thing and does not mix with the others.
template <class Tag>
struct StrongId {
    std::uint32_t value = 0;

    constexpr StrongId() = default;

    constexpr explicit StrongId(std::uint32_t v) : value(v) {}

    friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

// A sold service: `item.id` of a row with no parent.
using ItemId = StrongId<struct ItemTag>;

// One cloud: `processingmodule.id` of a row whose module is pmnextcloud.
using ServerId = StrongId<struct ServerTag>;

// The form in which logins are compared. The clouds take any letter case and store the first
// spelling (ids are ASCII there), so both sides are keyed by the lower-case spelling.
std::string login_key(std::string_view login);

// Orders two logins as `login_key` would, without making copies.
std::strong_ordering compare_logins(std::string_view a, std::string_view b);

}  // namespace bn

template <class Tag>
struct std::hash<bn::StrongId<Tag>> {
    std::size_t operator()(const bn::StrongId<Tag>& id) const noexcept {
        return std::hash<std::uint32_t>{}(id.value);
    }
};
