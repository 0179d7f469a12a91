#include "reconciler/plan/pass.hpp"

#include <utility>

namespace bn {

ServerPlan make_server_plan(
    const DesiredServer& desired,
    const DesiredSnapshot& snapshot,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const PlanOptions& options
) {
    ServerPlan plan = diff(desired, snapshot, actual, ledger, options.diff);
    plan = apply_policy(std::move(plan), options.policy);
    return apply_guards(std::move(plan), snapshot, actual, ledger, options.guards);
}

}  // namespace bn
