// What of a client's events is replaced when somebody asks for it (ADR 16). Private to state;
// throws StoreFault.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/events/events.hpp"
#include "state/checkpoint.hpp"
#include "state/db.hpp"

namespace bn::state {

struct Mask {
    ItemMasked event;                                             // its reason is the caller's
    std::vector<std::pair<std::uint64_t, std::string>> payloads;  // by position, as of `event`
    std::vector<std::string> secrets;       // references that the item's calls named
    std::vector<CheckpointRow> checkpoint;  // instead of the one at hand; empty: it stays
    bool item_known = false;                // it has events, or had
};

// All of the item's own events, and of the service's and the servers' those texts that name its
// login, address or name.
Mask plan_mask(Connection& db, ItemId item);

}  // namespace bn::state
