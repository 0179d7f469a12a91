// Actions, holds and quotas to and from JSON. Shared by the service and the screens.
#pragma once

#include "controller/json/json_read.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::controller {

Json quota_json(Quota quota);  // bytes, "unlimited" or null
Json action_json(const Action& action);
Json hold_json(const Hold& hold);
Json held_json(const HeldAction& held);
Json drift_fields_json(DriftMask mask);

Quota read_quota(const JsonPlace& place);
Action read_action(const JsonPlace& place);
Hold read_hold(const JsonPlace& place);
HeldAction read_held(const JsonPlace& place);
std::vector<DriftValue> read_drift_fields(const JsonPlace& place);

}  // namespace bn::controller
