// fake: an event store in memory, with the promises of the real one but durability. Any thread.
// Callbacks run inside append, on the caller's thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/require.hpp"
#include "reconciler/ports/event_store.hpp"

namespace bn::testing {

class MemoryEventStore : public EventStore {
  public:
    // `kind_name` gives the stored name of an event, for filters by kind.
    using KindName = std::function<std::string(const Event&)>;

    explicit MemoryEventStore(KindName kind_name = {}) : kind_name_(std::move(kind_name)) {}

    // A backup.
    MemoryEventStore(const MemoryEventStore& other)
        : kind_name_(other.kind_name_),
          streams_(other.streams_),
          rows_(other.rows_),
          secrets_(other.secrets_) {}

    MemoryEventStore& operator=(const MemoryEventStore&) = delete;
    ~MemoryEventStore() override = default;

    void append(AppendRequest request, std::function<void(AppendResult)> done) override {
        done(append_now(std::move(request)));
    }

    AppendResult append_now(AppendRequest request) override {
        const std::lock_guard lock(mutex_);
        std::map<std::string, Stream> after;  // those that this touches
        std::vector<Row> added;
        for (auto& event : request.events) {
            const std::string name = stream_of(event.event);
            Stream& stream = after.try_emplace(name, streams_[name]).first->second;
            if (event.expected_version != kAnyVersion && event.expected_version != stream.version) {
                return refuse("store.conflict", "a stream is at another version");
            }
            if (event.cause && *event.cause < added.size()) {
                event.causation = added[*event.cause].envelope.id;
            }
            added.push_back(row(request, std::move(event), stream, added.size()));
        }
        for (const auto& secret : request.secrets) {
            if (secrets_.contains(secret.ref)) {
                return refuse("store.secret_exists", "a secret is kept under this reference");
            }
        }
        for (auto& secret : request.secrets) {
            secrets_.emplace(std::move(secret.ref), std::move(secret.secret));
        }
        for (const auto& ref : request.forget_secrets) {
            secrets_.erase(ref);
        }
        std::vector<Envelope> envelopes;
        for (auto& one : added) {
            streams_[one.envelope.stream] = after[one.envelope.stream];
            envelopes.push_back(one.envelope);
            rows_.push_back(std::move(one));
        }
        return envelopes;
    }

    Result<void> read(const EventFilter& filter, const std::function<bool(const Envelope&)>& each)
        override {
        std::vector<Envelope> matching;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& row : rows_) {
                if (matches(filter, row)) {
                    matching.push_back(row.envelope);
                }
            }
        }
        if (filter.newest_first) {
            matching = {matching.rbegin(), matching.rend()};
        }
        for (std::size_t i = 0; i < matching.size() && i < filter.limit; ++i) {
            if (!each(matching[i])) {
                break;
            }
        }
        return {};
    }

    Result<Secret> secret(std::string_view ref) override {
        const std::lock_guard lock(mutex_);
        const auto found = secrets_.find(ref);
        if (found == secrets_.end()) {
            return tl::unexpected(
                Error(Concern::kStore, NextMove::kBug, "store.no_secret", "no such password")
            );
        }
        return found->second;
    }

    std::uint64_t size_bytes() const override {
        const std::lock_guard lock(mutex_);
        return rows_.size() * sizeof(Row);
    }

  private:
    struct Stream {
        std::uint64_t version = 0;
        ServerId server;  // that its last event was about
    };

    struct Row {
        Envelope envelope;
        ServerId server;
    };

    static AppendResult refuse(const char* code, const char* what) {
        const auto move =
            std::string_view(code) == "store.conflict" ? NextMove::kRedoPass : NextMove::kBug;
        return tl::unexpected(Error(Concern::kStore, move, code, what));
    }

    Row row(const AppendRequest& request, NewEvent event, Stream& stream, std::size_t before)
        const {
        Envelope out;
        out.position = rows_.size() + before + 1;
        out.stream = stream_of(event.event);
        out.version = ++stream.version;
        out.id = event.id.empty() ? "event-" + std::to_string(out.position) : event.id;
        out.at = request.at;
        out.correlation = request.correlation;
        out.causation = std::move(event.causation);
        out.actor = request.actor;
        const ServerId server = server_of(event.event);
        stream.server = server.value != 0 ? server : stream.server;
        out.event = std::move(event.event);
        return {std::move(out), stream.server};
    }

    bool matches(const EventFilter& filter, const Row& row) const {
        const auto& e = row.envelope;
        bool kind = filter.kinds.empty();
        for (const auto& name : filter.kinds) {
            kind = kind || (kind_name_ && kind_name_(e.event) == name);
        }
        return kind && (filter.id.empty() || e.id == filter.id) && e.position > filter.after &&
               (!filter.item || e.stream == item_stream(*filter.item)) &&
               (!filter.server || row.server == *filter.server) &&
               (!filter.since || e.at >= *filter.since) && (!filter.until || e.at <= *filter.until);
    }

    const KindName kind_name_;
    mutable std::mutex mutex_;  // guards what follows
    std::map<std::string, Stream> streams_;
    std::vector<Row> rows_;
    std::map<std::string, Secret, std::less<>> secrets_;
};

// What the events of a store say.
inline Ledger fold(EventStore& store) {
    Ledger ledger;
    const Result<void> read = store.read(EventFilter(), [&](const Envelope& envelope) {
        evolve(ledger, envelope);
        return true;
    });
    BN_REQUIRE(read.has_value(), "a store in memory can be read");
    return ledger;
}

}  // namespace bn::testing
