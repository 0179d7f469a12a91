// `plan`: the dry run. Its cloud ports refuse every write at their lowest layer.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "controller/sys/host.hpp"

#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_text.hpp"
#include "cli/plan/planning_session.hpp"

namespace bn::cli {

namespace {

bool anything_drifts(const Plan& plan) {
    return std::any_of(plan.servers.begin(), plan.servers.end(), [](const ServerPlan& server) {
        return !server.drift.empty() || !server.actions.empty();
    });
}

}  // namespace

int run_plan(const CommandContext& context, const PlanCommand& command) {
    Result<Ledger> ledger = ledger_if_any(context.config);
    if (!ledger) {
        return fail(ledger.error());
    }
    Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
    if (!session) {
        return fail(session.error());
    }
    Result<Observation> observation =
        (*session)->dry_run(command_request(command.server, command.items), *ledger);
    if (!observation) {
        return fail(observation.error());
    }
    const Plan plan = observation->plan();
    if (context.json) {
        std::fputs(plan_to_json(plan, observation->budgets()).c_str(), stdout);
    } else {
        PlanTextOptions options;
        options.language = context.language;
        options.colour = wants_colour(STDOUT_FILENO);
        options.width = terminal_width(STDOUT_FILENO);
        options.full = context.full;
        options.budgets = observation->budgets();
        std::fputs(render_plan(plan, options).c_str(), stdout);
    }
    print_server_errors(*observation);
    print_stopped(*observation);
    if (!command.out_file.empty()) {
        const SavedPlan saved(plan, digest(context.config), operator_name());
        Result<void> written = write_plan_file(command.out_file, saved);
        if (!written) {
            return fail(written.error());
        }
        std::fprintf(
            stderr,
            "saved to %s; `bill-nextcloud apply %s` does exactly this\n",
            command.out_file.c_str(),
            command.out_file.c_str()
        );
    }
    if (observation->error_count() > 0) {
        return kExitError;
    }
    return anything_drifts(plan) ? kExitDrift : kExitOk;
}

}  // namespace bn::cli
