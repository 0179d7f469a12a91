// Closed items and vanished rows: the rules that end in a deletion.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/plural.hpp"
#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

// In the largest unit that says it whole.
std::string span(Duration duration) {
    constexpr std::pair<Duration, const char*> kUnits[] = {
        {std::chrono::hours(24), "# day|# days"},
        {std::chrono::hours(1), "# hour|# hours"},
        {std::chrono::minutes(1), "# minute|# minutes"},
        {std::chrono::seconds(1), "# second|# seconds"}};
    for (const auto& [unit, forms] : kUnits) {
        if (duration >= unit && duration % unit == Duration{0}) {
            return agreed(static_cast<std::uint64_t>(duration / unit), forms);
        }
    }
    return fmt::format("{:# millisecond|# milliseconds}", Plural(duration.count()));
}

const LedgerServer* server_of(const Draft& draft) {
    return draft.ledger.server(draft.desired.id);
}

constexpr const char* kNamedRemedy =
    "Give one of the two items another username in the panel. A new service of the same client "
    "takes the account over once it is opened.";

std::string named_by(const std::vector<Claim>& claims, const Case& c) {
    return fmt::format(
        "{} is closed, but {} names its account {}.",
        of_item(c.item),
        of_item(claims.front().item),
        c.login
    );
}

// Another item has this account by now, and still wants it.
const LedgerItem* successor(const Draft& draft, const Case& c) {
    const LedgerItem* other = draft.other_owner(c);
    if (other == nullptr || !owns(*other)) {
        return nullptr;
    }
    const std::optional<RowSeen> row = row_on(draft.snapshot, draft.cloud_servers, other->item);
    // The number is an unpaid order's or another client's by now: neither has anything of it.
    const bool nothing = row && (row->closed || row->unpaid);
    return nothing || row_of_another_client(*other) ? nullptr : other;
}

// Another item has the account, or a service names it that is to have it: of the same client, or
// one that is not understood.
bool left_to_another(Draft& draft, const Case& c, const std::vector<Claim>& claims) {
    if (const LedgerItem* other = successor(draft, c)) {
        draft.plan.handed_over.push_back({c.item, c.login, other->item});
        return true;
    }
    const auto expects_it = [&](const Claim& claim) {
        return !claim.understood || c.known->client == 0 || claim.client == c.known->client;
    };
    return std::ranges::any_of(claims, expects_it) &&
           draft.hold_account(c, HoldCode::kLoginClash, named_by(claims, c), kNamedRemedy);
}

// What closes goes on; what deletes waits for what becomes of the order.
bool kept_for_an_order(Draft& draft, const Case& c) {
    const std::uint32_t client = c.known->client != 0 ? c.known->client : c.client.value_or(0);
    const std::optional<ItemId> order =
        unpaid_order_on(draft.snapshot, draft.possible_servers, login_key(c.login), c.item, client);
    return order &&
           draft.hold_account(
               c,
               HoldCode::kLoginClash,
               fmt::format(
                   "{} is closed, but {}, which is not paid yet, names its account {}.",
                   of_item(c.item),
                   of_item(*order),
                   c.login
               ),
               fmt::format(
                   "Cancel {0}, or give it another username, if the files are not to be kept; once "
                   "{0} is paid and opened it takes the account over.",
                   of_item(*order)
               )
           );
}

bool reopened(const Draft& draft, const Case& c) {
    return c.ours && c.known->closed_at && c.known->server == draft.desired.id &&
           c.account != Case::npos && login_key(c.known->login) == draft.accounts.key(c.account) &&
           draft.account_is(c.account, ActualTable::kEnabled);
}

// A closing is no reason to take an account. But one that was opened for the item, works and is no
// other opened service's of the client is not closed: to say so would not be true. What an older
// store says to be deleted may have been made since.
void unknown_owner(Draft& draft, const Case& c, const std::vector<Claim>& claims) {
    const bool deleted =
        c.known != nullptr && c.known->deleted && !draft.ledger.panel().events_lost &&
        likeness_of(draft.rows[c.row], draft.accounts[c.account]) != Likeness::kAlike;
    const auto has_it = [&c](const Claim& claim) {
        return claim.opened && c.of_client(claim.client);
    };
    if ((c.login_saved || c.urgent) && !deleted && std::ranges::none_of(claims, has_it) &&
        draft.other_owner(c) == nullptr && draft.account_is(c.account, ActualTable::kEnabled)) {
        offer(
            draft,
            c,
            HoldCode::kNotOurs,
            fmt::format(
                "The item is closed, and the account {} that it names works; nothing shows that it "
                "was made for the item.",
                c.login
            ),
            "If it is somebody else's, give the item another username in the panel."
        );
    }
}

// A person took the closing back: the account is to work until he says otherwise.
bool kept_by_a_person(Draft& draft, const Case& c) {
    if (!in_force(c.known->kept, draft.options.now)) {
        return false;
    }
    if (!draft.account_is(c.account, ActualTable::kEnabled)) {
        Action enable = draft.make(ActionKind::kEnable, c);
        enable.before = "disabled";
        enable.after = "enabled";
        enable.reason = "the item is closed, and an operator keeps its account";
        draft.emit(std::move(enable), c);
        return true;
    }
    return draft.hold_account(
        c,
        HoldCode::kKept,
        "Closed in the panel; an operator keeps the account " + to_text(*c.known->kept) + ".",
        fmt::format(
            "Nothing to do. Say `bill-nextcloud undelete {} --end` when it shall be closed; its "
            "retention begins anew then.",
            c.item.value
        )
    );
}

}  // namespace

