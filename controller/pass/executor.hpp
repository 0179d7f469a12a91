// The executor: carries out one server's plan, intent before effect, outcome after.
//
// Runs on the loop's thread. Works on several items at a time, on one item strictly in order; the
// first failure of an item ends its turn (the next pass plans the rest anew). Never repeats a call
// whose outcome is unknown: such a doubt is settled by looking (see doubt.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/pass/journal.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/ports/cloud.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn::controller {

struct ExecutionProgress {
    std::uint64_t total = 0;
    std::uint64_t done = 0;      // took effect or was so already
    std::uint64_t failed = 0;    // refused, or its outcome is unknown
    std::uint64_t deferred = 0;  // waits for the server's rate limit
};

struct ActionFailure {
    Action action;
    Error error;

    ActionFailure(Action a, Error e) : action(std::move(a)), error(std::move(e)) {}
};

struct ExecutionReport {
    ExecutionProgress progress;
    std::uint64_t skipped = 0;  // not tried: a stop, an earlier failure of the item, stale facts
    std::vector<ActionFailure> failures;
    std::optional<Error> server_error;  // ended the whole server's turn
    bool stopped = false;               // by request, before the end
    Duration budget_wait{};             // until the deferred actions may go on
};

struct ExecutorOptions {
    std::uint32_t parallel = 4;
    Duration retention = std::chrono::hours(24 * 14);
    BackoffOptions backoff;
    Duration doubt_grace = std::chrono::minutes(1);
    std::uint32_t password_length = 20;
    // Wait for the server's rate limit (a command in the foreground) or leave the rest to a later
    // pass (the service).
    bool wait_for_budget = false;
    std::function<bool()> stopping;
    std::function<bool(ItemId)> skip_item;  // the plan for this item is stale by now
    std::function<void(const ExecutionProgress&)> on_progress;
    std::function<void(const Action&, OutcomeKind)> on_outcome;
    std::function<Time()> now;

    ExecutorOptions() = default;
};

class Executor {
  public:
    Executor(
        const boost::asio::any_io_executor& executor,
        Cloud& cloud,
        Journal& journal,
        ExecutorOptions options
    );
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    ~Executor();

    // REQUIRES: the plan is not stopped. `checksum` is recorded with its acceptance.
    Task<ExecutionReport> run(ServerPlan plan, std::string checksum, RecordContext context);

  private:
    struct Run;
    std::unique_ptr<Run> run_;
};

}  // namespace bn::controller
