// The ledger as rows: caught up behind the events, dropped and rebuilt at will. Private to state.
#pragma once

#include <cstdint>
#include <string>

#include "reconciler/model/ledger.hpp"
#include "state/db.hpp"

namespace bn::state {

// Position up to which the stored ledger goes; 0 when there is none, or of another layout.
std::uint64_t projected_position(Connection& db);

// Folds at most `max_events` further events into the rows, in one transaction, touching only the
// entries that they name. Returns the new position.
std::uint64_t catch_up(Connection& db, std::uint64_t max_events);

// Within the caller's transaction.
void forget_ledger_rows(Connection& db);

// The rows alone, and its position as last_event.
Ledger load_rows(Connection& db);

// Rows and what came after them. REQUIRES: a read transaction is open (both must be of one moment).
Ledger load_current(Connection& db);

}  // namespace bn::state
