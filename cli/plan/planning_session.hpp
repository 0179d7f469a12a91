// What `plan`, `apply`, `adopt`, `check` and `item` share: a loop, a world, a runner, and reading
// with progress.
#pragma once

#include <map>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "cli/command.hpp"
#include "controller/pass/pass.hpp"
#include "controller/sides.hpp"
#include "controller/sys/system_clock.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::cli {

// Runs one coroutine to its end on a loop of its own. `interrupted` turns true on SIGINT or
// SIGTERM; a second one ends the process at once.
class CommandLoop {
  public:
    CommandLoop();
    ~CommandLoop();
    CommandLoop(const CommandLoop&) = delete;
    CommandLoop& operator=(const CommandLoop&) = delete;

    [[nodiscard]] const boost::asio::any_io_executor& executor() const;
    void run(Task<void> task);
    [[nodiscard]] bool interrupted() const;

    template <class T>
    Result<T> result_of(Task<Result<T>> task) {
        Result<T> result = tl::unexpected(
            Error(NextMove::kBug, "command.interrupted", "the command's task did not end")
        );
        const auto wait = [&]() -> Task<void> { result = co_await std::move(task); };
        run(wait());
        return result;
    }

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

class PlanningSession {
  public:
    using Opened = Result<std::unique_ptr<PlanningSession>>;

    static Opened open(const CommandContext& context, bool read_only);
    // Over ports that are there already, for tests.
    static std::unique_ptr<PlanningSession> over(
        const CommandContext& context, Sides& sides, bool read_only
    );
    ~PlanningSession();
    PlanningSession(const PlanningSession&) = delete;
    PlanningSession& operator=(const PlanningSession&) = delete;

    [[nodiscard]] CommandLoop& loop() { return loop_; }

    [[nodiscard]] PassRunner& runner() { return *runner_; }

    [[nodiscard]] World& world() { return *world_; }

    // Block until the reading is done. Progress goes to standard error when it is a terminal.
    Result<Observation> dry_run(PassRequest request, const Ledger& ledger);
    Result<std::shared_ptr<const DesiredSnapshot>> read_desired();

    // Hooks that show progress and stop on an interrupt.
    [[nodiscard]] PassHooks hooks();

  private:
    explicit PlanningSession(const CommandContext& context);
    static WorldOptions options(const CommandContext& context, bool read_only);
    void take(std::unique_ptr<World> world);

    const CommandContext& context_;
    CommandLoop loop_;
    SystemClock clock_;
    std::unique_ptr<World> world_;
    std::unique_ptr<PassRunner> runner_;
    bool reading_ = false;
};

// Says on standard error why a server has no plan, and which plans a guard has stopped with how to
// approve them; nothing when all is well.
void print_server_errors(const Observation& observation);
void print_stopped(const Observation& observation);

// The request of a command line, for --server and --item; the panel's numbers become ids.
PassRequest command_request(const Arguments& args);

}  // namespace bn::cli
