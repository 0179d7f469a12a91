#include "state/compaction.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "state/backup.hpp"
#include "state/event_rows.hpp"
#include "state/projections.hpp"
#include "state/proof.hpp"
#include "state/verify.hpp"
#include "state/walk.hpp"

namespace bn::state {

namespace {

// The last position that is cut; 0: none.
std::uint64_t last_to_cut(Connection& db, Time before) {
    const auto newest =
        static_cast<std::uint64_t>(db.number("SELECT coalesce(max(position), 0) FROM events"));
    Statement find(db, "SELECT position FROM events WHERE at_ms >= ?1 ORDER BY position LIMIT 1");
    const auto kept = find.number(before.time_since_epoch().count());
    const std::uint64_t first_kept =
        std::min(kept ? static_cast<std::uint64_t>(*kept) : newest, newest);
    const std::uint64_t last = first_kept > 0 ? first_kept - 1 : 0;
    return last < load_chains(db).former_position ? 0 : last;
}

void set_number(Connection& db, const char* sql, std::uint64_t value) {
    Statement(db, sql).run(value);
}

}  // namespace

std::optional<Compaction> plan_compaction(Connection& db, Time before, Time now) {
    const Transaction moment(db, Transaction::Kind::kRead);
    Checkpoint checkpoint = load_checkpoint(db).value_or(Checkpoint());
    const std::uint64_t from = checkpoint.head.position;
    const std::uint64_t last = last_to_cut(db, before);
    if (last <= from) {
        return std::nullopt;
    }
    EventWalk walk(
        [&db](std::uint64_t position, const char*, std::string what) {
            throw StoreFault(bad_store(db.path(), {position, "", std::move(what)}));
        },
        [&checkpoint](const Envelope& event) { evolve(checkpoint.ledger, event); }
    );
    begin_walk(walk, db, load_chains(db));
    EventFilter filter;
    filter.after = from;
    filter.limit = last - from;
    RowCursor cursor(db, filter);
    while (cursor.next()) {
        const RowView& row = cursor.row();
        walk.check(row);
        checkpoint.streams[row.stream_id] = {row.version, row.server};
    }
    checkpoint.proved = walk.proved();
    checkpoint.head.position = last;
    checkpoint.head.at = now;
    checkpoint.head.head = to_hex(view(walk.proved().chains.head()));
    Compaction out;
    out.rows = checkpoint_rows(checkpoint);
    out.chains = walk.proved().chains;
    out.event.position = last;
    out.event.events = last - from;
    out.event.before = before;
    out.event.head = checkpoint.head.head;
    out.event.digest = to_hex(view(digest_of(out.rows)));
    return out;
}

void cut_off(Connection& db, const Compaction& compaction) {
    if (projected_position(db) < compaction.event.position) {
        forget_ledger_rows(db);  // they could not be caught up any more
    }
    set_number(db, "DELETE FROM events WHERE position <= ?1", compaction.event.position);
    write_checkpoint(db, compaction.rows);
    db.run("DELETE FROM meta WHERE key = 'proved'");
}

void write_archive(
    const std::string& store, const std::string& file, const Compaction& compaction
) {
    refuse_existing(file);
    PartFile part(file);
    copy_store(store, part.path());
    const std::uint64_t last = compaction.event.position;
    {
        Connection db(part.path(), Connection::Mode::kReadWrite);
        Transaction transaction(db, Transaction::Kind::kWrite);
        set_number(db, "DELETE FROM events WHERE position > ?1", last);
        db.run("DELETE FROM chains; DELETE FROM secrets; DELETE FROM meta WHERE key <> 'store_id'");
        forget_ledger_rows(db);
        Statement chain(db, "INSERT INTO chains VALUES (?1, ?2, ?3)");
        for (const auto& [server, one] : compaction.chains.ends) {
            chain.run(server, one.sequence, view(one.hash));
        }
        db.run("INSERT INTO meta VALUES ('archive', x'31')");
        transaction.commit();
        db.run("VACUUM");
    }
    Connection db(part.path(), Connection::Mode::kReadOnly);
    const VerifyReport proof = verify_store(db, {}, VerifyOptions());
    if (!proof.good()) {
        throw StoreFault(bad_store(file, proof.faults.front()));
    }
    if (proof.head.position != last || proof.head.hash != compaction.event.head) {
        refuse(
            "store.bad",
            fmt::format("the archive {} does not end where the checkpoint begins", file),
            "nothing was cut; please report this"
        );
    }
    part.put_in_place(false);
}

bool is_archive(Connection& db) {
    return db.number("SELECT count(*) FROM meta WHERE key = 'archive'") != 0;
}

}  // namespace bn::state
