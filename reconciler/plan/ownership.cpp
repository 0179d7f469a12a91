// Whose an account is: what is protected, what is ours, what may be adopted.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

constexpr const char* kRename =
    "Rename or remove that account, or give the item another username in the panel.";
constexpr const char* kLookWhose =
    "Look whose account it is, and remove nothing: it may be this service's.";

// What does not look like the service's (likeness_of) after that. Nothing: it has no row.
std::string unlike(const char* after, const Case& c, const std::optional<DesiredAccount>& row) {
    const bool sized = row && row->quota.is_size();
    const char* const seen =
        row && !row->email.empty() ? "it has not the e-mail address of the service"
        : sized ? "no e-mail address of the service is known, and it has another size"
                : "neither an e-mail address nor a size of the service is known";
    return fmt::format(
        "{}, and nothing shows that the account {} that is there now is the service's: {}.",
        after,
        c.login,
        seen
    );
}

// This server is read for the first time, and its cloud is not.
bool second_module(const Draft& draft) {
    const auto read = [&draft](ServerId id) { return was_read_whole(draft.ledger, id); };
    return !read(draft.desired.id) && std::ranges::any_of(draft.cloud_servers, read);
}

// Why nothing shows that the account is the work of an earlier module for this item. What a client
// or a form can set (the saved username) proves nothing by itself.
std::optional<std::string> unproved(const Draft& draft, const Case& c) {
    if (!c.login_saved && draft.ledger.panel().events_lost) {
        return fmt::format(
            "Whether the account {} is the item's was on record in the event store, which is lost.",
            c.login
        );
    }
    if (!c.login_saved) {
        return fmt::format(
            "{}the cloud has an account {} already that we did not create.",
            c.urgent ? "The item is not known to be opened yet, and " : "",
            c.login
        );
    }
    if (!opened_before_us(draft.ledger, draft.desired.id, draft.rows[c.row]) ||
        second_module(draft)) {
        return fmt::format(
            "The item was opened, or got its login, after this cloud was first read; its "
            "account {} was not made by us.",
            c.login
        );
    }
    const bool missed = c.known != nullptr && c.known->missed;
    if ((missed || draft.ledger.panel().events_lost) &&
        likeness_of(draft.rows[c.row], draft.accounts[c.account]) != Likeness::kAlike) {
        return unlike(
            missed ? "The item's account was gone when the cloud was read"
                   : "What was recorded of the item is lost with the event store",
            c,
            draft.rows[c.row]
        );
    }
    return std::nullopt;
}

// The owner is closed and of the same client: staff gave his new service the login of the old one,
// so that he keeps his files.
bool hands_over(const Draft& draft, const LedgerItem& owner, const Case& c) {
    if (owner.unproved || owner.missed) {
        return false;  // it may not be his any more
    }
    const std::optional<RowSeen> row = row_on(draft.snapshot, draft.cloud_servers, owner.item);
    const bool closed = row ? row->closed
                            : draft.snapshot.complete && !draft.snapshot.has_row(owner.item) &&
                                  gone_for_long(draft, owner);
    const std::uint32_t client = owner.client == 0 && row ? row->client : owner.client;
    return closed && c.login_saved && c.of_client(client);
}

void adopt(Draft& draft, const Case& c, std::string reason, const LedgerItem* from = nullptr) {
    Action adopt = draft.make(ActionKind::kAdopt, c);
    adopt.reason = std::move(reason);
    adopt.after = "ours";
    if (from != nullptr) {
        adopt.before = of_item(from->item);
        adopt.value = std::to_string(from->item.value);
    }
    draft.emit(std::move(adopt), c);
}

// The panel's row is another client's than the account: its number was used again, or it changed
// hands.
bool other_client(Draft& draft, const Case& c) {
    if (!c.client || c.known->client == 0 || *c.client == c.known->client) {
        return false;
    }
    offer(
        draft,
        c,
        HoldCode::kOtherClient,
        fmt::format(
            "The account {} is client {}'s; the panel gives the item to client {}.",
            c.known->login,
            c.known->client,
            *c.client
        ),
        "Find out whether the item's number was used again (a restored panel, a removed row): give "
        "the new item another number or login then."
    );
    return true;
}

