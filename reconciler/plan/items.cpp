// Which of the rules an item meets.
#include <algorithm>

#include <fmt/format.h>

#include "reconciler/plan/rules.hpp"

namespace bn::rules {

void examine(Draft& draft, std::size_t row, std::size_t account) {
    const DesiredTable::Record& record = draft.rows.record(row);
    if ((record.flags & DesiredTable::kHeld) != 0) {
        draft.reader_holds_of(record.item);
        return;
    }
    if (record.wanted == Wanted::kNothing) {
        return;
    }
    Case c;
    c.item = record.item;
    c.row = row;
    c.account = account;
    c.login =
        std::string(account != Case::npos ? draft.accounts[account].login : draft.rows[row].login);
    c.known = draft.ledger.item(record.item);
    c.ours = c.known != nullptr && owns(*c.known);
    c.login_saved = (record.flags & DesiredTable::kLoginSaved) != 0;
    c.urgent = (record.flags & DesiredTable::kInProgress) != 0;
    if (standing_aside(draft, c)) {
        return;
    }
    if (record.wanted == Wanted::kAbsent) {
        if (account != Case::npos) {
            close(draft, c, "the item is closed");
        } else if (c.ours && draft.actual.complete) {
            draft.plan.gone.push_back({c.item, c.known->login});
        }
    } else if (account == Case::npos) {
        open(draft, c);
    } else if (!protected_account(draft, c) && claimable(draft, c)) {
        correct(draft, c);
    }
}

void only_in_cloud(Draft& draft, std::size_t account) {
    const LedgerItem* owner = draft.ledger.owner_of(draft.desired.id, draft.accounts.key(account));
    if (owner == nullptr || !owns(*owner) || owner->server != draft.desired.id) {
        ++draft.plan.unmanaged_accounts;
        return;
    }
    Case c;
    c.item = owner->item;
    c.account = account;
    c.login = std::string(draft.accounts[account].login);
    c.known = owner;
    c.ours = true;
    const std::size_t row = draft.row_of(owner->item);
    if (row != Case::npos) {
        // The row names another login: examined there, unless the item is closed.
        const DesiredTable::Record& record = draft.whole_table().record(row);
        c.urgent = (record.flags & DesiredTable::kInProgress) != 0;
        const bool closed =
            record.wanted == Wanted::kAbsent && (record.flags & DesiredTable::kHeld) == 0;
        if (closed && !standing_aside(draft, c)) {
            close(draft, c, "the item is closed");
        }
        return;
    }
    if (!draft.snapshot.has_row(owner->item)) {
        if (!standing_aside(draft, c)) {
            vanished(draft, c);
        }
        return;
    }
    const bool held_by_reader =
        std::ranges::binary_search(draft.snapshot.holds, c.item, {}, &Hold::item);
    if (!held_by_reader && !draft.actual.narrow) {
        draft.hold(
            c,
            HoldCode::kMovedServer,
            of_item(c.item),
            fmt::format(
                "The account {} and its files are here, but the panel gives the item another "
                "server.",
                c.login
            ),
            "Move the item back in the panel, or move the files by hand and pause the item."
        );
    }
}

}  // namespace bn::rules
