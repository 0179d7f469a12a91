// The plan as a table for people. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "reconciler/plan/plan.hpp"

#include "cli/names.hpp"
#include "cli/screen/language.hpp"

namespace bn::cli {

struct PlanTextOptions {
    Language language = Language::kEnglish;
    bool colour = false;
    std::size_t width = 100;  // columns; at least 60
    bool full = false;        // false: at most `limit` rows of actions and of holds per server
    std::size_t limit = 40;
    std::map<ServerId, PutBudget>
        budgets;  // of the servers as probed; a missing one is not limited

    PlanTextOptions() = default;
};

// Always ends with a totals line. Names from outside are shown with control characters escaped.
std::string render_plan(const Plan& plan, const PlanTextOptions& options);

}  // namespace bn::cli
