// Whose an account is: what is protected, what is ours, what may be adopted.
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

struct Words {
    std::string detail;
    std::string remedy;
};

Words stranger(const std::string& login) {
    return {
        fmt::format("The cloud has an account {} that we did not create.", login),
        "Rename or remove that account, or save its login as the item's username to adopt it."};
}

// A username that is saved before the opening has ended proves nothing: an order form can set it.
Words before_its_opening(const std::string& login) {
    return {
        fmt::format(
            "The item is not known to be opened yet, and the cloud has an account {} already that "
            "we did not create.",
            login
        ),
        "Rename or remove that account, or give the item another username. If the account was "
        "made for this item by hand or by an earlier module, end the pending operation in the "
        "panel: the account is adopted then."};
}

}  // namespace

bool standing_aside(Draft& draft, const Case& c) {
    if (c.known == nullptr) {
        return false;
    }
    if (c.known->paused) {
        return draft.hold(
            c,
            HoldCode::kPaused,
            of_item(c.item),
            "An operator paused this item.",
            "Resume the item when it shall be kept right again."
        );
    }
    if (!c.known->in_doubt.empty()) {
        const PendingAction& pending = c.known->in_doubt.front();
        return draft.hold(
            c,
            HoldCode::kInDoubt,
            "action " + pending.action_id,
            fmt::format("Whether {} took effect is not known yet.", to_string(pending.action.kind)),
            kLookedAtFirst
        );
    }
    if (!owns(*c.known)) {
        return false;
    }
    if (c.known->server != draft.desired.id) {
        return draft.hold(
            c,
            HoldCode::kMovedServer,
            fmt::format("item {}, processingmodule {}", c.item.value, draft.desired.id.value),
            fmt::format(
                "The account {} and its files are on server {}.",
                c.known->login,
                c.known->server.value
            ),
            "Move the item back in the panel, or move the files by hand and pause the item."
        );
    }
    if (c.row != Case::npos && login_key(c.known->login) != draft.rows.key(c.row)) {
        // A closed item is closed under the login that its account has (see only_in_cloud).
        if (draft.rows.record(c.row).wanted != Wanted::kAbsent) {
            draft.hold(
                c,
                HoldCode::kLoginChanged,
                "itemparam of " + of_item(c.item),
                fmt::format(
                    "The panel names the login {}, but the account is {}.", c.login, c.known->login
                ),
                fmt::format(
                    "Set the saved username back to {}; there is no rename.", c.known->login
                )
            );
        }
        return true;
    }
    return false;
}

bool protected_account(Draft& draft, const Case& c) {
    const bool own = draft.fields.is_own(c.account);
    if (own || draft.account_is(c.account, ActualTable::kAdmin)) {
        return draft.hold_account(
            c,
            HoldCode::kProtected,
            own ? "This is the account that we log in with."
                : "The account is an administrator of the cloud.",
            "Give the item another login, or take the account out of the group admin."
        );
    }
    if (!draft.account_is(c.account, ActualTable::kLocalBackend)) {
        return draft.hold_account(
            c,
            HoldCode::kForeignBackend,
            "The account lives in a foreign backend (LDAP, SAML, guests).",
            "Give the item another login."
        );
    }
    if (!draft.account_is(c.account, ActualTable::kDetailsKnown)) {
        return draft.hold_account(
            c,
            HoldCode::kIncompleteRead,
            "The cloud named the account but gave no details of it.",
            "Look at the account in the cloud's user list, and at the cloud's log."
        );
    }
    return false;
}

bool claimable(Draft& draft, const Case& c) {
    if (c.ours) {
        return true;
    }
    const LedgerItem* other =
        draft.ledger.owner_of(draft.desired.id, draft.accounts.key(c.account));
    if (other != nullptr && other->item != c.item) {
        const bool doubt = !owns(*other);
        draft.hold(
            c,
            doubt ? HoldCode::kInDoubt : HoldCode::kNotOurs,
            of_item(other->item),
            fmt::format("The account {} belongs to {}.", c.login, of_item(other->item)),
            doubt ? kLookedAtFirst : "Give one of the two items another login in the panel."
        );
        return false;
    }
    if (c.known != nullptr && c.known->deleted) {
        // The saved username names the account that we deleted, not the one that is there now.
        draft.hold_account(
            c,
            HoldCode::kNotOurs,
            fmt::format(
                "The item's account {} was deleted; the account of this name that is there now is "
                "not ours.",
                c.login
            ),
            "Rename or remove that account, or give the item another username in the panel."
        );
        return false;
    }
    if (!c.login_saved) {
        Words words = c.urgent ? before_its_opening(c.login) : stranger(c.login);
        draft.hold_account(c, HoldCode::kNotOurs, std::move(words.detail), std::move(words.remedy));
        return false;
    }
    Action adopt = draft.make(ActionKind::kAdopt, c);
    adopt.reason = fmt::format("itemparam username of item {} names it", c.item.value);
    adopt.after = "ours";
    draft.emit(std::move(adopt), c);
    return true;
}

}  // namespace bn::rules
