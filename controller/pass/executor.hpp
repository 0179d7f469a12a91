// The executor: carries out one server's plan, intent before effect, outcome after.
//
// Runs on the loop's thread. Works on several items at a time, on one item strictly in order; the
// first failure of an item ends its turn (the next pass plans the rest anew). What is recorded and
// what follows is decided in reconciler/decide/action.hpp; here are the calls and their order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/pass/journal.hpp"
#include "reconciler/decide/action.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

struct ExecutorOptions {
    std::uint32_t parallel = 4;
    ActionOptions action;
    std::uint32_t password_length = 20;
    // Wait for the server's rate limit (a command in the foreground) or leave the rest to a later
    // pass (the service).
    bool wait_for_budget = false;
    std::function<bool()> stopping;
    std::function<bool(ItemId)> skip_item;  // the plan for this item is stale by now
    std::function<void(const ExecutionProgress&)> on_progress;
    std::function<void(const Action&, OutcomeKind)> on_outcome;

    ExecutorOptions() = default;
};

class Executor {
  public:
    // All references outlive the executor.
    Executor(
        const boost::asio::any_io_executor& executor,
        Cloud& cloud,
        Journal& journal,
        Clock& clock,
        ExecutorOptions options
    );
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    ~Executor();

    // The plan must not be stopped. `checksum` is recorded with its beginning.
    Task<ExecutionReport> run(ServerPlan plan, std::string checksum, RecordContext context);

  private:
    struct Run;
    std::unique_ptr<Run> run_;
};

}  // namespace bn::controller
