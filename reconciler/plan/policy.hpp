// policy: ServerPlan -> ServerPlan. Moves what the server's policy does not allow to `held`.
#pragma once

#include "reconciler/plan/plan.hpp"

namespace bn {

bool allowed(Policy policy, const Action& action);

// Closing disables (an item that wants no account any more) need kSync; a disable of a suspended
// item needs kUpsertOnly.
ServerPlan apply_policy(ServerPlan plan, Policy policy);

}  // namespace bn
