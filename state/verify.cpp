#include "state/verify.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "reconciler/events/events.hpp"
#include "state/checkpoint.hpp"
#include "state/compaction.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/files.hpp"
#include "state/projections.hpp"
#include "state/walk.hpp"

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
        guarded("checkpoint", [this] { begin(); });
        guarded("unreadable", [this] { scan_events(); });
        check_head();
        compare_projection();
        guarded("secret", [this] { check_secrets(); });
        std::stable_sort(
            report_.faults.begin(),
            report_.faults.end(),
            [](const auto& a, const auto& b) {
                return std::pair(a.beside, a.position) < std::pair(b.beside, b.position);
            }
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

    // Of a file that a backup does not mend.
    void fault_beside(const char* code, const std::string& what) {
        const std::size_t listed = report_.faults.size();
        fault(0, code, "{}", what);
        ++report_.beside;
        if (report_.faults.size() > listed) {
            report_.faults.back().beside = true;
        }
    }

    // SQLite itself may find that the file is damaged, anywhere.
    template <class Step>
    void guarded(const char* code, Step step) {
        try {
            step();
        } catch (const StoreFault& error) {
            const bool in_scan = std::string_view(code) == "unreadable";
            fault(in_scan ? walk_.position() + 1 : 0, code, "{}", error.error().what);
        }
    }

    void check_files() {
        for (const auto& path : {db_.path(), db_.path() + "-wal", db_.path() + "-shm", key_file_}) {
            if (auto what = path.empty() ? std::string() : open_to_others(path); !what.empty()) {
                fault_beside("permissions", what);
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

    // From what stands for the events that were cut off, if any were.
    void begin() {
        begin_walk(walk_, db_, recorded_);
        archive_ = is_archive(db_);
        if (archive_) {
            walk_.believe_checkpoint();
        }
        const auto checkpoint = load_checkpoint(db_);
        if (!checkpoint) {
            return;
        }
        replay_ = checkpoint->ledger;
        report_.cut = StoreCut{checkpoint->head.position, checkpoint->head.at};
        if (report_.projected_position == report_.cut->position) {
            at_projection_ = replay_;
            projection_reached_ = true;
        }
        if (options_.anchor && options_.anchor->position == report_.cut->position) {
            anchor_seen_ = true;
            if (options_.anchor->hash != checkpoint->head.head) {
                fault(report_.cut->position, "anchor", "the events that were cut ended otherwise");
            }
        }
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
        report_.streams = streams_.size();
        scanned_ = true;
        if (options_.progress) {
            options_.progress(report_.events, total_);
        }
    }

    void check_row(const RowView& row) {
        streams_.insert(row.stream_id);
        walk_.check(row);
        if (options_.anchor && options_.anchor->position == row.position) {
            anchor_seen_ = true;
            if (to_hex(view(walk_.head(row))) != options_.anchor->hash) {
                fault(row.position, "anchor", "the chain up to here is not the one of the anchor");
            }
        }
        if (row.position == report_.projected_position) {
            at_projection_ = replay_;
            projection_reached_ = true;
        }
    }

    void check_head() {
        report_.head = {walk_.position(), to_hex(view(walk_.proved().chains.head()))};
        walk_.finish(recorded_);
        if (options_.anchor && report_.cut && options_.anchor->position < report_.cut->position) {
            fault(
                0,
                "anchor",
                "event {} of the anchor was cut off; its archive can prove it",
                options_.anchor->position
            );
        } else if (options_.anchor && options_.anchor->position != 0 && !anchor_seen_) {
            fault(
                walk_.position() + 1,
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
        } else if (walk_.all_readable() && !(rows_ == at_projection_)) {
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
        if (archive_) {
            return;  // it keeps none
        }
        std::set<std::string, std::less<>> needed;   // of calls in doubt
        std::set<std::string, std::less<>> waiting;  // that the panel does not have yet
        for (const auto& [id, item] : replay_.items()) {
            for (const auto& doubt : item.in_doubt) {
                if (!doubt.secret_ref.empty()) {
                    needed.insert(doubt.secret_ref);
                }
            }
            if (!item.password_ref.empty()) {
                waiting.insert(item.password_ref);
            }
        }
        const auto sealer = key_for_secrets();
        const bool unopened = options_.another_key && sealer == nullptr;
        Statement secrets(db_, "SELECT ref, sealed FROM secrets");
        while (secrets.step()) {
            ++report_.secrets;
            const std::string ref(secrets.text(0));
            report_.secrets_unused += needed.erase(ref) == 0 ? 1U : 0U;
            waiting.erase(ref);
            report_.secrets_unopened += unopened ? 1U : 0U;
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
        for (const auto& ref : waiting) {
            fault(
                0, "secret", "the password {} that the panel does not have yet is not there", ref
            );
        }
    }

    // Null when no secrets are kept, or another key may have sealed them. A key that is missing
    // else is a fault: without it they are lost.
    std::unique_ptr<Sealer> key_for_secrets() {
        if (key_file_.empty() || db_.number("SELECT count(*) FROM secrets") == 0) {
            return nullptr;
        }
        try {
            const std::string sealed_by = key_fingerprint(db_);
            auto sealer = std::make_unique<Sealer>(key_in_use(key_file_, sealed_by), false);
            const bool other = options_.another_key && sealer->fingerprint() != sealed_by;
            return other ? nullptr : std::move(sealer);
        } catch (const StoreFault& error) {
            if (!options_.another_key) {
                fault_beside("key", error.error().what);
            }
            return nullptr;
        }
    }

    Connection& db_;
    const std::string& key_file_;
    const VerifyOptions& options_;
    VerifyReport report_;
    std::uint64_t total_ = 0;
    Chains recorded_;
    std::unordered_set<std::int64_t> streams_;
    EventWalk walk_{
        [this](std::uint64_t position, const char* code, const std::string& what) {
            fault(position, code, "{}", what);
        },
        [this](const Envelope& event) { evolve(replay_, event); }};
    Ledger rows_;
    Ledger replay_;
    Ledger at_projection_;
    bool rows_read_ = false;
    bool scanned_ = false;
    bool projection_reached_ = false;
    bool anchor_seen_ = false;
    bool archive_ = false;
};

}  // namespace

VerifyReport verify_store(
    Connection& db, const std::string& key_file, const VerifyOptions& options
) {
    return Verifier(db, key_file, options).run();
}

}  // namespace bn::state
