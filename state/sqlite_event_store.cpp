#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/require.hpp"
#include "state/anchor.hpp"
#include "state/backup.hpp"
#include "state/checkpoint.hpp"
#include "state/compaction.hpp"
#include "state/db.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/files.hpp"
#include "state/masking.hpp"
#include "state/projections.hpp"
#include "state/proof.hpp"
#include "state/sealer.hpp"
#include "state/store.hpp"
#include "state/verify.hpp"
#include "state/writer.hpp"

namespace bn::state {

namespace {

constexpr std::uint64_t kEventsPerRebuildStep = 20000;

Error read_only_error(const std::string& path) {
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        "store.read_only",
        "the event store " + path + " was opened for reading only",
        "use a command that writes, while the service is stopped"
    );
}

// Throws an error of the store, for what is `guarded`.
template <class T>
T taken(Result<T> result) {
    if (!result) {
        throw StoreFault(std::move(result.error()));
    }
    return *std::move(result);
}

// Its account is found by its login, and the panel is told by what would be masked.
bool needs_its_texts(const LedgerItem& item) {
    return owns(item) || !item.in_doubt.empty() || !item.owed.empty() || !item.password_ref.empty();
}

Error still_ours(ItemId item) {
    return Error(
        NextMove::kHuman,
        "store.mask_owned",
        fmt::format(
            "item {} still has an account of ours, or the panel waits for a word of it", item.value
        ),
        "close the item, let the service delete its account and tell the panel, then mask it"
    );
}

class SqliteEventStore final : public Store {
  public:
    explicit SqliteEventStore(StoreSettings settings) : settings_(std::move(settings)) {
        prepare_sodium();
        // Before the store: a service may go on meanwhile.
        const std::optional<Anchor> anchor =
            settings_.anchor.empty() ? std::nullopt : read_anchor(settings_.anchor);
        if (file_size(settings_.path) == 0) {
            if (anchor && anchor->position > 0) {
                trouble_ = lost_store(settings_.path, *anchor);
            }
            refuse_emptied();
        }
        if (trouble_ && !settings_.accept) {
            lost_ = true;
            return;
        }
        prepare_store_file(settings_.path, settings_.create && !settings_.read_only);
        settings_.read_only ? open_to_read(anchor) : open_to_write(anchor);
    }

    ~SqliteEventStore() override {
        {
            const std::lock_guard lock(keeper_mutex_);
            stopping_ = true;
        }
        keeper_wake_.notify_all();
        if (keeper_.joinable()) {
            keeper_.join();
        }
        const bool wrote = writer_ != nullptr;
        writer_.reset();
        if (wrote) {
            keep_anchor();
        }
    }

    SqliteEventStore(const SqliteEventStore&) = delete;
    SqliteEventStore& operator=(const SqliteEventStore&) = delete;

    std::optional<Error> trouble() const override {
        const std::lock_guard lock(trouble_mutex_);
        return trouble_;
    }

    AppendResult accept(AppendRequest request) override {
        BN_REQUIRE(settings_.accept, "a store that is accepted is opened so");
        return writer_->run([](Connection& db) { db.run("DELETE FROM meta WHERE key = 'fault'"); }
        ).and_then([&] {
             return append_now(std::move(request));
         }).map([this](std::vector<Envelope> recorded) {
            const std::lock_guard lock(trouble_mutex_);
            trouble_.reset();
            return recorded;
        });
    }

    void append(AppendRequest request, std::function<void(AppendResult)> done) override {
        PendingAppend pending;
        pending.done = std::move(done);
        submit(std::move(request), std::move(pending));
    }

    AppendResult append_now(AppendRequest request) override {
        return submit_now(std::move(request), PendingAppend());
    }

