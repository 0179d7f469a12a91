// An item that wants an account and has none.
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

std::string describe(const CreateFields& fields) {
    std::string text = "quota " + to_string(fields.quota);
    if (!fields.group.empty()) {
        text += ", group " + fields.group;
    }
    if (!fields.email.empty()) {
        text += ", e-mail " + fields.email;
    }
    return text;
}

std::string missing_reason(const Case& c) {
    if (c.ours) {
        return "the account was there and is gone; its files are not restored";
    }
    if (c.known != nullptr && c.known->deleted) {
        return "the item is wanted again after its account was deleted";
    }
    if (c.login_saved) {
        return "the account was opened earlier and is gone; its files are not restored";
    }
    return "the item is paid and has no account";
}

// Its files may be there all the same: another cloud may answer, or one that was restored.
bool unconfirmed(Draft& draft, const Case& c) {
    return c.ours && draft.actual.narrow && !c.known->missed &&
           draft.hold_account(
               c,
               HoldCode::kIncompleteSnapshot,
               "A single look does not find the account, which is ours; a whole reading has to "
               "confirm that before it is made anew.",
               "The next full pass reads all accounts; `bill-nextcloud plan` does so now."
           );
}

bool unpaid(Draft& draft, const Case& c) {
    return draft.rows[c.row].maybe_unpaid && !c.ours &&
           draft.hold(
               c,
               HoldCode::kUnknownStatus,
               of_item(c.item),
               "The item is in progress, only a change is pending and it has no opening date: "
               "whether it was ever paid is not known.",
               "Finish or delete the pending operation in the panel."
           );
}

}  // namespace

void open(Draft& draft, const Case& c) {
    const DesiredAccount sold = draft.rows[c.row];
    const bool suspended = sold.wanted == Wanted::kDisabled;
    if (suspended && !c.ours && !c.login_saved) {
        return;  // never opened: it is made when the service is resumed
    }
    const LedgerItem* other = draft.other_owner(c);
    if (other != nullptr && !other->in_doubt.empty()) {
        draft.hold(
            c,
            HoldCode::kInDoubt,
            of_item(other->item),
            fmt::format("A call for {} about this login is in doubt.", of_item(other->item)),
            kLookedAtFirst
        );
        return;
    }
    if (unconfirmed(draft, c) || unpaid(draft, c) || read_only_refused(draft, c)) {
        return;
    }
    if (!sold.quota.is_size()) {
        draft.hold(
            c,
            HoldCode::kNoDisk,
            of_item(c.item),
            "How much space was sold is not known; no account is made with a guessed quota.",
            "Give the tariff a resource disk."
        );
        return;
    }
    if (draft.actual.complete) {
        draft.drifted(c, {{DriftField::kMissing, c.login, ""}});
    }
    Action create = draft.make(ActionKind::kCreate, c);
    create.create.emplace();
    create.create->email = sold.email;
    create.create->display_name = sold.display_name;
    if (draft.options.manage_groups) {
        create.create->group = draft.fields.group_of(c.row).name;
    }
    create.create->quota = canonical(draft.quota_now(c.row));
    create.after = describe(*create.create);
    create.reason = missing_reason(c);
    if (std::optional<Hold> why = group_hold(draft, c)) {
        draft.plan.held.push_back({std::move(create), *std::move(why)});
        return;
    }
    emit_with_group(draft, std::move(create), c);
    if (draft.read_only(c.row)) {
        draft.plan.read_only.push_back(c.item);
    } else if (suspended) {
        Action disable = draft.make(ActionKind::kDisable, c);
        disable.before = "enabled";
        disable.after = "disabled";
        disable.reason = "the item is suspended";
        disable.harm = Harm::kNone;  // nobody has worked with it
        draft.plan.actions.push_back(std::move(disable));
    }
}

}  // namespace bn::rules
