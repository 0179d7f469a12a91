#include "reconciler/plan/diff.hpp"

#include <utility>

#include "reconciler/plan/draft.hpp"
#include "reconciler/plan/rules.hpp"

namespace bn {
namespace {

// One walk over both tables, which are sorted by the same key.
void walk(Draft& draft) {
    const DesiredTable& desired = draft.rows;
    const ActualTable& actual = draft.accounts;
    const std::size_t rows = desired.size();
    const std::size_t accounts = actual.size();
    std::size_t row = 0;
    std::size_t account = 0;
    while (row < rows || account < accounts) {
        if (row < rows && account < accounts) {
            const std::size_t run = draft.fields.quiet_run(row, account);
            draft.plan.desired_accounts += run;
            row += run;
            account += run;
        }
        if (row == rows && account == accounts) {
            break;
        }
        int order = row == rows ? 1 : -1;
        if (row < rows && account < accounts) {
            order = desired.key(row).compare(actual.key(account));
        }
        if (order > 0) {
            rules::only_in_cloud(draft, account++);
            continue;
        }
        const Wanted wanted = desired.record(row).wanted;
        if (wanted == Wanted::kEnabled || wanted == Wanted::kDisabled) {
            ++draft.plan.desired_accounts;
        }
        if (order == 0) {
            if (!draft.fields.quiet(row, account)) {
                rules::examine(draft, row, account);
            }
            ++account;
        } else {
            // A further row of the login that was just matched (a closed item and its successor).
            const bool again = account > 0 && desired.key(row) == actual.key(account - 1);
            rules::examine(draft, row, again ? account - 1 : Case::npos);
        }
        ++row;
    }
}

void hold_inactive_server(ServerPlan& plan) {
    for (Action& action : plan.actions) {
        Hold why(
            action.item,
            plan.server,
            HoldCode::kServerDisabled,
            "processingmodule " + std::to_string(plan.server.value),
            "The panel has switched this server off.",
            "Switch the processing module on in the panel when the server shall be served again."
        );
        plan.held.push_back({std::move(action), std::move(why)});
    }
    plan.actions.clear();
}

}  // namespace

ServerPlan diff(const PlanFacts& facts, const DiffOptions& options) {
    Draft draft(facts, options);
    walk(draft);
    draft.add_reader_holds();
    if (!facts.desired.active) {
        hold_inactive_server(draft.plan);
    }
    sort_plan(draft.plan);
    return std::move(draft.plan);
}

}  // namespace bn
