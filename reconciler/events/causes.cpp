#include "reconciler/events/causes.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_map>
#include <variant>

namespace bn {

namespace {

template <class... Kinds>
bool is_one_of(const Event& event) {
    return (std::holds_alternative<Kinds>(event) || ...);
}

// What an outcome, or a call of the panel's API, means: recorded right after it.
bool follows_the_former(const Event& event) {
    return is_one_of<AccountCreated, PanelResultDeferred, OperationRolledBack, OperationTaskMade>(
        event
    );
}

// The operation of the panel that an event belongs to; 0: none.
std::uint32_t operation_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::uint32_t {
            if constexpr (requires { e.operation; }) {
                return e.operation;
            } else {
                return 0;
            }
        },
        event
    );
}

std::string action_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::string {
            constexpr bool intent = std::is_same_v<decltype(e), const ActionIntended&>;
            if constexpr (!intent && requires { e.action_id; }) {
                return e.action_id;
            } else {
                return {};
            }
        },
        event
    );
}

// The id of the recorded event that led to this one; empty: none.
std::string recorded_cause(const Ledger& ledger, const Event& event, ItemId item) {
    std::string action = action_of(event);  // the intent of an action has the action's id
    const LedgerItem* known = ledger.item(item);
    if (!action.empty() || known == nullptr || std::holds_alternative<SoldChanged>(event)) {
        return action;
    }
    const std::string& last =
        known->outcome_event.empty() ? known->reason_event : known->outcome_event;
    if (std::holds_alternative<PanelResultOwed>(event)) {
        return last;
    }
    if (is_one_of<ActionIntended, AccountAdopted, AccountHandedOver>(event)) {
        return known->reason_event;
    }
    if (is_one_of<DriftCleared, ItemHoldsCleared>(event)) {
        return last;
    }
    const std::uint32_t operation = operation_of(event);
    std::string owed;
    for (const OwedResult& result : known->owed) {
        if (operation != 0 && result.operation == operation) {
            owed = result.event;
        }
    }
    return owed;
}

}  // namespace

bool gives_a_reason(const Event& event) {
    return is_one_of<SoldChanged, DriftObserved, ItemVanished, ItemReappeared, ItemBoughtBack>(event
    );
}

bool is_an_outcome(const Event& event) {
    return is_one_of<
        AccountAdopted,
        AccountCreated,
        AccountFoundGone,
        AccountHandedOver,
        ActionSucceeded,
        ActionFailed,
        DoubtResolved,
        ItemHeld>(event);
}

std::vector<Cause> causes_of(const Ledger& ledger, const std::vector<Event>& together) {
    std::vector<Cause> causes;
    causes.reserve(together.size());
    std::unordered_map<ItemId, std::size_t> reasons;  // the last one of each item
    for (std::size_t at = 0; at < together.size(); ++at) {
        const Event& event = together[at];
        const ItemId item = item_of(event);
        const bool reason = gives_a_reason(event);
        const auto earlier = reasons.find(item);
        if (follows_the_former(event) && at > 0) {
            causes.push_back({.id = {}, .earlier = at - 1});
        } else if (earlier != reasons.end() && (reason || is_an_outcome(event)) && action_of(event).empty()) {
            // Drift follows from what was sold, when both are seen at once.
            causes.push_back({.id = {}, .earlier = earlier->second});
        } else {
            causes.push_back({.id = recorded_cause(ledger, event, item), .earlier = {}});
        }
        if (reason) {
            reasons[item] = at;
        }
    }
    return causes;
}

}  // namespace bn