// A whole reading lacked our account, or the events that tell of it are lost: the one of its name
// may be somebody else's by now.
bool strange(Draft& draft, const Case& c) {
    if ((!c.known->unproved && !c.known->missed) || !c.ours || c.account == Case::npos) {
        return false;
    }
    const DesiredTable& rows = c.row != Case::npos ? draft.rows : draft.whole_table();
    const std::size_t at = c.row != Case::npos ? c.row : draft.row_of(c.item);
    const auto row = at != Case::npos ? std::optional<DesiredAccount>(rows[at]) : std::nullopt;
    if (row && likeness_of(*row, draft.accounts[c.account]) == Likeness::kAlike) {
        return false;
    }
    offer(
        draft,
        c,
        HoldCode::kNotOurs,
        unlike(
            c.known->unproved ? "Newer events about the item's account were lost with the store"
                              : "The item's account was gone, or used since it was closed",
            c,
            row
        ),
        "Look whose account it is; rename it, or give the item another username, if it is "
        "somebody else's."
    );
    return true;
}

}  // namespace

void offer(
    Draft& draft, const Case& c, HoldCode code, std::string detail, const std::string& remedy
) {
    Action adopt = draft.make(ActionKind::kAdopt, c);
    adopt.after = "ours";
    adopt.reason = "a person said that it is this service's";
    Hold why(
        c.item,
        draft.desired.id,
        code,
        "account " + c.login,
        std::move(detail),
        fmt::format(
            "{} If it is this service's all the same, say so by `bill-nextcloud adopt --item {}`.",
            remedy,
            c.item.value
        )
    );
    draft.plan.held.push_back({std::move(adopt), std::move(why)});
}

bool standing_aside(Draft& draft, const Case& c) {
    if (c.known == nullptr) {
        return false;
    }
    if (in_force(c.known->paused, draft.options.now)) {
        draft.paused.insert(c.item);
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
    if (other_client(draft, c) || strange(draft, c)) {
        return true;
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
        // Closed under the login that its account has (only_in_cloud).
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
    const LedgerItem* other = draft.other_owner(c);
    if (other != nullptr && owns(*other) && hands_over(draft, *other, c)) {
        adopt(
            draft,
            c,
            fmt::format(
                "{} of the same client is closed and hands its account over", of_item(other->item)
            ),
            other
        );
        return true;
    }
    if (other != nullptr) {
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
        offer(
            draft,
            c,
            HoldCode::kNotOurs,
            fmt::format(
                "The item's account {} was deleted; the account of this name that is there now is "
                "not ours.",
                c.login
            ),
            kRename
        );
        return false;
    }
    const bool lost = draft.ledger.panel().events_lost;
    if (std::optional<std::string> why = unproved(draft, c)) {
        offer(draft, c, HoldCode::kNotOurs, *std::move(why), lost ? kLookWhose : kRename);
        return false;
    }
    adopt(
        draft,
        c,
        fmt::format("itemparam username of item {}, opened before us, names it", c.item.value)
    );
    return true;
}

bool login_clash(Draft& draft, const Case& c) {
    const std::vector<Claim> others = draft.other_claims(c);
    if (others.empty()) {
        return false;
    }
    const LedgerItem* owner = draft.other_owner(c);
    const bool owned = owner != nullptr && owns(*owner) &&
                       std::ranges::find(others, owner->item, &Claim::item) != others.end();
    const bool only_opened = c.login_saved && std::ranges::none_of(others, [](const Claim& other) {
                                 return other.opened || !other.understood;
                             });
    if (!owned && (c.ours || only_opened)) {
        return false;
    }
    std::string all = std::to_string(c.item.value);
    for (const Claim& other : others) {
        all += fmt::format(", {}", other.item.value);
    }
    return draft.hold(
        c,
        HoldCode::kLoginClash,
        "itemparam username of " + of_item(c.item),
        fmt::format("The items {} claim the login {} on one cloud.", all, c.login),
        "Give all but one of them another username, or close them."
    );
}

}  // namespace bn::rules
