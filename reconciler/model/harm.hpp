// What an action takes from a client, and how much of it was done lately.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "reconciler/model/fields.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// The names are stable (events, metrics, JSON, and with `_` the keys of the limits).
enum class Harm : std::uint8_t {
    kNone,
    kDelete,
    kDisable,
    kCutBelowUse,  // a smaller quota than what the client has there, or nobody knows what he has
    kCutQuota,
    kRemoveGroup,
    kChangeEmail,
};
template <>
inline constexpr std::array kNamesOf<Harm> = names(
    "none", "delete", "disable", "cut-below-use", "cut-quota", "remove-group", "change-email"
);
inline constexpr std::array kAllHarms{
    Harm::kDelete,
    Harm::kDisable,
    Harm::kCutBelowUse,
    Harm::kCutQuota,
    Harm::kRemoveGroup,
    Harm::kChangeEmail};

// What of one kind of harm counts against the limit of another.
[[nodiscard]] bool counts_as(Harm done, Harm limited);

// Done, or under way, from `at` on for kHarmStep.
struct HarmDone {
    Harm harm = Harm::kNone;
    Time at{};
    std::uint32_t count = 0;
    BN_FIELDS(HarmDone, harm, at, count);
};

inline constexpr Duration kHarmStep = std::chrono::minutes(5);
inline constexpr Duration kHarmMemory =
    std::chrono::hours(24);  // the longest time that is asked for

void add_harm(std::vector<HarmDone>& done, Harm harm, Time at);
// It was about to be done at `at`, and certainly had no effect.
void take_back_harm(std::vector<HarmDone>& done, Harm harm, Time at);
// Within the last `window`; what lies on its edge counts.
[[nodiscard]] std::uint64_t harm_within(
    const std::vector<HarmDone>& done, Harm harm, Time now, Duration window
);

}  // namespace bn
