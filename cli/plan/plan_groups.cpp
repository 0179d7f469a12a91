// What of a plan is alike: counted once on the screen and in a ticket.
#include <map>
#include <tuple>

#include "cli/plan/plan_view.hpp"

namespace bn::cli {

bool only_by_policy(const HeldAction& held) {
    return held.action.has_value() && held.hold.code == HoldCode::kPolicy;
}

std::vector<Action> would_be_done(const ServerPlan& plan) {
    std::vector<Action> actions = plan.actions;
    if (plan.policy == Policy::kObserve) {
        for (const HeldAction& held : plan.held) {
            if (only_by_policy(held)) {
                actions.push_back(*held.action);
            }
        }
    }
    return actions;
}

std::string reason_of(const Action& action, Language language) {
    std::string reason = said(action.reason, language);
    if (action.urgent) {
        reason += reason.empty() ? "" : "; ";
        reason += say(language, {"the panel waits", "панель ждёт"});
    }
    return reason;
}

std::vector<ActionGroup> grouped(const std::vector<Action>& actions) {
    using Key = std::tuple<bool, ActionKind, std::string, bool>;
    std::map<Key, ActionGroup> groups;
    for (const Action& action : actions) {
        ActionGroup& group =
            groups[{!takes_away(action), action.kind, action.reason, action.urgent}];
        group.push_back(action);
    }
    std::vector<ActionGroup> sorted;
    sorted.reserve(groups.size());
    for (auto& [key, group] : groups) {
        sorted.push_back(std::move(group));
    }
    return sorted;
}

std::vector<HeldGroup> held_by_reason(const std::vector<HeldAction>& all, Policy policy) {
    std::map<std::tuple<HoldCode, std::string, std::string>, std::size_t> known;
    std::vector<HeldGroup> groups;
    for (const HeldAction& held : all) {
        if (policy == Policy::kObserve && only_by_policy(held)) {
            continue;
        }
        const Hold& hold = held.hold;
        const auto [it, added] =
            known.try_emplace({hold.code, hold.detail, hold.remedy}, groups.size());
        if (added) {
            groups.push_back({hold, {}});
            groups.back().common.where.clear();
        }
        groups[it->second].held.push_back(&held);
    }
    return groups;
}

}  // namespace bn::cli
