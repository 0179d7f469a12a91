// evolve: Ledger x event -> Ledger. The only writer of the ledger; replay equals state.
#pragma once

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// Applies one event. Total: an event that does not fit the state (a bug or a foreign store) changes
// as little as possible and never throws.
void evolve(Ledger& ledger, const Envelope& event);

}  // namespace bn