    Result<std::uint64_t> mask(ItemId item, const std::string& reason, AppendRequest request)
        override {
        return guarded([&]() -> Result<std::uint64_t> {
            if (!writer_) {
                return tl::unexpected(trouble().value_or(read_only_error(settings_.path)));
            }
            const Ledger now = taken(ledger());
            const LedgerItem* known = now.item(item);
            if (known != nullptr && needs_its_texts(*known)) {
                return tl::unexpected(still_ours(item));
            }
            Mask mask;
            {
                const auto db = borrow();
                mask = plan_mask(*db, item);
            }
            const std::uint64_t rows = mask.event.rows.size();
            if (rows > 0) {
                mask.event.reason = reason;
                request.forget_secrets = std::move(mask.secrets);
                request.events.emplace_back(
                    std::move(mask.event), known != nullptr ? known->stream_version : kAnyVersion
                );
                PendingAppend pending;
                pending.masks = std::move(mask.payloads);
                if (!mask.checkpoint.empty()) {
                    pending.change = [rows = std::move(mask.checkpoint)](Connection& db) {
                        write_checkpoint(db, rows);
                        forget_ledger_rows(db);
                    };
                }
                taken(submit_now(std::move(request), std::move(pending)));
            }
            if (!mask.item_known) {
                return rows;
            }
            // What the stored ledger says of the item came from what is masked now; and SQLite
            // keeps what was in a page until the page is written anew.
            return rebuild_projections()
                .and_then([&] {
                    return writer_->run([](Connection& db) {
                        db.run("VACUUM");
                        db.checkpoint(true);
                    });
                })
                .map([rows] { return rows; });
        });
    }

    Result<void> read(const EventFilter& filter, const std::function<bool(const Envelope&)>& each)
        override {
        return guarded([&]() -> Result<void> {
            const auto db = borrow();
            const auto wanted = [&filter](const Event& event) {
                const std::string_view kind = kind_of(event).name;
                return filter.kinds.empty() ||
                       std::ranges::find(filter.kinds, kind, kind_today) != filter.kinds.end();
            };
            RowCursor cursor(*db, filter);
            std::uint64_t left = filter.limit;
            while (left > 0 && cursor.next()) {
                const Envelope envelope = taken(to_envelope(cursor.row()));
                if (!wanted(envelope.event)) {
                    continue;  // stored under a name that reads as several kinds
                }
                --left;
                if (!each(envelope)) {
                    break;
                }
            }
            return {};
        });
    }

    Result<Secret> secret(std::string_view ref) override {
        return guarded([&]() -> Result<Secret> {
            const auto db = borrow();
            Statement find(*db, "SELECT sealed FROM secrets WHERE ref = ?1");
            find.bind(ref);
            if (!find.step()) {
                return tl::unexpected(Error(
                    Concern::kStore,
                    NextMove::kBug,
                    "store.no_secret",
                    "no password is kept under the reference " + std::string(ref)
                ));
            }
            return sealer(false).open(ref, find.blob(0));
        });
    }

    std::uint64_t size_bytes() const override {
        return file_size(settings_.path) + file_size(settings_.path + "-wal");
    }

    Result<Ledger> ledger() override {
        return guarded([&]() -> Result<Ledger> {
            if (lost_) {
                return Ledger();
            }
            const auto db = borrow();
            const Transaction moment(*db, Transaction::Kind::kRead);
            return load_current(*db);
        });
    }

    Result<VerifyReport> verify(const VerifyOptions& options) override {
        return guarded([&]() -> Result<VerifyReport> {
            const auto db = borrow();
            return verify_store(*db, settings_.key_file, options);
        });
    }

    std::optional<StoreCut> cut() override {
        const auto head = guarded([&]() -> Result<std::optional<CheckpointHead>> {
            const auto db = borrow();
            return checkpoint_head(*db);
        });
        return head && *head ? std::optional(StoreCut{(*head)->position, (*head)->at})
                             : std::nullopt;
    }

    Result<std::optional<StoreCompacted>> compact(
        Time before, const std::string& archive, AppendRequest request
    ) override {
        return guarded([&]() -> Result<std::optional<StoreCompacted>> {
            if (!writer_) {
                return tl::unexpected(trouble().value_or(read_only_error(settings_.path)));
            }
            std::optional<Compaction> plan;
            {
                const auto db = borrow();
                const VerifyReport report = verify_store(*db, settings_.key_file, VerifyOptions());
                if (!report.good()) {
                    throw StoreFault(bad_store(settings_.path, report.faults.front()));
                }
                plan = plan_compaction(*db, before, request.at);
            }
            if (!plan) {
                return std::optional<StoreCompacted>();
            }
            if (!archive.empty()) {
                write_archive(settings_.path, archive, *plan);
            }
            keep_anchor_now();
            step("planned");
            PendingAppend pending;
            pending.change = [&plan](Connection& db) { cut_off(db, *plan); };
            request.events.emplace_back(plan->event);
            taken(submit_now(std::move(request), std::move(pending)));
            step("cut");
            taken(writer_
                      ->run([](Connection& db) {
                          db.run("VACUUM");
                          db.checkpoint(true);
                      })
                      .map([] { return true; }));
            step("written anew");
            return std::optional(plan->event);
        });
    }

