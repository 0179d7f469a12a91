// Whose an account is: what is protected, what is ours, what may be adopted.
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/differ.hpp"

namespace bn {
namespace {

std::string of_item(ItemId item) {
    return fmt::format("item {}", item.value);
}

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
            "we did "
            "not create.",
            login
        ),
        "Rename or remove that account, or give the item another username. If the account was "
        "made for this item by hand or by an earlier module, end the pending operation in the "
        "panel: the account is adopted then."};
}

}  // namespace

// True when the account is left alone whatever the panel says; the hold is recorded.
bool Differ::protected_account(const Case& c) {
    const std::uint16_t flags = accounts_.record(c.account).flags;
    const std::string where = "account " + c.login;
    if (c.account == own_account_ || (flags & ActualTable::kAdmin) != 0) {
        hold(
            c,
            HoldCode::kProtected,
            where,
            c.account == own_account_ ? "This is the account that we log in with."
                                      : "The account is an administrator of the cloud.",
            "Give the item another login, or take the account out of the group admin."
        );
        return true;
    }
    if ((flags & ActualTable::kLocalBackend) == 0) {
        hold(
            c,
            HoldCode::kForeignBackend,
            where,
            "The account lives in a foreign backend (LDAP, SAML, guests).",
            "Give the item another login."
        );
        return true;
    }
    if ((flags & ActualTable::kDetailsKnown) == 0) {
        hold(
            c,
            HoldCode::kIncompleteRead,
            where,
            "The cloud named the account but gave no details of it.",
            "Look at the account in the cloud's user list, and at the cloud's log."
        );
        return true;
    }
    return false;
}

// Ours, or becomes ours by an adoption that goes before everything else. Otherwise holds the item.
bool Differ::claimable(Case& c) {
    if (c.ours) {
        return true;
    }
    const LedgerItem* other = ledger_.owner_of(desired_.id, accounts_.key(c.account));
    if (other != nullptr && other->item != c.item) {
        const bool doubt = !owns(*other);
        hold(
            c,
            doubt ? HoldCode::kInDoubt : HoldCode::kNotOurs,
            of_item(other->item),
            fmt::format("The account {} belongs to {}.", c.login, of_item(other->item)),
            doubt ? "Nothing to do: the account is looked at before anything else happens to it."
                  : "Give one of the two items another login in the panel."
        );
        return false;
    }
    if (c.known != nullptr && c.known->deleted) {
        // The saved username names the account that we deleted, not the one that is there now.
        hold(
            c,
            HoldCode::kNotOurs,
            "account " + c.login,
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
        hold(
            c,
            HoldCode::kNotOurs,
            "account " + c.login,
            std::move(words.detail),
            std::move(words.remedy)
        );
        return false;
    }
    Action adopt = make(ActionKind::kAdopt, c);
    adopt.reason = fmt::format("itemparam username of item {} names it", c.item.value);
    adopt.after = "ours";
    emit(std::move(adopt), c);
    return true;
}

}  // namespace bn
