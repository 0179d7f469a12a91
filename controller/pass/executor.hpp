// The executor: carries out one server's plan, intent before effect, outcome after; and settles
// intents without an outcome, by looking at the cloud, never by repeating or deleting.
//
// Runs on the loop's thread. Works on several items at a time, on one item strictly in order; the
// first failure of an item ends its turn (the next pass plans the rest anew). What is recorded and
// what follows is decided in reconciler/decide/action.hpp; here are the calls and their order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "controller/pass/journal.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/action.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

// What actions and doubts need; all outlive them.
struct ActionParts {
    Cloud& cloud;
    Journal& journal;
    Clock& clock;
    ActionRules rules;
    std::size_t password_length = kPasswordLength;  // of new ones
    // Reads the panel anew, just before something is deleted.
    std::function<Task<Result<std::shared_ptr<const DesiredSnapshot>>>()> read_panel;

    [[nodiscard]] Moment moment() const { return {journal.ledger(), clock.now()}; }

    ActionParts(Cloud& c, Journal& j, Clock& k, ActionRules r)
        : cloud(c), journal(j), clock(k), rules(std::move(r)) {}
};

// Settles everything that is in doubt on one server and not under way; of these items, if any are
// named.
Task<Result<void>> settle_doubts(
    ActionParts& parts, ServerId server, std::vector<ItemId> items, RecordContext context
);

struct ExecutorOptions {
    std::uint32_t parallel = 4;
    // Wait for the server's rate limit (a command in the foreground) or leave the rest to a later
    // pass (the service).
    bool wait_for_budget = false;
    std::function<bool()> stopping;
    std::function<bool(ItemId)> skip_item;  // the plan for this item is stale by now
    std::function<void(const ExecutionProgress&)> on_progress;
    // `whole`: nothing of it is left to do.
    std::function<void(const Action&, OutcomeKind, bool whole)> on_outcome;

    ExecutorOptions() = default;
};

// `checksum` is recorded with its beginning.
Task<ExecutionReport> execute_plan(
    const boost::asio::any_io_executor& executor,
    ActionParts parts,
    ExecutorOptions options,
    ServerPlan plan,
    std::string checksum,
    RecordContext context
);

}  // namespace bn::controller
