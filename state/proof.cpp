#include "state/proof.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

#include "state/checkpoint.hpp"
#include "state/event_rows.hpp"

namespace bn::state {

namespace {

constexpr std::uint64_t kNewest = 10000;  // of a store that was never proved
constexpr std::uint64_t kStep = 2000;

Error bad(const std::string& path, const std::string& what) {
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        "store.bad",
        fmt::format("the event store {} is not as it was written: {}", path, what),
        "stop the service, keep a copy of the file, run `bill-nextcloud verify`, and put the last "
        "good copy back"
    );
}

std::optional<Proved> last_proof(Connection& db) {
    return proved_from(db.text("SELECT value FROM meta WHERE key = 'proved'"));
}

}  // namespace

std::optional<VerifyFault> prove_new_events(Connection& db) {
    std::optional<VerifyFault> fault;
    EventWalk walk([&fault](std::uint64_t position, const char* code, std::string what) {
        if (!fault) {
            fault = VerifyFault{position, code, std::move(what)};
        }
    });
    const Chains recorded = load_chains(db);
    const auto newest =
        static_cast<std::uint64_t>(db.number("SELECT coalesce(max(position), 0) FROM events"));
    const std::optional<Proved> before = last_proof(db);
    const auto checkpoint = checkpoint_head(db);
    const std::uint64_t cut = checkpoint ? checkpoint->position : 0;
    // What a former program left of the former chain is proved with everything.
    if (before && before->position >= std::max(recorded.former_position, cut) &&
        before->position <= newest) {
        walk.go_on(*before);
    } else if (newest > cut + kNewest) {
        walk.begin_after(newest - kNewest, recorded);
    } else {
        begin_walk(walk, db, recorded);
    }
    EventFilter filter;
    filter.after = walk.position();
    RowCursor cursor(db, filter);
    while (!fault && cursor.next()) {
        walk.check(cursor.row());
    }
    if (!fault) {
        walk.finish(recorded);
    }
    if (!fault && newest > 0) {
        Proved proved = walk.proved();
        proved.chains = recorded;
        Statement(db, "INSERT OR REPLACE INTO meta VALUES ('proved', ?1)")
            .run(Blob(to_text(proved)));
    }
    return fault;
}

bool SlowProof::step(Connection& db) {
    const Transaction moment(db, Transaction::Kind::kRead);
    const Chains recorded = load_chains(db);
    if (!std::exchange(begun_, true)) {
        begin_walk(walk_, db, recorded);
    }
    EventFilter filter;
    filter.after = walk_.position();
    filter.limit = kStep;
    RowCursor cursor(db, filter);
    std::uint64_t rows = 0;
    while (!fault_ && cursor.next()) {
        walk_.check(cursor.row());
        ++rows;
    }
    if (!fault_ && rows < kStep) {
        walk_.finish(recorded);
        return false;
    }
    return !fault_;
}

void note_fault(Connection& db, const VerifyFault& fault) {
    Statement(db, "INSERT OR REPLACE INTO meta VALUES ('fault', ?1)")
        .run(Blob(fmt::format("event {}: {}", fault.position, fault.what)));
}

std::optional<Error> noted_fault(Connection& db) {
    const std::string what = db.text("SELECT value FROM meta WHERE key = 'fault'");
    return what.empty() ? std::nullopt : std::optional(bad(db.path(), what));
}

Error bad_store(const std::string& path, const VerifyFault& fault) {
    if (fault.beside) {
        return Error(
            Concern::kStore,
            NextMove::kHuman,
            "store.files",
            fault.what,
            "mend that file: mode 0600, and the key that was in use; the events are whole, nothing "
            "is to be restored"
        );
    }
    return bad(path, fmt::format("event {}: {}", fault.position, fault.what));
}

void give_identity(Connection& db) {
    if (db.number("SELECT count(*) FROM meta WHERE key = 'store_id'") == 0) {
        std::array<char, 16> id{};
        randombytes_buf(id.data(), id.size());
        Statement(db, "INSERT INTO meta VALUES ('store_id', ?1)")
            .run(Blob(to_hex(std::string_view(id.data(), id.size()))));
    }
}

}  // namespace bn::state
