#include "state/verify.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "reconciler/events/events.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/files.hpp"
#include "state/projections.hpp"

namespace bn::state {

namespace {

constexpr std::uint64_t kProgressStep = 10000;

class Verifier {
  public:
    Verifier(Connection& db, const std::string& key_file, const VerifyOptions& options)
        : db_(db), key_file_(key_file), options_(options) {}

    VerifyReport run() {
        const Transaction moment(db_, Transaction::Kind::kRead);
        check_files();
        guarded("pages", [this] { check_pages(); });
        guarded("projection", [this] { read_projection(); });
        guarded("head", [this] { recorded_ = load_chains(db_); });
        chains_.former_position = recorded_.former_position;
        chains_.former_end = recorded_.former_end;
        guarded("unreadable", [this] { scan_events(); });
        check_masks();
        guarded("head", [this] { check_head(); });
        compare_projection();
        guarded("secret", [this] { check_secrets(); });
        std::stable_sort(
            report_.faults.begin(),
            report_.faults.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; }
        );
        return std::move(report_);
    }

  private:
    template <class... Values>
    void fault(
        std::uint64_t position,
        const char* code,
        fmt::format_string<const Values&...> what,
        const Values&... values
    ) {
        ++report_.fault_count;
        if (report_.faults.size() < options_.max_faults) {
            report_.faults.push_back({position, code, fmt::format(what, values...)});
        }
    }

    // SQLite itself may find that the file is damaged, anywhere.
    template <class Step>
    void guarded(const char* code, Step step) {
        try {
            step();
        } catch (const StoreFault& error) {
            const bool in_scan = std::string_view(code) == "unreadable";
            fault(in_scan ? last_position_ + 1 : 0, code, "{}", error.error().what);
        }
    }

    void check_files() {
        for (const auto& path : {db_.path(), db_.path() + "-wal", db_.path() + "-shm", key_file_}) {
            if (auto what = path.empty() ? std::string() : open_to_others(path); !what.empty()) {
                fault(0, "permissions", "{}", what);
            }
        }
    }

    void check_pages() {
        Statement check(db_, "PRAGMA integrity_check(1)");
        if (check.step() && check.text(0) != "ok") {
            fault(0, "pages", "SQLite: {}", check.text(0));
        }
    }

    void read_projection() {
        report_.projected_position = projected_position(db_);
        rows_ = load_rows(db_);
        rows_read_ = true;
    }

    void scan_events() {
        total_ =
            static_cast<std::uint64_t>(db_.number("SELECT coalesce(max(position), 0) FROM events"));
        RowCursor cursor(db_, EventFilter());
        while (cursor.next()) {
            check_row(cursor.row());
            ++report_.events;
            if (options_.progress && report_.events % kProgressStep == 0) {
                options_.progress(report_.events, total_);
            }
        }
        report_.streams = versions_.size();
        scanned_ = true;
        if (options_.progress) {
            options_.progress(report_.events, total_);
        }
    }

    void check_row(const RowView& row) {
        if (row.position != last_position_ + 1) {
            fault(
                last_position_ + 1, "gap", "event {} follows event {}", row.position, last_position_
            );
        }
        last_position_ = row.position;
        check_version(row);
        check_hash(row);
        check_content(row);
        if (options_.anchor && options_.anchor->position == row.position) {
            anchor_seen_ = true;
            const Hash now = row.former() ? hash_from(row.hash) : chains_.head();
            if (to_hex(view(now)) != options_.anchor->hash) {
                fault(row.position, "anchor", "the chain up to here is not the one of the anchor");
            }
        }
        if (row.position == report_.projected_position) {
            at_projection_ = replay_;
            projection_reached_ = true;
        }
    }

    // After a fault a chain goes on from what is stored, so that each fault is named once.
    void check_hash(const RowView& row) {
        if (row.former()) {
            const Hash whole = row_hash(former_, row, scratch_);
            if (row.position > recorded_.former_position) {
                fault(row.position, "chain", "the row is in no chain");
            } else if (view(whole) != row.hash) {
                unproved_[row.position] = whole;  // unless it was masked
            }
            former_ = hash_from(row.hash);
            return;
        }
        const Hash payload = payload_digest(row.salt, row.payload);
        ChainEnd& end = chains_.of(row.server);
        const bool next = row.sequence == end.sequence + 1;
        if (!next || view(row_hash(end.hash, row, scratch_)) != row.hash) {
            fault(row.position, "chain", "the row is not what was written (hash chain)");
        } else if (row.salt.empty()) {
            unproved_[row.position] = payload;
        } else if (view(payload) != row.digest) {
            fault(row.position, "chain", "the payload is not what was written (digest)");
        }
        end = {row.sequence, hash_from(row.hash)};
    }