    Result<std::uint64_t> rotate_key(AppendRequest request) override {
        return guarded([&]() -> Result<std::uint64_t> {
            if (!writer_) {
                return tl::unexpected(trouble().value_or(read_only_error(settings_.path)));
            }
            const Sealer& old = sealer(true);
            const auto passwords = all_secrets(old);
            make_next_key(settings_.key_file);
            const Sealer next(next_key(settings_.key_file), false);
            step("made");
            PendingAppend pending;
            pending.new_key = true;
            pending.key_fingerprint = next.fingerprint();
            for (const auto& [ref, password] : passwords) {
                pending.sealed.emplace_back(ref, next.seal(ref, password));
            }
            KeyRotated event;
            event.before = to_hex(old.fingerprint());
            event.after = to_hex(next.fingerprint());
            event.passwords = passwords.size();
            request.events.emplace_back(std::move(event));
            taken(submit_now(std::move(request), std::move(pending)));
            step("recorded");
            const auto again = all_secrets(next);
            const auto same = [](const auto& a, const auto& b) {
                return a.first == b.first && a.second.reveal() == b.second.reveal();
            };
            if (!std::ranges::equal(passwords, again, same)) {
                refuse(
                    "store.key",
                    "the new key does not open what it sealed; both keys are kept",
                    "keep the key file and the one named .next, and report this"
                );
            }
            step("proved");
            settle_key(settings_.key_file, next.fingerprint());
            step("in place");
            const std::lock_guard lock(sealer_mutex_);
            sealer_.reset();
            return passwords.size();
        });
    }

    Result<VerifyReport> backup(const std::string& file, bool replace) override {
        return guarded([&]() -> Result<VerifyReport> {
            if (const auto why = trouble()) {
                return tl::unexpected(*why);  // it would take the place of a good copy
            }
            return back_up(settings_.path, settings_.key_file, file, replace);
        });
    }

    Result<void> rebuild_projections() override {
        if (!writer_) {
            return tl::unexpected(read_only_error(settings_.path));
        }
        return writer_->run([](Connection& db) {
            Transaction transaction(db, Transaction::Kind::kWrite);
            forget_ledger_rows(db);
            transaction.commit();
            std::uint64_t before = 0;
            for (auto now = catch_up(db, kEventsPerRebuildStep); now != before;
                 now = catch_up(db, kEventsPerRebuildStep)) {
                before = now;
            }
        });
    }

    StoreHead head() const override {
        if (writer_) {
            return writer_->head();
        }
        try {
            if (lost_) {
                return {};
            }
            Connection db(settings_.path, Connection::Mode::kReadOnly);
            const Transaction moment(db, Transaction::Kind::kRead);
            const auto position = db.number("SELECT coalesce(max(position), 0) FROM events");
            return {static_cast<std::uint64_t>(position), to_hex(view(load_chains(db).head()))};
        } catch (const StoreFault&) {
            return {};  // `verify` and `read` say what is wrong
        }
    }

  private:
    // A reading connection, given back when the lease ends.
    using Lease = std::unique_ptr<Connection, std::function<void(Connection*)>>;

    Lease borrow() {
        if (lost_) {
            throw StoreFault(*trouble_);
        }
        std::unique_ptr<Connection> connection;
        {
            const std::lock_guard lock(readers_mutex_);
            if (!readers_.empty()) {
                connection = std::move(readers_.back());
                readers_.pop_back();
            }
        }
        if (!connection) {  // a slow open holds up nobody
            connection = std::make_unique<Connection>(settings_.path, Connection::Mode::kReadOnly);
        }
        return {connection.release(), [this](Connection* returned) {
                    const std::lock_guard given_back(readers_mutex_);
                    readers_.emplace_back(returned);
                }};
    }

