// Closed items and vanished rows: the rules that end in a deletion.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

std::string days(Duration duration) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration).count();
    return hours % 24 == 0 ? fmt::format("{} days", hours / 24) : fmt::format("{} hours", hours);
}

// The account stood there before the item was opened: a closing is no reason to take it.
bool disowned(const LedgerItem& item, ServerId server) {
    return std::ranges::any_of(item.holds, [&](const Hold& hold) {
        return hold.code == HoldCode::kNotOurs && hold.server == server;
    });
}

// Of several rows of one login: none of them wants the account, and this is the first. All rows of
// the server count, those that a narrow plan leaves out as well.
bool sole_claim(Draft& draft, const Case& c) {
    const std::string_view key = draft.accounts.key(c.account);
    const DesiredTable& table = draft.whole_table();
    const std::size_t first = table.find(key);
    for (std::size_t row = first; row < table.size() && table.key(row) == key; ++row) {
        if (table.record(row).wanted != Wanted::kAbsent) {
            return false;
        }
    }
    return first != DesiredTable::npos && table.record(first).item == c.item;
}

// Another item made this account anew after ours was gone, and still wants it.
bool has_successor(Draft& draft, const Case& c) {
    const LedgerItem* other =
        draft.ledger.owner_of(draft.desired.id, draft.accounts.key(c.account), c.item);
    if (other == nullptr) {
        return false;
    }
    const std::size_t row = draft.row_of(other->item);
    return row == Case::npos || draft.whole_table().record(row).wanted != Wanted::kAbsent;
}

// A retention that ended while nobody watched (a clock that jumped, a store that came back from a
// backup, a service that was off) may have been meant for an earlier closing.
bool ended_unwatched(const Draft& draft, Time until) {
    const LedgerServer* server = draft.ledger.server(draft.desired.id);
    if (server == nullptr || !server->last_success_at) {
        return true;
    }
    const Duration gap = std::max<Duration>(std::chrono::hours(24), draft.options.retention / 4);
    return until > *server->last_success_at && draft.options.now - *server->last_success_at > gap;
}

}  // namespace

void close(Draft& draft, const Case& c, std::string_view why) {
    const LedgerItem* other =
        c.ours ? nullptr : draft.ledger.owner_of(draft.desired.id, draft.accounts.key(c.account));
    const bool shared = c.row != Case::npos && !c.ours && !sole_claim(draft, c);
    const bool deleted_before = c.known != nullptr && c.known->deleted;
    if (!c.ours && (!c.login_saved || other != nullptr || shared || deleted_before)) {
        return;  // not ours: never touched
    }
    if (!c.ours && c.known != nullptr && disowned(*c.known, draft.desired.id)) {
        draft.hold_account(
            c,
            HoldCode::kNotOurs,
            fmt::format(
                "The item is closed, and its account {} was found not to be its own while it was "
                "open.",
                c.login
            ),
            "Look at the account in the cloud; if it was the item's after all, remove it there."
        );
        return;
    }
    if (has_successor(draft, c) || protected_account(draft, c) || !claimable(draft, c)) {
        return;
    }
    const bool enabled = draft.account_is(c.account, ActualTable::kEnabled);
    const bool retained = c.known != nullptr && c.known->retained_until.has_value();
    const Time until = retained ? *c.known->retained_until : Time{};
    if (!enabled && retained && draft.options.now < until) {
        draft.hold_account(
            c,
            HoldCode::kRetention,
            fmt::format("Closed; kept disabled until {}, then deleted.", format_time(until)),
            "Nothing to do. Buying the service back before then keeps the files."
        );
        return;
    }
    draft.drifted(c, {{DriftField::kOrphan, "", c.login}});
    const bool again = !enabled && retained && ended_unwatched(draft, until);
    Action action =
        draft.make(enabled || !retained || again ? ActionKind::kDisable : ActionKind::kDelete, c);
    action.closing = true;
    action.before = enabled ? "enabled" : "disabled";
    if (action.kind == ActionKind::kDisable) {
        action.after = "disabled";
        action.reason =
            fmt::format("{}; deleted {} after this", why, days(draft.options.retention));
        if (again) {
            action.reason += ", because its retention ended while nobody watched";
        }
    } else {
        if (draft.account_is(c.account, ActualTable::kHasFiles)) {
            action.before += ", has files";
        }
        action.reason = fmt::format("{}; its retention ended {}", why, format_time(until));
    }
    draft.emit(std::move(action), c);
}

void vanished(Draft& draft, const Case& c) {
    if (!draft.snapshot.complete || draft.snapshot.items.empty()) {
        return;  // an incomplete reading of the panel says nothing about rows that it lacks
    }
    const LedgerServer* server = draft.ledger.server(draft.desired.id);
    const std::uint64_t passes = server != nullptr ? server->complete_passes : 0;
    const std::optional<std::uint64_t> since = c.known->vanished_at_pass;
    if (!since || passes < *since || passes - *since < draft.options.vanished_passes) {
        draft.hold(
            c,
            HoldCode::kVanished,
            of_item(c.item),
            fmt::format(
                "The item's row is gone from the panel; it is treated as closed when it stayed "
                "gone for {} more complete passes.",
                draft.options.vanished_passes
            ),
            "Find out who removed the row; bring it back if that was a mistake."
        );
        return;
    }
    close(draft, c, "the item's row is gone from the panel");
}

}  // namespace bn::rules
