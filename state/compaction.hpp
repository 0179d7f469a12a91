// Cutting old events off: what stands for them, and the file that keeps them (ADR 29). Private to
// state; functions throw StoreFault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "state/checkpoint.hpp"
#include "state/db.hpp"

namespace bn::state {

struct Compaction {
    StoreCompacted event;
    std::vector<CheckpointRow> rows;
    Chains chains;  // their ends at the cut
};

// Cuts what is older than `before`: up to the first event that is not, and never the newest. Rows
// of the former chain go together. Nothing: there is nothing to cut.
std::optional<Compaction> plan_compaction(Connection& db, Time before, Time now);

// Within the caller's transaction.
void cut_off(Connection& db, const Compaction& compaction);

// What is cut, as a store of its own that is only read: proved, and its end is the checkpoint's.
void write_archive(const std::string& store, const std::string& file, const Compaction& compaction);

// An archive is read, and nothing is done on the strength of it.
bool is_archive(Connection& db);

}  // namespace bn::state
