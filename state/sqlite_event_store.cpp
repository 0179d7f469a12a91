#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "state/db.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/files.hpp"
#include "state/projections.hpp"
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

// What the record of a mask says of a row: the digest of the payload that is there now. A former
// row's own hash covers the payload, so that it proves nothing any more, the rows before it
// included: its digest is over the whole row and the hash before it.
Hash proof_of_mask(Connection& db, const RowView& row, const std::string& payload) {
    if (!row.former()) {
        return payload_digest({}, payload);
    }
    Hash previous{};
    Statement before(db, "SELECT hash FROM events WHERE position = ?1 - 1");
    before.bind(row.position);
    if (before.step()) {
        previous = hash_from(before.blob(0));
    }
    RowView masked_row = row;
    masked_row.payload = Blob(payload);
    std::string scratch;
    return row_hash(previous, masked_row, scratch);
}

// Throws an error of the store, for what is `guarded`.
template <class T>
T taken(Result<T> result) {
    if (!result) {
        throw StoreFault(std::move(result.error()));
    }
    return *std::move(result);
}

class SqliteEventStore final : public Store {
  public:
    explicit SqliteEventStore(StoreSettings settings) : settings_(std::move(settings)) {
        prepare_sodium();
        prepare_store_file(settings_.path, settings_.create && !settings_.read_only);
        if (settings_.read_only) {
            const auto db = borrow();
            if (check_schema(*db) == 0) {
                refuse(
                    "store.missing",
                    settings_.path + " is empty: the service has never run on it",
                    "start the service once"
                );
            }
            return;
        }
        lock_ = lock_process(settings_.path + ".lock");
        auto db = std::make_unique<Connection>(settings_.path, Connection::Mode::kReadWrite);
        check_schema(*db);  // before anything is changed: it may be another program's file
        db->prepare_for_writing();
        migrate(*db);
        db->checkpoint(true);
        if (settings_.max_pages != 0) {
            db->run(fmt::format("PRAGMA max_page_count={}", settings_.max_pages));
        }
        writer_ = std::make_unique<Writer>(std::move(db), settings_);
    }

    void append(AppendRequest request, std::function<void(AppendResult)> done) override {
        PendingAppend pending;
        pending.done = std::move(done);
        submit(std::move(request), std::move(pending));
    }

    AppendResult append_now(AppendRequest request) override {
        return submit_now(std::move(request), PendingAppend());
    }

    Result<std::uint64_t> mask(ItemId item, AppendRequest request) override {
        return guarded([&]() -> Result<std::uint64_t> {
            const Ledger now = taken(ledger());
            const LedgerItem* known = now.item(item);
            if (known != nullptr &&
                (owns(*known) || !known->in_doubt.empty() || !known->owed.empty())) {
                return tl::unexpected(Error(
                    NextMove::kHuman,
                    "store.mask_owned",
                    fmt::format(
                        "item {} still has an account of ours, or the panel waits for a word of it",
                        item.value
                    ),
                    "close the item first, and see that the panel has its results: both are found "
                    "by what would be "
                    "masked"
                ));
            }
            PendingAppend pending;
            ItemMasked event;
            event.item = item;
            {
                const auto db = borrow();
                EventFilter filter;
                filter.item = item;
                RowCursor cursor(*db, filter);
                while (cursor.next()) {
                    const RowView& row = cursor.row();
                    std::string payload = taken(masked(row.kind, row.kind_version, row.payload));
                    if (payload != row.payload) {
                        const Hash proof = proof_of_mask(*db, row, payload);
                        event.rows.push_back({row.position, to_hex(view(proof))});
                        pending.masks.emplace_back(row.position, std::move(payload));
                    }
                }
            }
            const std::uint64_t rows = event.rows.size();
            if (rows == 0) {
                return rows;
            }
            request.events.emplace_back(
                std::move(event), known != nullptr ? known->stream_version : kAnyVersion
            );
            taken(submit_now(std::move(request), std::move(pending)));
            // What the stored ledger says of the item came from what is masked now.
            return rebuild_projections().map([rows] { return rows; });
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

    void submit(AppendRequest request, PendingAppend pending) {
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
            const bool has_key =
                db->number("SELECT count(*) FROM meta WHERE key = 'key_fingerprint'") != 0;
            sealer_ = std::make_unique<Sealer>(settings_.key_file, create && !has_key);
        }
        return *sealer_;
    }

    const StoreSettings settings_;
    base::Descriptor lock_;

    std::mutex readers_mutex_;
    std::vector<std::unique_ptr<Connection>> readers_;
    std::mutex sealer_mutex_;
    std::unique_ptr<Sealer> sealer_;

    std::unique_ptr<Writer> writer_;  // last: ends first
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(StoreSettings settings) {
    return guarded([&]() -> Result<std::unique_ptr<Store>> {
        return std::make_unique<SqliteEventStore>(std::move(settings));
    });
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