void look_whether_reopened(Draft& draft, const Case& c) {
    if (reopened(draft, c)) {
        draft.drifted(
            c, {{DriftField::kOrphan, "", c.login}, {DriftField::kEnabled, "disabled", "enabled"}}
        );
    }
}

void close(Draft& draft, const Case& c, std::string_view why) {
    const std::vector<Claim> claims = draft.possible_claims(c);
    if (!c.ours) {
        unknown_owner(draft, c, claims);
        return;
    }
    if (left_to_another(draft, c, claims) || protected_account(draft, c) ||
        kept_by_a_person(draft, c)) {
        return;
    }
    const bool enabled = draft.account_is(c.account, ActualTable::kEnabled);
    const std::optional<Duration> left =
        retention_left(*c.known, server_of(draft), draft.options.now, draft.options.retention);
    if (!enabled && left && *left > Duration{0}) {
        draft.hold_account(
            c,
            HoldCode::kRetention,
            clock_in_doubt(draft.ledger, draft.desired.id, draft.options.now)
                ? std::string("Closed; kept disabled. The clock of this host is in doubt: its "
                              "retention stands still.")
                : fmt::format(
                      "Closed; kept disabled until {}, then deleted.",
                      format_time(draft.options.now + *left)
                  ),
            "Nothing to do. Buying the service back before then keeps the files."
        );
        return;
    }
    if (!reopened(draft, c)) {
        draft.drifted(c, {{DriftField::kOrphan, "", c.login}});
    }
    Action action = draft.make(enabled || !left ? ActionKind::kDisable : ActionKind::kDelete, c);
    action.closing = true;
    action.before = enabled ? "enabled" : "disabled";
    if (action.kind == ActionKind::kDisable) {
        action.after = "disabled";
        action.harm = enabled ? Harm::kDisable : Harm::kNone;
        const Duration retention = draft.options.retention.of(*c.known);
        action.reason = retention > Duration{0}
                            ? fmt::format("{}; deleted {} after this", why, span(retention))
                            : fmt::format("{}; deleted once this is seen to be done", why);
    } else {
        if (draft.account_is(c.account, ActualTable::kHasFiles)) {
            action.before += ", has files";
        }
        action.reason =
            fmt::format("{}; its retention ended {}", why, format_time(draft.options.now + *left));
    }
    if (action.kind == ActionKind::kDelete && !claims.empty()) {
        // Another client's order: it does not stop the closing, but whose files these are is for a
        // person to say.
        draft.hold_account(c, HoldCode::kLoginClash, named_by(claims, c), kNamedRemedy);
        draft.plan.held.back().action = std::move(action);
        return;
    }
    if (action.kind == ActionKind::kDelete && kept_for_an_order(draft, c)) {
        draft.plan.held.back().action = std::move(action);
        return;
    }
    draft.emit(std::move(action), c);
}

void look_once_more(Draft& draft, const Case& c) {
    const bool was_there =
        c.known != nullptr &&
        std::ranges::find(c.known->holds, HoldCode::kNotOurs, &Hold::code) != c.known->holds.end();
    if (was_there && c.urgent && !draft.actual.narrow) {
        draft.hold_account(
            c,
            HoldCode::kIncompleteSnapshot,
            fmt::format(
                "The account {}, which is not known to be the item's and worked, is missing from "
                "one reading; a list may skip an account.",
                c.login
            ),
            "Nothing to do: it is looked for once more before the panel hears that it is closed."
        );
    }
}

bool gone_for_long(const Draft& draft, const LedgerItem& item) {
    const DiffOptions& options = draft.options;
    const LedgerServer* server = draft.ledger.server(item.server);
    const std::uint64_t passes = server != nullptr ? server->complete_passes : 0;
    const std::optional<std::uint64_t> since = item.vanished_at_pass;
    const bool often_enough = since && passes >= *since + options.vanished_passes;
    const Duration observed =
        observed_by(server, options.now, longest_step(options.retention.shortest()));
    return often_enough && item.vanished_at &&
           observed - *item.vanished_at >= options.vanished_after;
}

void vanished(Draft& draft, const Case& c) {
    if (!draft.snapshot.complete || draft.snapshot.items.empty()) {
        return;  // an incomplete reading of the panel says nothing about rows that it lacks
    }
    const DiffOptions& options = draft.options;
    if (!gone_for_long(draft, *c.known)) {
        draft.hold(
            c,
            HoldCode::kVanished,
            of_item(c.item),
            fmt::format(
                "The item's row is gone from the panel; it is treated as closed when it stayed "
                "gone for {} and {:# more complete pass|# more complete passes}.",
                span(options.vanished_after),
                Plural(options.vanished_passes)
            ),
            "Find out who removed the row; bring it back if that was a mistake."
        );
        return;
    }
    close(draft, c, "the item's row is gone from the panel");
}

}  // namespace bn::rules
