// One idempotent correction of one account.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "reconciler/model/fields.hpp"
#include "reconciler/model/harm.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/model/quota.hpp"

namespace bn {

// The names are stable (events, metrics, JSON). Within one account a plan lists its actions in the
// order of execution; an account that is made to be suspended is created first, then disabled.
enum class ActionKind : std::uint8_t {
    kAdopt,  // ledger only: from now on this account is ours; no call
    kDisable,
    kMakeGroup,  // of the cloud: the tariff's one, that what follows needs; touches no account
    kCreate,
    kSetPassword,  // only to finish a create whose answer was lost
    kEnable,
    kSetQuota,
    kSetEmail,
    kSetName,
    kAddGroup,
    kRemoveGroup,
    kDelete,
};
template <>
inline constexpr std::array kNamesOf<ActionKind> = names(
    "adopt",
    "disable",
    "make-group",
    "create",
    "set-password",
    "enable",
    "set-quota",
    "set-email",
    "set-name",
    "add-group",
    "remove-group",
    "delete"
);
inline constexpr auto kAllActionKinds = all_of<ActionKind>();

// A smaller quota is one as well: only whoever sees the account knows.
constexpr Harm harm_of(ActionKind kind) {
    switch (kind) {
        case ActionKind::kDelete:
            return Harm::kDelete;
        case ActionKind::kDisable:
            return Harm::kDisable;
        case ActionKind::kRemoveGroup:
            return Harm::kRemoveGroup;
        case ActionKind::kSetEmail:
            return Harm::kChangeEmail;
        default:
            return Harm::kNone;
    }
}

// Ends, for a while or for good, that a client can work: looked at once more before it is done.
constexpr bool destructive(ActionKind kind) {
    return kind == ActionKind::kDelete || kind == ActionKind::kDisable;
}

// Spends one of the 50 PUTs per 10 minutes and login that Nextcloud 27+ allows.
constexpr bool spends_put_budget(ActionKind kind) {
    return kind == ActionKind::kSetQuota || kind == ActionKind::kSetEmail ||
           kind == ActionKind::kSetName || kind == ActionKind::kSetPassword;
}

// What a create carries: everything, so that no budgeted call has to follow.
struct CreateFields {
    std::string email;
    std::string display_name;
    std::string group;
    Quota quota;
    BN_FIELDS(CreateFields, email, display_name, group, quota);
};

struct Action {
    ActionKind kind = ActionKind::kAdopt;
    ServerId server;
    ItemId item;
    std::string login;   // spelling as the cloud has it, or as it shall be created
    std::string before;  // the field's value for people; empty where there is none
    std::string after;
    std::string reason;  // one clause: why
    // The value to send; which one depends on `kind`.
    Quota quota;  // kSetQuota
    // kSetEmail: address; kSetName: name; kMake/Add/RemoveGroup: group; kAdopt: item that gives it
    std::string value;
    std::optional<CreateFields> create;  // kCreate
    bool urgent = false;                 // the panel waits for this item: before all others
    // kDisable, kDelete: the item wants no account any more. The success of such a disable begins
    // the retention (ActionSucceeded::retained_until).
    bool closing = false;
    // What it takes from a client: counted against the limits, unless a person approved it.
    Harm harm = Harm::kNone;
    bool approved = false;

    Action() = default;

    Action(ActionKind k, ServerId s, ItemId i, std::string l)
        : kind(k), server(s), item(i), login(std::move(l)) {}

    BN_FIELDS(Action, kind, server, item, login, before, after, reason, quota, value, create,
              urgent, closing, harm, approved);
};

// Takes something from a client, or begins what ends in that.
inline bool takes_away(const Action& action) {
    return destructive(action.kind) || action.harm != Harm::kNone;
}

// An adoption that takes the account from another item.
inline bool takes_over(const Action& action) {
    return action.kind == ActionKind::kAdopt && !action.value.empty();
}

}  // namespace bn
