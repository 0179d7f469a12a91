#include "reconciler/plan/policy.hpp"

#include <fmt/format.h>

#include "reconciler/plan/hold_actions.hpp"

namespace bn {

bool allowed(Policy policy, const Action& action) {
    if (policy == Policy::kSync) {
        return true;
    }
    switch (action.kind) {
        case ActionKind::kAdopt:
        case ActionKind::kCreate:
        case ActionKind::kSetPassword:
            return policy != Policy::kObserve;
        case ActionKind::kEnable:
        case ActionKind::kSetQuota:
        case ActionKind::kSetEmail:
        case ActionKind::kAddGroup:
        case ActionKind::kRemoveGroup:
            return policy == Policy::kUpsertOnly;
        case ActionKind::kDisable:
            return policy == Policy::kUpsertOnly && !action.closing;
        case ActionKind::kDelete:
            return false;
    }
    return false;
}

ServerPlan apply_policy(ServerPlan plan, Policy policy) {
    plan.policy = policy;
    hold_actions(plan, [&](const Action& action) -> std::optional<Hold> {
        if (allowed(policy, action)) {
            return std::nullopt;
        }
        return Hold(
            action.item,
            action.server,
            HoldCode::kPolicy,
            fmt::format("server {}", action.server.value),
            fmt::format(
                "The policy {} of this server does not allow {}{}.",
                to_string(policy),
                to_string(action.kind),
                action.closing ? " of a closed item" : ""
            ),
            "Set the policy of this server to one that allows it, when you trust the plan."
        );
    });
    return plan;
}

}  // namespace bn
