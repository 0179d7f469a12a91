// What stands for the events that were cut off (ADR 29). Private to state; functions throw
// StoreFault.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/model/ledger.hpp"
#include "state/chain.hpp"
#include "state/db.hpp"
#include "state/walk.hpp"

namespace bn::state {

struct CheckpointHead {
    std::uint32_t format = 1;
    std::uint64_t position = 0;  // of the last event that was cut
    Time at{};                   // when
    std::string head;            // of all chains there, hexadecimal digits
    BN_FIELDS(CheckpointHead, format, position, at, head);
};

// Where a stream was.
struct StreamCut {
    std::uint64_t version = 0;
    std::uint32_t server = 0;  // that its last event was about
    BN_FIELDS(StreamCut, version, server);
};

struct CheckpointRow {
    std::string kind;  // "chain", "head", "item", "panel", "server", "stream"
    std::uint64_t id = 0;
    std::string data;
};

struct Checkpoint {
    CheckpointHead head;
    Proved proved;
    std::map<std::int64_t, StreamCut> streams;  // by their number
    Ledger ledger;
};

// Nothing: no event was cut.
std::optional<CheckpointHead> checkpoint_head(Connection& db);
std::optional<Checkpoint> load_checkpoint(Connection& db);
// Of a stream whose events may all have been cut; nothing when it had none.
StreamCut stream_cut(Connection& db, std::int64_t stream);

// From the first event that is there: the checkpoint's, or of all.
void begin_walk(EventWalk& walk, Connection& db, const Chains& recorded);

// Sorted as they are read.
std::vector<CheckpointRow> checkpoint_rows(const Checkpoint& checkpoint);
// Over every row, in order: what the record of a compaction names.
Hash digest_of(const std::vector<CheckpointRow>& rows);
Hash checkpoint_digest(Connection& db);
// In the place of the former one, within the caller's transaction.
void write_checkpoint(Connection& db, const std::vector<CheckpointRow>& rows);

}  // namespace bn::state
