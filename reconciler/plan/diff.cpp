#include "reconciler/plan/diff.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn {
namespace {

// Which of the rules an item meets. `account` npos: the cloud has none.
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
    c.client = draft.rows.client(row);
    if (record.wanted == Wanted::kAbsent) {
        rules::look_whether_reopened(draft, c);
    }
    if (rules::standing_aside(draft, c)) {
        return;
    }
    if (record.wanted != Wanted::kAbsent && rules::login_clash(draft, c)) {
        return;
    }
    if (record.wanted == Wanted::kAbsent) {
        if (account != Case::npos) {
            rules::close(draft, c, "the item is closed");
        } else if (c.ours && draft.actual.complete) {
            draft.plan.gone.push_back({c.item, c.known->login});
        } else {
            rules::look_once_more(draft, c);
        }
    } else if (account == Case::npos) {
        rules::open(draft, c);
    } else if (!rules::protected_account(draft, c) && rules::claimable(draft, c)) {
        rules::correct(draft, c);
    }
}

// By the ledger; nothing: nobody of ours.
const LedgerItem* owner_of(const Draft& draft, std::size_t account) {
    const LedgerItem* owner = draft.ledger.owner_of(draft.desired.id, draft.accounts.key(account));
    return owner != nullptr && owns(*owner) && owner->server == draft.desired.id ? owner : nullptr;
}

// The row, wherever it is, says that the item of this account is closed.
void close_by_its_row(Draft& draft, const Case& c) {
    rules::look_whether_reopened(draft, c);
    if (!rules::standing_aside(draft, c)) {
        rules::close(draft, c, "the item is closed");
    }
}

