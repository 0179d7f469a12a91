// Closed items and vanished rows: the rules that end in a deletion.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/differ.hpp"

namespace bn {
namespace {

std::string days(Duration duration) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration).count();
    return hours % 24 == 0 ? fmt::format("{} days", hours / 24) : fmt::format("{} hours", hours);
}

// The account stood there before the item was opened: a closing is no reason to take it.
bool disowned(const LedgerItem& item, ServerId server) {
    return std::any_of(item.holds.begin(), item.holds.end(), [&](const Hold& hold) {
        return hold.code == HoldCode::kNotOurs && hold.server == server;
    });
}

}  // namespace

// Of several rows of one login: none of them wants the account, and this is the first. All rows of
// the server count, those that a narrow plan leaves out as well.
bool Differ::sole_claim(const Case& c) const {
    const std::string_view key = accounts_.key(c.account);
    const DesiredTable& table = whole_table();
    const std::size_t first = table.find(key);
    for (std::size_t row = first; row < table.size() && table.key(row) == key; ++row) {
        if (table.record(row).wanted != Wanted::kAbsent) {
            return false;
        }
    }
    return first != DesiredTable::npos && table.record(first).item == c.item;
}

// Another item made this account anew after ours was gone, and still wants it.
bool Differ::has_successor(const Case& c) {
    const LedgerItem* other = ledger_.owner_of(desired_.id, accounts_.key(c.account), c.item);
    if (other == nullptr) {
        return false;
    }
    const std::size_t row = row_of(other->item);
    return row == npos || whole_table().record(row).wanted != Wanted::kAbsent;
}

// A retention that ended while nobody watched (a clock that jumped, a store that came back from a
// backup, a service that was off) may have been meant for an earlier closing.
bool Differ::ended_unwatched(Time until) const {
    const LedgerServer* server = ledger_.server(desired_.id);
    if (server == nullptr || !server->last_success_at) {
        return true;
    }
    const Duration gap = std::max<Duration>(std::chrono::hours(24), options_.retention / 4);
    return until > *server->last_success_at && options_.now - *server->last_success_at > gap;
}

// The item wants no account any more: disabled at once, deleted after the retention.
void Differ::close(Case& c, std::string_view why) {
    const ActualTable::Record& account = accounts_.record(c.account);
    const LedgerItem* other =
        c.ours ? nullptr : ledger_.owner_of(desired_.id, accounts_.key(c.account));
    const bool shared = c.row != npos && !c.ours && !sole_claim(c);
    const bool deleted_before = c.known != nullptr && c.known->deleted;
    if (!c.ours && (!c.login_saved || other != nullptr || shared || deleted_before)) {
        return;  // not ours: never touched
    }
    if (!c.ours && c.known != nullptr && disowned(*c.known, desired_.id)) {
        hold(
            c,
            HoldCode::kNotOurs,
            "account " + c.login,
            fmt::format(
                "The item is closed, and its account {} was found not to be its own while it was "
                "open.",
                c.login
            ),
            "Look at the account in the cloud; if it was the item's after all, remove it there."
        );
        return;
    }
    if (has_successor(c) || protected_account(c) || !claimable(c)) {
        return;
    }
    const bool enabled = (account.flags & ActualTable::kEnabled) != 0;
    const bool retained = c.known != nullptr && c.known->retained_until.has_value();
    const Time until = retained ? *c.known->retained_until : Time{};
    if (!enabled && retained && options_.now < until) {
        hold(
            c,
            HoldCode::kRetention,
            "account " + c.login,
            fmt::format("Closed; kept disabled until {}, then deleted.", format_time(until)),
            "Nothing to do. Buying the service back before then keeps the files."
        );
        return;
    }
    drifted(c, static_cast<DriftMask>(DriftField::kOrphan));
    const bool again = !enabled && retained && ended_unwatched(until);
    Action action =
        make(enabled || !retained || again ? ActionKind::kDisable : ActionKind::kDelete, c);
    action.closing = true;
    action.before = enabled ? "enabled" : "disabled";
    if (action.kind == ActionKind::kDisable) {
        action.after = "disabled";
        action.reason = fmt::format("{}; deleted {} after this", why, days(options_.retention));
        if (again) {
            action.reason += ", because its retention ended while nobody watched";
        }
    } else {
        if ((account.flags & ActualTable::kHasFiles) != 0) {
            action.before += ", has files";
        }
        action.reason = fmt::format("{}; its retention ended {}", why, format_time(until));
    }
    emit(std::move(action), c);
}

void Differ::vanished(Case& c) {
    if (!snapshot_.complete || snapshot_.items.empty()) {
        return;  // an incomplete reading of the panel says nothing about rows that it lacks
    }
    const LedgerServer* server = ledger_.server(desired_.id);
    const std::uint64_t passes = server != nullptr ? server->complete_passes : 0;
    const std::optional<std::uint64_t> since = c.known->vanished_at_pass;
    if (!since || passes < *since || passes - *since < options_.vanished_passes) {
        hold(
            c,
            HoldCode::kVanished,
            fmt::format("item {}", c.item.value),
            fmt::format(
                "The item's row is gone from the panel; it is treated as closed when it stayed "
                "gone "
                "for {} more complete passes.",
                options_.vanished_passes
            ),
            "Find out who removed the row; bring it back if that was a mistake."
        );
        return;
    }
    close(c, "the item's row is gone from the panel");
}

void Differ::only_in_cloud(std::size_t account) {
    const LedgerItem* owner = ledger_.owner_of(desired_.id, accounts_.key(account));
    if (owner == nullptr || !owns(*owner) || owner->server != desired_.id) {
        ++plan_.unmanaged_accounts;
        return;
    }
    if (options_.only_item && *options_.only_item != owner->item) {
        return;
    }
    Case c;
    c.item = owner->item;
    c.account = account;
    c.login = std::string(accounts_[account].login);
    c.known = owner;
    c.ours = true;
    const std::size_t row = row_of(owner->item);
    if (row != npos) {
        // The row names another login: examined there, unless the item is closed.
        const DesiredTable::Record& record = whole_table().record(row);
        c.urgent = (record.flags & DesiredTable::kInProgress) != 0;
        const bool closed =
            record.wanted == Wanted::kAbsent && (record.flags & DesiredTable::kHeld) == 0;
        if (closed && !standing_aside(c)) {
            close(c, "the item is closed");
        }
        return;
    }
    if (!snapshot_.has_row(owner->item)) {
        if (!standing_aside(c)) {
            vanished(c);
        }
        return;
    }
    const bool held_by_reader =
        std::any_of(snapshot_.holds.begin(), snapshot_.holds.end(), [&](const Hold& h) {
            return h.item == c.item;
        });
    if (!held_by_reader && !actual_.narrow) {
        hold(
            c,
            HoldCode::kMovedServer,
            fmt::format("item {}", c.item.value),
            fmt::format(
                "The account {} and its files are here, but the panel gives the item another "
                "server.",
                c.login
            ),
            "Move the item back in the panel, or move the files by hand and pause the item."
        );
    }
}

}  // namespace bn
