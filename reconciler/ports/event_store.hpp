// Port: the event store. Implemented by state (SQLite).
//
// Threads: append may be called from any thread and returns at once; its callback runs on the
// store's writer thread after the events are durable. Reads are blocking and use a connection of
// their own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"

namespace bn {

// No expectation about a stream's version (for streams that several may append to).
inline constexpr std::uint64_t kAnyVersion = ~std::uint64_t{0};

struct NewEvent {
    Event event;
    std::uint64_t expected_version = kAnyVersion;  // of the event's stream before this event
    std::string causation;             // id of the event that led to this one; empty: see `cause`
    std::optional<std::size_t> cause;  // ... or the place of an earlier event of this request
    std::string id;  // given beforehand, so that others may name it; empty: the store makes one

    NewEvent() = default;

    // The intent of an action has the action's id.
    explicit NewEvent(Event e, std::uint64_t expected = kAnyVersion, std::string caused_by = {})
        : event(std::move(e)), expected_version(expected), causation(std::move(caused_by)) {
        if (const auto* intent = std::get_if<ActionIntended>(&event)) {
            id = intent->action_id;
        }
    }
};

// All of a request becomes durable, or nothing.
struct AppendRequest {
    std::vector<NewEvent> events;
    std::string correlation;
    Actor actor;
    Time at{};

    // Secrets to seal and keep in the same transaction, by reference.
    struct NewSecret {
        std::string ref;
        Secret secret;

        NewSecret(std::string r, Secret s) : ref(std::move(r)), secret(std::move(s)) {}
    };

    std::vector<NewSecret> secrets;
    std::vector<std::string> forget_secrets;  // references whose secrets are no longer needed

    AppendRequest() = default;
};

// The appended events with positions, versions and ids, in order.
using AppendResult = Result<std::vector<Envelope>>;  // code "store.conflict": version mismatch

struct EventFilter {
    std::string id;  // of one event, in any spelling that was ever printed; only `limit` beside it
    std::optional<ItemId> item;
    std::string stream;              // events of this stream (stream_of); not beside `item`
    std::optional<ServerId> server;  // events of the server and of its items
    std::vector<std::string> kinds;  // names, also former ones; empty: all
    std::optional<Time> since;
    std::optional<Time> until;
    std::uint64_t after = 0;  // positions greater than this
    std::uint64_t limit = ~std::uint64_t{0};
    bool newest_first = false;

    EventFilter() = default;
};

class EventStore {
  public:
    virtual ~EventStore() = default;

    virtual void append(AppendRequest request, std::function<void(AppendResult)> done) = 0;
    // Blocks until durable. For commands and tests; never on the loop.
    virtual AppendResult append_now(AppendRequest request) = 0;

    // Calls `each` in order until it returns false. Stops with an error at the first event that
    // cannot be read (damage names its position).
    virtual Result<void> read(
        const EventFilter& filter, const std::function<bool(const Envelope&)>& each
    ) = 0;

    // The secret kept under `ref`, unsealed; error "store.no_secret" when it is not there.
    virtual Result<Secret> secret(std::string_view ref) = 0;

    virtual std::uint64_t size_bytes() const = 0;

    // Why nothing may be done on the strength of this store: it is not good, or not the newest.
    // Appends are refused then. Any thread.
    virtual std::optional<Error> trouble() const { return std::nullopt; }
};

}  // namespace bn
