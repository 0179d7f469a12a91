// The whole pure part of a pass for one server: diff, then policy, then guards.
#pragma once

#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/guard.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn {

struct PlanOptions {
    Policy policy = Policy::kObserve;
    DiffOptions diff;
    GuardOptions guards;

    explicit PlanOptions(Policy p) : policy(p) {}
};

ServerPlan make_server_plan(
    const DesiredServer& desired,
    const DesiredSnapshot& snapshot,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const PlanOptions& options
);

}  // namespace bn
