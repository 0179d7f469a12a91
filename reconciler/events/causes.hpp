// What led to an event, so that `events --why` can walk back: from a result that the panel was
// told, over the outcome and the intent of an action, to the drift and to what was sold. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

struct Cause {
    std::string id;                      // of a recorded event; empty: none, or see `earlier`
    std::optional<std::size_t> earlier;  // ... or the place of an event that is recorded with it
};

// `ledger` is as it is before `together` is recorded; a cause for each.
std::vector<Cause> causes_of(const Ledger& ledger, const std::vector<Event>& together);

// Whether an event is why something has to be done for its item, or what became of it.
bool gives_a_reason(const Event& event);
bool is_an_outcome(const Event& event);

// What no rule asks for: the ledger does not change.
template <class E, class... Kinds>
constexpr bool kIsOneOf = (std::is_same_v<E, Kinds> || ...);
template <class E>
concept OnRecordOnly = kIsOneOf<
    E,
    ServiceStarted,
    ServiceStopped,
    ConfigChanged,
    ServiceAsked,
    KeyRotated,
    StoreCompacted,
    PlanBegun,
    UsageItemsMeasured,
    ItemMasked>;

}  // namespace bn
