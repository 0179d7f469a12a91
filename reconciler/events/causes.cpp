#include "reconciler/events/causes.hpp"

#include <algorithm>
#include <type_traits>
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
        ActionSucceeded,
        ActionFailed,
        DoubtResolved,
        ItemHeld>(event);
}

Cause cause_of(const Ledger& ledger, const std::vector<Event>& together, std::size_t at) {
    const Event& event = together[at];
    Cause cause;
    cause.id = action_of(event);  // the intent of an action has the action's id
    if (!cause.id.empty()) {
        return cause;
    }
    if (follows_the_former(event) && at > 0) {
        cause.earlier = at - 1;
        return cause;
    }
    const ItemId item = item_of(event);
    if (item.value == 0) {
        return cause;
    }
    // Drift follows from what was sold, when both are seen at once.
    if (gives_a_reason(event) || is_an_outcome(event)) {
        for (std::size_t i = at; i-- > 0;) {
            if (item_of(together[i]) == item && gives_a_reason(together[i])) {
                cause.earlier = i;
                return cause;
            }
        }
    }
    const LedgerItem* known = ledger.item(item);
    if (known == nullptr || std::holds_alternative<SoldChanged>(event)) {
        return cause;
    }
    const std::string& last =
        known->outcome_event.empty() ? known->reason_event : known->outcome_event;
    if (std::holds_alternative<PanelResultOwed>(event)) {
        cause.id = last;
        return cause;
    }
    const std::uint32_t operation = operation_of(event);
    for (const OwedResult& owed : known->owed) {
        if (operation != 0 && owed.operation == operation) {
            cause.id = owed.event;
        }
    }
    if (is_one_of<ActionIntended, AccountAdopted, DriftCleared, ItemHoldsCleared>(event)) {
        cause.id = is_one_of<ActionIntended, AccountAdopted>(event) ? known->reason_event : last;
    }
    return cause;
}

}  // namespace bn
