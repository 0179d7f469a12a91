// The plan as a table for people. Pure.
#pragma once

#include <map>
#include <string>

#include "cli/screen/screen.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::cli {

// Always ends with a totals line. Names from outside are shown with control characters escaped.
// `budgets` are those of the servers as probed; a missing one is not limited.
std::string render_plan(
    const Plan& plan, const std::map<ServerId, PutBudget>& budgets, const ScreenOptions& options
);

}  // namespace bn::cli
