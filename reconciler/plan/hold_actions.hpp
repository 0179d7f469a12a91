// Moving actions of a plan to its held ones. For policy.cpp and guard.cpp only.
#pragma once

#include <functional>
#include <optional>

#include "reconciler/plan/plan.hpp"

namespace bn {

// Asks `why` for each action; those with an answer move to `held`. An account that is created to be
// suspended is created and disabled, or neither: when one of the two is held, so is the other, and
// with a held creation or adoption all that would follow it.
void hold_actions(ServerPlan& plan, const std::function<std::optional<Hold>(const Action&)>& why);

}  // namespace bn