    // SQLite would take an empty file for a new store, and a log beside it for the log of that.
    void refuse_emptied() const {
        if (file_size(settings_.path + "-wal") > 0) {
            refuse(
                "store.emptied",
                settings_.path + " is empty or gone, but its log " + settings_.path +
                    "-wal is there: somebody took the store away",
                "put the newest copy of the store back and remove the log, or move both away"
            );
        }
    }

    void open_to_read(const std::optional<Anchor>& anchor) {
        const auto db = borrow();
        if (check_schema(*db) == 0) {
            refuse(
                "store.missing",
                settings_.path + " is empty: the service has never run on it",
                "start the service once"
            );
        }
        trouble_ = anchor ? compare_with_anchor(*db, *anchor) : std::nullopt;
        if (!trouble_) {
            trouble_ = noted_fault(*db);
        }
    }

    void open_to_write(const std::optional<Anchor>& anchor) {
        lock_ = lock_process(settings_.path + ".lock");
        auto db = std::make_unique<Connection>(settings_.path, Connection::Mode::kReadWrite);
        // Before anything is changed: it may be another program's file, or an older copy.
        const bool fresh = check_schema(*db) == 0;
        if (!fresh && is_archive(*db)) {
            refuse(
                "store.archive",
                settings_.path + " is an archive of events that were cut off: it is only read",
                "name the event store itself; `verify --store` and `events --store` read an archive"
            );
        }
        if (!trouble_ && anchor) {
            trouble_ = compare_with_anchor(*db, *anchor);
        }
        if (!trouble_ && !fresh) {
            trouble_ = noted_fault(*db);
        }
        if (trouble_ && !settings_.accept) {
            return;
        }
        db->prepare_for_writing();
        migrate(*db);
        db->checkpoint(true);
        if (settings_.max_pages != 0) {
            db->run(fmt::format("PRAGMA max_page_count={}", settings_.max_pages));
        }
        if (auto fault = prove_new_events(*db)) {
            trouble_ = bad_store(settings_.path, *fault);
            note_fault(*db, *fault);
            if (!settings_.accept) {
                return;
            }
        }
        settle_key(settings_.key_file, key_fingerprint(*db));
        give_identity(*db);
        writer_ = std::make_unique<Writer>(std::move(db), settings_);
        if (!settings_.anchor.empty() || settings_.prove_all) {
            keeper_ = std::thread([this] { keep(); });
        }
    }

    void step(std::string_view name) const {
        if (settings_.on_step) {
            settings_.on_step(name);
        }
    }

    std::map<std::string, Secret> all_secrets(const Sealer& key) {
        const auto db = borrow();
        std::map<std::string, Secret> all;
        Statement rows(*db, "SELECT ref, sealed FROM secrets");
        while (rows.step()) {
            const std::string ref(rows.text(0));
            all.emplace(ref, key.open(ref, rows.blob(1)));
        }
        return all;
    }

    // ---- beside the work: the anchor, and the proof of what is old

    void keep() {
        constexpr auto kPause = std::chrono::seconds(2);
        constexpr int kRest = 9;  // of ten parts of the time
        SlowProof proof;
        bool proving = settings_.prove_all;
        keep_anchor();
        std::unique_lock lock(keeper_mutex_);
        auto pause = std::chrono::duration_cast<std::chrono::nanoseconds>(kPause);
        auto anchored = std::chrono::steady_clock::now();
        while (!keeper_wake_.wait_for(lock, pause, [this] { return stopping_; })) {
            lock.unlock();
            const auto begun = std::chrono::steady_clock::now();
            proving = proving && prove_some(proof);
            const auto now = std::chrono::steady_clock::now();
            pause = proving ? (now - begun) * kRest : kPause;
            if (now - anchored >= kPause) {
                keep_anchor();
                anchored = now;
            }
            lock.lock();
        }
    }

    // One step; false: nothing is left, or a fault was found.
    bool prove_some(SlowProof& proof) {
        std::optional<VerifyFault> fault;
        bool more = false;
        try {
            const auto db = borrow();
            more = proof.step(*db);
            fault = proof.fault();
        } catch (const StoreFault& error) {
            fault = VerifyFault{0, "unreadable", error.error().what};
        }
        if (!fault) {
            return more;
        }
        {
            const std::lock_guard lock(trouble_mutex_);
            trouble_ = bad_store(settings_.path, *fault);
        }
        // The next start must know it without a proof of everything.
        static_cast<void>(writer_->run([&](Connection& db) { note_fault(db, *fault); }));
        return false;
    }

