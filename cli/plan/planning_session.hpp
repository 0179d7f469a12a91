// What `plan`, `apply` and `item` share: a world, a runner, and reading with progress.
#pragma once

#include <memory>

#include "cli/command.hpp"
#include "cli/names.hpp"
#include "controller/pass/pass.hpp"
#include "controller/sys/system_clock.hpp"

namespace bn::cli {

class PlanningSession {
  public:
    static Result<std::unique_ptr<PlanningSession>> open(
        const CommandContext& context, bool read_only
    );
    ~PlanningSession();
    PlanningSession(const PlanningSession&) = delete;
    PlanningSession& operator=(const PlanningSession&) = delete;

    [[nodiscard]] CommandLoop& loop() { return loop_; }

    [[nodiscard]] PassRunner& runner() { return *runner_; }

    [[nodiscard]] World& world() { return *world_; }

    // Blocks until the reading is done. Progress goes to standard error when it is a terminal.
    Result<Observation> dry_run(PassRequest request, const Ledger& ledger);

    // Hooks that show progress and stop on an interrupt.
    [[nodiscard]] PassHooks hooks();

  private:
    explicit PlanningSession(const CommandContext& context);

    const CommandContext& context_;
    CommandLoop loop_;
    SystemClock clock_;
    std::unique_ptr<World> world_;
    std::unique_ptr<PassRunner> runner_;
    std::map<ServerId, std::uint64_t> read_;
};

// Says on standard error why a server has no plan; nothing when all have one.
void print_server_errors(const Observation& observation);

// Says on standard error which servers' plans a guard has stopped, and how to approve them.
void print_stopped(const Observation& observation);

// The request of a command line; the panel's numbers become ids.
PassRequest command_request(
    const std::optional<std::uint32_t>& server, const std::vector<std::uint32_t>& items
);

}  // namespace bn::cli
