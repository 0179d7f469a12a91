#include "reconciler/plan/hold_actions.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace bn {
namespace {

// Items whose actions stand or fall together, with the hold that fells them.
std::unordered_map<ItemId, Hold> felled_items(
    const std::vector<Action>& actions, const std::vector<std::optional<Hold>>& holds
) {
    std::unordered_set<ItemId> created;
    for (const Action& action : actions) {
        if (action.kind == ActionKind::kCreate) {
            created.insert(action.item);
        }
    }
    std::unordered_map<ItemId, Hold> felled;
    for (std::size_t i = 0; i < actions.size(); ++i) {
        if (!holds[i]) {
            continue;
        }
        const ActionKind kind = actions[i].kind;
        const bool pair = kind == ActionKind::kDisable && created.contains(actions[i].item);
        if (pair || kind == ActionKind::kCreate || kind == ActionKind::kAdopt) {
            felled.emplace(actions[i].item, *holds[i]);
        }
    }
    return felled;
}

}  // namespace

void hold_actions(ServerPlan& plan, const std::function<std::optional<Hold>(const Action&)>& why) {
    std::vector<std::optional<Hold>> holds;
    holds.reserve(plan.actions.size());
    bool any = false;
    for (const Action& action : plan.actions) {
        holds.push_back(why(action));
        any = any || holds.back().has_value();
    }
    if (!any) {
        return;
    }
    const std::unordered_map<ItemId, Hold> felled = felled_items(plan.actions, holds);
    std::vector<Action> kept;
    kept.reserve(plan.actions.size());
    for (std::size_t i = 0; i < plan.actions.size(); ++i) {
        Action& action = plan.actions[i];
        if (!holds[i]) {
            if (const auto with = felled.find(action.item); with != felled.end()) {
                holds[i] = with->second;
            }
        }
        if (holds[i]) {
            plan.held.push_back({std::move(action), *std::move(holds[i])});
        } else {
            kept.push_back(std::move(action));
        }
    }
    plan.actions = std::move(kept);
    sort_plan(plan);
}

}  // namespace bn