    // What its hash does not prove must be what the record of a mask names.
    void check_masks() {
        for (const auto& [position, digest] : unproved_) {
            const auto named = masks_.find(position);
            if (named == masks_.end() || named->second != to_hex(view(digest))) {
                fault(position, "chain", "the row is not what was written, nor masked on record");
            }
        }
    }

    void check_version(const RowView& row) {
        auto& version = versions_[row.stream_id];
        if (row.version != version + 1) {
            fault(
                row.position,
                "version",
                "version {} of stream '{}' follows version {}",
                row.version,
                row.stream,
                version
            );
        }
        version = row.version;
    }

    void check_content(const RowView& row) {
        auto envelope = to_envelope(row);
        if (!envelope) {
            const bool known = knows(row.kind, row.kind_version);
            fault(row.position, known ? "payload" : "unknown_kind", "{}", envelope.error().what);
            replay_whole_ = false;
            return;
        }
        const auto server = server_of(envelope->event).value;
        if (stream_of(envelope->event) != row.stream ||
            item_of(envelope->event).value != row.item || (server != 0 && server != row.server)) {
            fault(row.position, "columns", "the row's columns do not fit its payload");
        }
        if (const auto* mask = std::get_if<ItemMasked>(&envelope->event)) {
            for (const MaskedRow& masked : mask->rows) {
                masks_[masked.position] = masked.digest;
            }
        }
        evolve(replay_, *envelope);
    }

    void check_head() {
        report_.head = {last_position_, to_hex(view(chains_.head()))};
        if (former_ != recorded_.former_end || chains_.ends != recorded_.ends) {
            fault(
                last_position_ + 1,
                "head",
                "the store ends at event {}, but its record of the chains' ends says otherwise",
                last_position_
            );
        }
        if (options_.anchor && options_.anchor->position != 0 && !anchor_seen_) {
            fault(
                last_position_ + 1,
                "anchor",
                "event {} of the anchor is not there",
                options_.anchor->position
            );
        }
    }

    void compare_projection() {
        if (!scanned_ || !rows_read_ || report_.projected_position == 0) {
            return;
        }
        if (!projection_reached_) {
            fault(
                0,
                "projection",
                "the stored ledger is at event {}, which is not there",
                report_.projected_position
            );
        } else if (replay_whole_ && !(rows_ == at_projection_)) {
            fault(
                0,
                "projection",
                "the stored ledger differs from a replay of the events up to {}; it can be "
                "dropped, it is rebuilt from the events",
                report_.projected_position
            );
        }
    }

    void check_secrets() {
        std::set<std::string, std::less<>> needed;
        for (const auto& [id, item] : replay_.items()) {
            for (const auto& doubt : item.in_doubt) {
                if (!doubt.secret_ref.empty()) {
                    needed.insert(doubt.secret_ref);
                }
            }
        }
        const auto sealer = key_for_secrets();
        Statement secrets(db_, "SELECT ref, sealed FROM secrets");
        while (secrets.step()) {
            ++report_.secrets;
            const std::string ref(secrets.text(0));
            report_.secrets_unused += needed.erase(ref) == 0 ? 1U : 0U;
            try {
                if (sealer) {
                    [[maybe_unused]] const auto secret = sealer->open(ref, secrets.blob(1));
                }
            } catch (const StoreFault& error) {
                fault(0, "secret", "{}", error.error().what);
            }
        }
        for (const auto& ref : needed) {
            fault(0, "secret", "the password {} of a call in doubt is not there", ref);
        }
    }

    // Null when no secrets are kept. A key that is missing then is a fault: without it they are
    // lost.
    std::unique_ptr<Sealer> key_for_secrets() {
        if (key_file_.empty() || db_.number("SELECT count(*) FROM secrets") == 0) {
            return nullptr;
        }
        try {
            return std::make_unique<Sealer>(key_file_, false);
        } catch (const StoreFault& error) {
            fault(0, "key", "{}", error.error().what);
            return nullptr;
        }
    }

    Connection& db_;
    const std::string& key_file_;
    const VerifyOptions& options_;
    VerifyReport report_;
    std::uint64_t total_ = 0;
    std::uint64_t last_position_ = 0;
    Chains recorded_;
    Chains chains_;  // as computed
    Hash former_{};
    std::map<std::uint64_t, Hash> unproved_;      // payloads that only a mask can explain
    std::map<std::uint64_t, std::string> masks_;  // what the records of masks name
    std::string scratch_;
    std::unordered_map<std::int64_t, std::uint64_t> versions_;
    Ledger rows_;
    Ledger replay_;
    Ledger at_projection_;
    bool rows_read_ = false;
    bool scanned_ = false;
    bool replay_whole_ = true;  // every event so far could be applied
    bool projection_reached_ = false;
    bool anchor_seen_ = false;
};

}  // namespace

VerifyReport verify_store(
    Connection& db, const std::string& key_file, const VerifyOptions& options
) {
    return Verifier(db, key_file, options).run();
}

}  // namespace bn::state
