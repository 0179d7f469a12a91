// What `plan`, `apply`, `adopt`, `check` and `item` share: a loop, a world, a runner, and reading
// with progress.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "bm_reader/panel_source.hpp"
#include "cli/command.hpp"
#include "cli/plan/plan_view.hpp"
#include "cli/screen/doubts.hpp"
#include "controller/pass/pass.hpp"
#include "controller/sides.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::cli {

// Runs coroutines to their end, one at a time, on a loop of its own. It is interrupted by SIGINT or
// SIGTERM; a second one ends the process at once. What blocks is so until the coroutine has ended.
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

    [[nodiscard]] const CommandContext& context() const { return context_; }

    [[nodiscard]] PassRunner& runner() { return *runner_; }

    [[nodiscard]] World& world() { return *world_; }

    [[nodiscard]] bool interrupted() const;

    // Block.
    void run(Task<void> task);
    // Progress goes to standard error when it is a terminal.
    Result<Observation> dry_run(PassRequest request, const Ledger& ledger);
    Result<std::shared_ptr<const DesiredSnapshot>> read_desired();

    template <class T>
    Result<T> result_of(Task<Result<T>> task) {
        Result<T> result = tl::unexpected(
            Error(NextMove::kBug, "command.interrupted", "the command's task did not end")
        );
        const auto wait = [&]() -> Task<void> { result = co_await std::move(task); };
        run(wait());
        return result;
    }

    // Hooks that show progress and stop on an interrupt.
    [[nodiscard]] PassHooks hooks();

  private:
    struct Loop;

    explicit PlanningSession(const CommandContext& context);
    void take(std::unique_ptr<World> world);

    const CommandContext& context_;
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<World> world_;
    std::unique_ptr<PassRunner> runner_;
    bool reading_ = false;
};

// A session and the journal that it records in.
using Act = std::function<Result<int>(PlanningSession& session, Journal& journal)>;
// Opens the store for writing, and a session; returns what `act` returns.
Result<int> with_journal(const CommandContext& context, bool read_only, const Act& act);

// What follows from a look at the panel's maintenance switch that is not repeated.
std::vector<Event> heed(
    const PanelSwitch& seen, const Result<bool>& on, const Ledger& ledger, const Config& config
);

// What is ours as the store last said, and why the store is in doubt: nothing when there is none
// yet. Whether the panel is in maintenance is looked at, where its file is on this host. Takes no
// lock.
struct KnownSoFar {
    Ledger ledger;
    std::optional<Error> store_trouble;
};

Result<KnownSoFar> known_so_far(const CommandContext& context);

// What a pass would see and plan now, by a session of its own.
Result<Observation> dry_run(
    const CommandContext& context, PassRequest request, const Ledger& ledger
);

// What `run_apply` and `run_adopt` do with what they have opened, and tests on ports in memory.
// Return the exit code. Block; the session and the journal outlive the call.
Result<int> apply_with(PlanningSession& session, Journal& journal);

using ReadPlain = std::function<Result<bm_reader::PlainCredentials>()>;
Result<int> adopt_with(PlanningSession& session, Journal& journal, const ReadPlain& read_plain);

// Records the operator's word that the panel's data went back on purpose; false: it is not older.
Result<bool> accept_panel_with(
    PlanningSession& session, Journal& journal, const std::string& reason = {}
);

// Says on standard error what is not known, and why; nothing when all is.
void print_unknown(const std::vector<Unknown>& unknown, Language language);
// What a request is about.
PlanScope scope_of(const PassRequest& request);
// A server or a service that is named and that nobody knows is an error: "command.server",
// "command.item".
Result<void> check_scope(const PlanScope& scope, const Observation& seen, const Ledger& ledger);
// Something is not as it was sold, or something would be done.
bool drifts(const Plan& plan);
// Nothing to do, drift, or a part that is not known.
int code_of(bool drift, const std::vector<Unknown>& unknown);
// What is in doubt, the plan with what is not known, and which plans a guard has stopped with how
// to approve them.
void show_plan(const CommandContext& context, const Observation& seen, InDoubt doubts);

// The request of a command line, for --server and --item; the panel's numbers become ids.
PassRequest command_request(const Arguments& args);

}  // namespace bn::cli
