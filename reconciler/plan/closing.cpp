// Closed items and vanished rows: the rules that end in a deletion.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

// In the largest unit that says it whole.
std::string span(Duration duration) {
    constexpr std::pair<Duration, const char*> kUnits[] = {
        {std::chrono::hours(24), "days"},
        {std::chrono::hours(1), "hours"},
        {std::chrono::minutes(1), "minutes"},
        {std::chrono::seconds(1), "seconds"}};
    for (const auto& [unit, name] : kUnits) {
        if (duration >= unit && duration % unit == Duration{0}) {
            return fmt::format("{} {}", duration / unit, name);
        }
    }
    return fmt::format("{} milliseconds", duration.count());
}

const LedgerServer* server_of(const Draft& draft) {
    return draft.ledger.server(draft.desired.id);
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
    const Duration retention = draft.options.retention;
    const std::optional<Duration> left =
        c.known == nullptr
            ? std::nullopt
            : retention_left(*c.known, server_of(draft), draft.options.now, retention);
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
    draft.drifted(c, {{DriftField::kOrphan, "", c.login}});
    Action action = draft.make(enabled || !left ? ActionKind::kDisable : ActionKind::kDelete, c);
    action.closing = true;
    action.before = enabled ? "enabled" : "disabled";
    if (action.kind == ActionKind::kDisable) {
        action.after = "disabled";
        action.reason = fmt::format("{}; deleted {} after this", why, span(retention));
    } else {
        if (draft.account_is(c.account, ActualTable::kHasFiles)) {
            action.before += ", has files";
        }
        action.reason =
            fmt::format("{}; its retention ended {}", why, format_time(draft.options.now + *left));
    }
    draft.emit(std::move(action), c);
}

void vanished(Draft& draft, const Case& c) {
    if (!draft.snapshot.complete || draft.snapshot.items.empty()) {
        return;  // an incomplete reading of the panel says nothing about rows that it lacks
    }
    const DiffOptions& options = draft.options;
    const LedgerServer* server = server_of(draft);
    const std::uint64_t passes = server != nullptr ? server->complete_passes : 0;
    const std::optional<std::uint64_t> since = c.known->vanished_at_pass;
    const bool often_enough = since && passes >= *since + options.vanished_passes;
    const Duration observed = observed_by(server, options.now, longest_step(options.retention));
    const bool long_enough =
        c.known->vanished_at && observed - *c.known->vanished_at >= options.vanished_after;
    if (!often_enough || !long_enough) {
        draft.hold(
            c,
            HoldCode::kVanished,
            of_item(c.item),
            fmt::format(
                "The item's row is gone from the panel; it is treated as closed when it stayed "
                "gone for {} and {} more complete passes.",
                span(options.vanished_after),
                options.vanished_passes
            ),
            "Find out who removed the row; bring it back if that was a mistake."
        );
        return;
    }
    close(draft, c, "the item's row is gone from the panel");
}

}  // namespace bn::rules
