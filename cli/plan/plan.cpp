// `plan`: the dry run. Its cloud ports refuse every write at their lowest layer.
#include <algorithm>

#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_screen.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

int run_plan(const CommandContext& context) {
    Result<Ledger> ledger = ledger_if_any(context.config);
    if (!ledger) {
        return fail(ledger.error());
    }
    PlanningSession::Opened session = PlanningSession::open(context, true);
    if (!session) {
        return fail(session.error());
    }
    Result<Observation> observation = (*session)->dry_run(command_request(context.args), *ledger);
    if (!observation) {
        return fail(observation.error());
    }
    const Plan plan = observation->plan();
    print(
        context.args.json ? plan_to_json(plan, observation->budgets())
                          : render_plan(plan, observation->budgets(), context.screen())
    );
    print_server_errors(*observation);
    print_stopped(*observation);
    if (const std::string& file = context.args.file; !file.empty()) {
        const SavedPlan saved{plan, digest(context.config), operator_name()};
        Result<void> written = write_plan_file(file, saved);
        if (!written) {
            return fail(written.error());
        }
        fmt::print(stderr, "saved to {0}; `bill-nextcloud apply {0}` does exactly this\n", file);
    }
    if (observation->error_count() > 0) {
        return kExitError;
    }
    const bool drifts = std::ranges::any_of(plan.servers, [](const ServerPlan& server) {
        return !server.drift.empty() || !server.actions.empty();
    });
    return drifts ? kExitDrift : kExitOk;
}

}  // namespace bn::cli
