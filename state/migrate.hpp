// The store's schema: numbered files of state/schema, applied forward only. Private to state.
#pragma once

#include <cstdint>

#include "state/db.hpp"

namespace bn::state {

// Marks a file as ours (PRAGMA application_id): "bnEV".
inline constexpr std::int64_t kApplicationId = 0x626e4556;

std::int64_t newest_schema();

// Throws when the file is not an event store, or was written by a newer version.
// Returns its schema number; 0: an empty new file.
std::int64_t check_schema(Connection& db);

// Applies what is missing up to `target`, each step in its own transaction.
void migrate(Connection& db, std::int64_t target = newest_schema());

}  // namespace bn::state
