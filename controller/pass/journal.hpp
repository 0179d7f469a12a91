// The journal: records events durably and keeps the ledger equal to them.
//
// The only place of the shell that appends events. All members run on the loop's thread; `record`
// suspends until the events are durable. Owns the ledger; does not own the store.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "controller/at_end.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/limits.hpp"
#include "reconciler/ports/event_store.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {

// Why and on whose behalf events are recorded.
struct RecordContext {
    std::string correlation;  // pass or command id
    Actor actor;              // where nobody is named: the service

    RecordContext() = default;

    explicit RecordContext(std::string c) : correlation(std::move(c)) {}

    RecordContext(std::string c, Actor a) : correlation(std::move(c)), actor(std::move(a)) {}
};

class Journal {
  public:
    // Become durable (sealed), or are forgotten, in the same step as the events.
    struct Secrets {
        std::vector<AppendRequest::NewSecret> keep;
        std::vector<std::string> forget;

        Secrets() = default;
    };

    // Called after each durable append with its duration, for metrics; may be empty.
    using AppendTimer = std::function<void(Duration)>;

    Journal(EventStore& store, Ledger ledger, std::function<Time()> now, AppendTimer timer = {});
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

    [[nodiscard]] EventStore& store() { return store_; }

    // Makes `events` durable, all or none, then applies them to the ledger. Item streams are
    // guarded by the ledger's version: somebody else's event is a conflict, not overwritten. Two
    // parts of this process may record about one item at once: their order is that of the calls.
    // An error means that nothing may be done on the strength of these events.
    Task<Result<void>> record(
        std::vector<Event> events, RecordContext context, Secrets secrets = Secrets()
    );

    // The blocking form, for start and stop when the loop does not run.
    Result<void> record_now(std::vector<Event> events, RecordContext context);

    // Actions that this process is carrying out right now, for as long as what it gives lives: in
    // doubt by the ledger, but nobody may settle them by looking, for their answer is on its way.
    [[nodiscard]] AtEnd in_flight_now(const std::string& action_id) {
        in_flight_.insert(action_id);
        return AtEnd([this, action_id] { in_flight_.erase(action_id); });
    }

    [[nodiscard]] bool in_flight(const std::string& action_id) const {
        return in_flight_.contains(action_id);
    }

    // Calls of this process that had no sure answer, and are not settled: those of a process before
    // it may never have been made.
    void unanswered(const std::string& action_id) { unanswered_.insert(action_id); }

    [[nodiscard]] bool take_unanswered(const std::string& action_id) {
        return unanswered_.erase(action_id) > 0;
    }

    // What is being recorded now and counts against a limit, before the ledger knows it.
    [[nodiscard]] std::span<const HarmToCome> harm_to_come() const { return harm_to_come_; }

  private:
    // Versions of item streams after the appends that are on their way.
    struct Ahead {
        std::uint64_t version = 0;
        std::uint32_t appends = 0;
    };

    // What an append on its way holds; `land` gives it back.
    struct Departure {
        AppendRequest request;
        std::set<ItemId> items;
        std::size_t harms = 0;
    };

    Departure depart(std::vector<Event> events, RecordContext context);
    Result<void> land(const Departure& departure, AppendResult appended);

    EventStore& store_;
    Ledger ledger_;
    std::function<Time()> now_;
    AppendTimer timer_;
    std::set<std::string> in_flight_;
    std::set<std::string> unanswered_;
    std::map<ItemId, Ahead> ahead_;
    std::vector<HarmToCome> harm_to_come_;  // appends land in the order in which they depart
};

}  // namespace bn::controller