void only_in_cloud(Draft& draft, std::size_t account) {
    const LedgerItem* owner = owner_of(draft, account);
    if (owner == nullptr) {
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
        c.client = draft.whole_table().client(row);
        const bool closed =
            record.wanted == Wanted::kAbsent && (record.flags & DesiredTable::kHeld) == 0;
        if (closed) {
            close_by_its_row(draft, c);
        }
        return;
    }
    if (const ClosedRow* closed = draft.snapshot.closed_row(owner->item)) {
        c.client = closed->client;
        close_by_its_row(draft, c);
        return;
    }
    if (!draft.snapshot.has_row(owner->item)) {
        rules::look_whether_reopened(draft, c);
        if (!rules::standing_aside(draft, c)) {
            rules::vanished(draft, c);
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

// The row of an account's owner is gone, or closed and not under the account's login: it is treated
// so whoever names the account; what becomes of it then is for the rules of closing.
void owner_without_row(Draft& draft, std::size_t account, ItemId examined) {
    const LedgerItem* owner = owner_of(draft, account);
    if (owner == nullptr || owner->item == examined) {
        return;
    }
    const std::size_t row = draft.row_of(owner->item);
    const bool renamed =
        row != Case::npos && draft.whole_table().key(row) != draft.accounts.key(account);
    if (renamed || !draft.snapshot.has_row(owner->item) ||
        draft.snapshot.closed_row(owner->item) != nullptr) {
        only_in_cloud(draft, account);
    }
}

// One walk over both tables, which are sorted by the same key.
void walk(Draft& draft) {
    const DesiredTable& desired = draft.rows;
    const ActualTable& actual = draft.accounts;
    const std::size_t rows = desired.size();
    const std::size_t accounts = actual.size();
    std::size_t row = 0;
    std::size_t account = 0;
    while (row < rows || account < accounts) {
        if (row < rows && account < accounts) {
            const std::size_t run = draft.fields.quiet_run(row, account);
            draft.at_rest(row, run);
            draft.plan.desired_accounts += run;
            row += run;
            account += run;
        }
        if (row == rows && account == accounts) {
            break;
        }
        int order = row == rows ? 1 : -1;
        if (row < rows && account < accounts) {
            order = desired.key(row).compare(actual.key(account));
        }
        if (order > 0) {
            only_in_cloud(draft, account++);
            continue;
        }
        draft.plan.desired_accounts += wants_account(desired.record(row).wanted) ? 1U : 0U;
        if (order == 0) {
            if (draft.fields.quiet(row, account)) {
                draft.at_rest(row, 1);
            } else {
                examine(draft, row, account);
                owner_without_row(draft, account, desired.record(row).item);
            }
            ++account;
        } else {
            // A further row of the login that was just matched (a closed item and its successor).
            const bool again = account > 0 && desired.key(row) == actual.key(account - 1);
            examine(draft, row, again ? account - 1 : Case::npos);
        }
        ++row;
    }
}

// An account of ours that is gone, as its row, or closed: what the item owned ends once it was so
// for long enough.
void gone(Draft& draft, const LedgerItem& item) {
    if (draft.snapshot.closed_row(item.item) != nullptr) {
        draft.plan.gone.push_back({item.item, item.login});
    } else if (!draft.snapshot.has_row(item.item) && !draft.snapshot.items.empty()) {
        if (rules::gone_for_long(draft, item)) {
            draft.plan.gone.push_back({item.item, item.login});
            return;
        }
        Case c;
        c.item = item.item;
        c.login = item.login;
        c.known = &item;
        rules::vanished(draft, c);
    }
}

// Whatever became of their rows (gone, held, paused, moved, another login): of each account of ours
// it is known that it is gone, so that who has its name later is not taken for it, and of each
// closed one that it is in use again, so that its retention ends.
void see_all_of_ours(Draft& draft) {
    if (draft.actual.narrow || !draft.actual.complete || !draft.snapshot.complete) {
        return;
    }
    std::map<ItemId, DriftMask> said;
    for (const Drift& drift : draft.plan.drift) {
        said[drift.item] |= drift.mask();
    }
    const auto see = [&](ItemId id) {
        const LedgerItem& item = *draft.ledger.item(id);
        if (!owns(item) || item.server != draft.desired.id || !item.in_doubt.empty()) {
            return;
        }
        const auto known = said.find(id);
        const DriftMask drift = known != said.end() ? known->second : DriftMask{0};
        const std::size_t account = draft.accounts.find(login_key(item.login));
        if (account == ActualTable::npos) {
            if (!has(drift, DriftField::kMissing)) {
                draft.plan.aside.push_back(
                    {id, item.login, {{DriftField::kMissing, item.login, ""}}}
                );
            }
            gone(draft, item);
            return;
        }
        const bool told = has(drift, DriftField::kOrphan) && has(drift, DriftField::kEnabled);
        if (item.closed_at && draft.account_is(account, ActualTable::kEnabled) && !told) {
            draft.plan.aside.push_back(
                {id,
                 item.login,
                 {{DriftField::kOrphan, "", item.login},
                  {DriftField::kEnabled, "disabled", "enabled"}}}
            );
        }
    };
    std::ranges::for_each(draft.ledger.noted(), see);
    const std::vector<std::uint32_t>& settled = draft.ledger.settled(draft.desired.id);
    for (std::uint32_t id = 0; id < settled.size(); ++id) {
        if (settled[id] != 0 && !draft.is_at_rest(ItemId(id))) {
            see(ItemId(id));
        }
    }
}

void hold_inactive_server(ServerPlan& plan) {
    for (Action& action : plan.actions) {
        Hold why(
            action.item,
            plan.server,
            HoldCode::kServerDisabled,
            "processingmodule " + std::to_string(plan.server.value),
            "The panel has switched this server off.",
            "Switch the processing module on in the panel when the server shall be served again."
        );
        plan.held.push_back({std::move(action), std::move(why)});
    }
    plan.actions.clear();
}

// What an operator paused is compared like any other, so that its drift is known; nothing is done.
void hold_paused(Draft& draft) {
    const auto hold = [&draft](ItemId item) {
        return Hold(
            item,
            draft.desired.id,
            HoldCode::kPaused,
            of_item(item),
            "An operator paused this item " + to_text(*draft.ledger.item(item)->paused) + ".",
            fmt::format(
                "Say `bill-nextcloud resume --item {}` when it shall be kept right again.",
                item.value
            )
        );
    };
    std::set<ItemId> without = draft.paused;
    std::vector<Action>& actions = draft.plan.actions;
    const auto paused = std::stable_partition(actions.begin(), actions.end(), [&](const Action& a) {
        return !draft.paused.contains(a.item);
    });
    for (auto it = paused; it != actions.end(); ++it) {
        without.erase(it->item);
        draft.plan.held.push_back({*it, hold(it->item)});
    }
    actions.erase(paused, actions.end());
    for (const ItemId item : without) {
        draft.plan.held.push_back({std::nullopt, hold(item)});
    }
}

// Told by tariff: each of its services would say the same.
void see_unsaid_groups(Draft& draft) {
    std::map<std::uint32_t, UnsaidGroup> by_tariff;
    const bool any = draft.options.manage_groups && draft.fields.any_unsaid_group();
    for (std::size_t i = 0; any && i < draft.rows.size(); ++i) {
        const DesiredTable::Record& record = draft.rows.record(i);
        if (!wants_account(record.wanted) ||
            draft.fields.group_of(i).state != GroupState::kUnsaid) {
            continue;
        }
        const std::uint32_t id = draft.rows[i].tariff;
        UnsaidGroup& tariff = by_tariff[id];
        tariff.tariff = id;
        tariff.stored = draft.rows.groups().name(record.group);
        ++tariff.services;
    }
    for (auto& [id, tariff] : by_tariff) {
        draft.plan.unsaid_groups.push_back(std::move(tariff));
    }
}

}  // namespace

Overdue overdue_of(const DiffOptions& options, std::uint32_t tariff) {
    const auto own = options.overdue_of_tariff.find(tariff);
    return own == options.overdue_of_tariff.end() ? options.overdue : own->second;
}

ServerPlan diff(const PlanFacts& facts, const DiffOptions& options) {
    Draft draft(facts, options);
    walk(draft);
    see_all_of_ours(draft);
    draft.add_reader_holds();
    see_unsaid_groups(draft);
    hold_paused(draft);
    if (!facts.desired.active) {
        hold_inactive_server(draft.plan);
    }
    sort_plan(draft.plan);
    return std::move(draft.plan);
}

}  // namespace bn
