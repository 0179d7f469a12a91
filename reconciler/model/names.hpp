// Enumerations whose values have names that stay: metric labels, keys of JSON and of texts, stored
// events.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace bn {

// The names of E's values, which count from 0, in their order. Given beside the enumeration:
//   template <>
//   inline constexpr std::array kNamesOf<E> = names("none", "created", "adopted");
template <class E>
inline constexpr std::array<std::string_view, 0> kNamesOf{};

template <class E>
concept Named = !kNamesOf<E>.empty();

template <class... Texts>
constexpr std::array<std::string_view, sizeof...(Texts)> names(Texts... texts) {
    return {texts...};
}

template <Named E>
constexpr std::string_view to_string(E value) {
    const auto at = static_cast<std::size_t>(value);
    return at < kNamesOf<E>.size() ? kNamesOf<E>[at] : "unknown";
}

// The value of this name; nothing: no value has it.
template <Named E>
constexpr std::optional<E> from_name(std::string_view name) {
    const auto at = std::find(kNamesOf<E>.begin(), kNamesOf<E>.end(), name) - kNamesOf<E>.begin();
    return at == std::ssize(kNamesOf<E>) ? std::nullopt : std::optional(static_cast<E>(at));
}

template <Named E>
constexpr auto all_of() {
    std::array<E, kNamesOf<E>.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<E>(i);
    }
    return all;
}

}  // namespace bn
