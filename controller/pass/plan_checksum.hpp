// What people approve: a name of exactly what a plan would do. Pure; any thread.
#pragma once

#include <string>

#include "reconciler/plan/plan.hpp"

namespace bn::controller {

// Hash of the plan's canonical text: names exactly what would be done. 64 hex digits.
std::string plan_checksum(const Plan& plan);
// The same of one server's part: what PlanStopped, PlanApproved and `approve` name.
std::string plan_checksum(const ServerPlan& plan);

}  // namespace bn::controller