    // The anchor must tell of an event that stays. Throws what keeps it from being written.
    void keep_anchor_now() {
        if (!settings_.anchor.empty()) {
            const std::lock_guard lock(anchor_mutex_);
            Connection db(settings_.path, Connection::Mode::kReadOnly);
            write_anchor(settings_.anchor, anchor_of(db));
        }
    }

    // What cannot be written is tried again; `check` says what is missing.
    void keep_anchor() {
        if (settings_.anchor.empty() || trouble() ||
            (writer_ && !anchored_.store.empty() && writer_->head().position == anchored_.position
            )) {
            return;
        }
        try {
            const std::lock_guard lock(anchor_mutex_);
            Connection db(settings_.path, Connection::Mode::kReadOnly);
            const Anchor now = anchor_of(db);
            if (now.position > 0 && now != anchored_) {
                write_anchor(settings_.anchor, now);
                anchored_ = now;
            }
        } catch (const StoreFault&) {
            anchored_ = Anchor();
        }
    }

    void submit(AppendRequest request, PendingAppend pending) {
        if (const auto why = trouble(); why && !settings_.accept) {
            pending.done(tl::unexpected(*why));
            return;
        }
        if (!writer_) {
            pending.done(tl::unexpected(read_only_error(settings_.path)));
            return;
        }
        try {
            pending.payloads.reserve(request.events.size());
            for (const auto& event : request.events) {
                pending.payloads.push_back(encode(event.event));
            }
            seal(request, pending);
        } catch (const StoreFault& fault) {
            pending.refused = fault.error();
        }
        request.secrets.clear();
        pending.request = std::move(request);
        writer_->submit(std::move(pending));
    }

    AppendResult submit_now(AppendRequest request, PendingAppend pending) {
        // Shared: the writer may still be inside of it when it is awaited.
        const auto result = std::make_shared<std::promise<AppendResult>>();
        pending.done = [result](AppendResult outcome) { result->set_value(std::move(outcome)); };
        submit(std::move(request), std::move(pending));
        return result->get_future().get();
    }

    void seal(const AppendRequest& request, PendingAppend& pending) {
        if (request.secrets.empty()) {
            return;
        }
        const auto& key = sealer(true);
        pending.key_fingerprint = key.fingerprint();
        for (const auto& secret : request.secrets) {
            pending.sealed.emplace_back(secret.ref, key.seal(secret.ref, secret.secret));
        }
    }

    const Sealer& sealer(bool create) {
        const std::lock_guard lock(sealer_mutex_);
        if (!sealer_) {
            // A new key beside passwords that an old one sealed would only hide that it is lost.
            const auto db = borrow();
            const std::string known = key_fingerprint(*db);
            sealer_ = std::make_unique<Sealer>(
                key_in_use(settings_.key_file, known), create && known.empty()
            );
        }
        return *sealer_;
    }

    const StoreSettings settings_;
    base::Descriptor lock_;
    bool lost_ = false;  // there is no store to read

    mutable std::mutex trouble_mutex_;
    std::optional<Error> trouble_;

    std::mutex readers_mutex_;
    std::vector<std::unique_ptr<Connection>> readers_;
    std::mutex sealer_mutex_;
    std::unique_ptr<Sealer> sealer_;

    std::unique_ptr<Writer> writer_;

    std::mutex keeper_mutex_;
    std::condition_variable keeper_wake_;
    bool stopping_ = false;
    std::mutex anchor_mutex_;
    Anchor anchored_;  // of the keeper
    std::thread keeper_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(StoreSettings settings) {
    return guarded([&]() -> Result<std::unique_ptr<Store>> {
        return std::make_unique<SqliteEventStore>(std::move(settings));
    });
}

std::string default_anchor(const std::string& store_path) {
    const std::filesystem::path path = std::filesystem::absolute(store_path).lexically_normal();
    const std::string folder = path.parent_path().string();
    return folder + "-anchor/" + path.filename().string() + ".anchor";
}

Result<Ledger> load_ledger(const std::string& path) {
    StoreSettings settings;
    settings.path = path;
    settings.read_only = true;
    return open_store(std::move(settings)).and_then([](const auto& store) {
        return store->ledger();
    });
}

}  // namespace bn::state
