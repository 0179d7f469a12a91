// What is right for one item: the table of rules in reconciler/README.md. Closed items are in
// closing_rules.cpp.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/differ.hpp"

namespace bn {
namespace {

std::string of_item(ItemId item) {
    return fmt::format("item {}", item.value);
}

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

void add(DriftMask& mask, DriftField field) {
    mask = static_cast<DriftMask>(mask | static_cast<DriftMask>(field));
}

}  // namespace

Action Differ::make(ActionKind kind, const Case& c) const {
    Action action(kind, desired_.id, c.item, c.login);
    action.urgent = c.urgent;
    return action;
}

void Differ::emit(Action action, const Case& c) {
    const std::optional<Correction> correction = correction_of(action);
    if (correction && c.known != nullptr && !action.closing) {
        for (const Correction& past : c.known->corrections) {
            const bool same = past.field == correction->field && past.value == correction->value;
            if (same && past.count >= options_.fight_limit &&
                options_.now - past.at < options_.fight_window) {
                Hold why(
                    c.item,
                    desired_.id,
                    HoldCode::kFighting,
                    "account " + c.login,
                    fmt::format(
                        "The {} of {} was set to {} {} times and did not stay.",
                        to_string(past.field),
                        c.login,
                        past.value,
                        past.count
                    ),
                    "Find who or what changes it back in the cloud; it is tried again after a "
                    "pause."
                );
                plan_.held.push_back({std::move(action), std::move(why)});
                return;
            }
        }
    }
    plan_.actions.push_back(std::move(action));
}

void Differ::hold(
    const Case& c, HoldCode code, std::string where, std::string detail, std::string remedy
) {
    Hold why(c.item, desired_.id, code, std::move(where), std::move(detail), std::move(remedy));
    plan_.held.push_back({std::nullopt, std::move(why)});
}

void Differ::drifted(const Case& c, DriftMask fields) {
    if (fields != 0) {
        plan_.drift.push_back({c.item, c.login, fields});
    }
}

const DesiredTable& Differ::whole_table() const {
    const DesiredServer* whole = snapshot_.server(desired_.id);
    return whole != nullptr ? whole->accounts : rows_;
}

std::size_t Differ::row_of(ItemId item) {
    const DesiredTable& table = whole_table();
    if (!row_index_) {
        row_index_.emplace();
        row_index_->reserve(table.size());
        for (std::size_t i = 0; i < table.size(); ++i) {
            row_index_->emplace(table.record(i).item, i);
        }
    }
    const auto found = row_index_->find(item);
    return found == row_index_->end() ? npos : found->second;
}

void Differ::reader_holds_of(ItemId item) {
    if (!reader_held_.insert(item).second) {
        return;
    }
    auto at = std::lower_bound(
        snapshot_.holds.begin(),
        snapshot_.holds.end(),
        item,
        [](const Hold& hold, ItemId id) { return hold.item < id; }
    );
    const bool any = at != snapshot_.holds.end() && at->item == item;
    for (; at != snapshot_.holds.end() && at->item == item; ++at) {
        plan_.held.push_back({std::nullopt, *at});
    }
    if (!any) {
        Hold why(
            item,
            desired_.id,
            HoldCode::kUnknownStatus,
            of_item(item),
            "The panel's rows of this item could not be understood.",
            "Look at the item and its tariff in the panel."
        );
        plan_.held.push_back({std::nullopt, std::move(why)});
    }
}

// Paused, in doubt, on another server, or under another login: the item is left alone.
bool Differ::standing_aside(const Case& c) {
    if (c.known == nullptr) {
        return false;
    }
    if (c.known->paused) {
        hold(
            c,
            HoldCode::kPaused,
            of_item(c.item),
            "An operator paused this item.",
            "Resume the item when it shall be kept right again."
        );
        return true;
    }
    if (!c.known->in_doubt.empty()) {
        const PendingAction& pending = c.known->in_doubt.front();
        hold(
            c,
            HoldCode::kInDoubt,
            "action " + pending.action_id,
            fmt::format("Whether {} took effect is not known yet.", to_string(pending.action.kind)),
            "Nothing to do: the account is looked at before anything else happens to it."
        );
        return true;
    }
    if (!owns(*c.known)) {
        return false;
    }
    if (c.known->server != desired_.id) {
        hold(
            c,
            HoldCode::kMovedServer,
            fmt::format("item {}, processingmodule {}", c.item.value, desired_.id.value),
            fmt::format(
                "The account {} and its files are on server {}.",
                c.known->login,
                c.known->server.value
            ),
            "Move the item back in the panel, or move the files by hand and pause the item."
        );
        return true;
    }
    if (c.row != npos && login_key(c.known->login) != rows_.key(c.row)) {
        // A closed item is closed under the login that its account has (see only_in_cloud).
        if (rows_.record(c.row).wanted != Wanted::kAbsent) {
            hold(
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

void Differ::examine(std::size_t row, std::size_t account) {
    const DesiredTable::Record& record = rows_.record(row);
    if (options_.only_item && *options_.only_item != record.item) {
        return;
    }
    if ((record.flags & DesiredTable::kHeld) != 0) {
        reader_holds_of(record.item);
        return;
    }
    if (record.wanted == Wanted::kNothing) {
        return;
    }
    Case c;
    c.item = record.item;
    c.row = row;
    c.account = account;
    c.login = std::string(account != npos ? accounts_[account].login : rows_[row].login);
    c.known = ledger_.item(record.item);
    c.ours = c.known != nullptr && owns(*c.known);
    c.login_saved = (record.flags & DesiredTable::kLoginSaved) != 0;
    c.urgent = (record.flags & DesiredTable::kInProgress) != 0;
    if (standing_aside(c)) {
        return;
    }
    if (record.wanted == Wanted::kAbsent) {
        if (account != npos) {
            close(c, "the item is closed");
        } else if (c.ours && actual_.complete) {
            plan_.gone.push_back({c.item, c.known->login});
        }
    } else if (account == npos) {
        missing(c);
    } else {
        present(c);
    }
}

std::optional<Hold> Differ::group_hold(const Case& c) const {
    const ResolvedGroup& group = wanted_groups_[rows_.record(c.row).group].resolved;
    if (!options_.manage_groups || group.state == GroupState::kNone ||
        group.state == GroupState::kFound) {
        return std::nullopt;
    }
    const std::string_view stored = rows_.groups().name(rows_.record(c.row).group);
    if (group.state == GroupState::kBad) {
        return Hold(
            c.item,
            desired_.id,
            HoldCode::kBadGroup,
            "pricelistparam usergroup of the tariff of " + of_item(c.item),
            fmt::format("The tariff's group {} means the group admin.", stored),
            "Choose another group in the tariff: clients are never made administrators."
        );
    }
    return Hold(
        c.item,
        desired_.id,
        HoldCode::kMissingGroup,
        fmt::format("group {} on server {}", stored, desired_.id.value),
        fmt::format("The tariff's group {} does not exist in the cloud.", stored),
        "Create the group in the cloud, or choose another one in the tariff."
    );
}

std::string Differ::missing_reason(const Case& c) {
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

void Differ::missing(Case& c) {
    const DesiredAccount sold = rows_[c.row];
    const bool suspended = sold.wanted == Wanted::kDisabled;
    if (suspended && !c.ours && !c.login_saved) {
        return;  // never opened: it is made when the service is resumed
    }
    const LedgerItem* other = ledger_.owner_of(desired_.id, rows_.key(c.row));
    if (other != nullptr && other->item != c.item && !other->in_doubt.empty()) {
        hold(
            c,
            HoldCode::kInDoubt,
            of_item(other->item),
            fmt::format("A call for {} about this login is in doubt.", of_item(other->item)),
            "Nothing to do: the account is looked at before anything else happens to it."
        );
        return;
    }
    if (sold.quota.is_unknown()) {
        hold(
            c,
            HoldCode::kNoDisk,
            of_item(c.item),
            "How much space was sold is not known; no account is made with a guessed quota.",
            "Give the tariff a resource disk."
        );
        return;
    }
    if (actual_.complete) {
        drifted(c, static_cast<DriftMask>(DriftField::kMissing));
    }
    Action create = make(ActionKind::kCreate, c);
    create.create.emplace();
    create.create->email = sold.email;
    create.create->display_name = sold.display_name;
    if (options_.manage_groups) {
        create.create->group = wanted_groups_[rows_.record(c.row).group].resolved.name;
    }
    create.create->quota = canonical(sold.quota);
    create.after = describe(*create.create);
    create.reason = missing_reason(c);
    if (std::optional<Hold> why = group_hold(c)) {
        plan_.held.push_back({std::move(create), *std::move(why)});
        return;
    }
    emit(std::move(create), c);
    if (suspended) {
        Action disable = make(ActionKind::kDisable, c);
        disable.before = "enabled";
        disable.after = "disabled";
        disable.reason = "the item is suspended";
        plan_.actions.push_back(std::move(disable));
    }
}

void Differ::present(Case& c) {
    if (!protected_account(c) && claimable(c)) {
        correct(c);
    }
}

void Differ::correct(Case& c) {
    DriftMask drift = 0;
    correct_enabled(c, drift);
    correct_quota(c, drift);
    correct_email(c, drift);
    correct_groups(c, drift);
    drifted(c, drift);
}

void Differ::correct_enabled(Case& c, DriftMask& drift) {
    const bool wanted = rows_.record(c.row).wanted == Wanted::kEnabled;
    const bool enabled = (accounts_.record(c.account).flags & ActualTable::kEnabled) != 0;
    if (wanted == enabled) {
        return;
    }
    add(drift, DriftField::kEnabled);
    Action action = make(wanted ? ActionKind::kEnable : ActionKind::kDisable, c);
    action.before = enabled ? "enabled" : "disabled";
    action.after = wanted ? "enabled" : "disabled";
    if (!wanted) {
        action.reason = "the item is suspended";
    } else if (c.known != nullptr && c.known->retained_until) {
        action.reason = "the item was bought back within its retention";
    } else {
        action.reason = "the item is active";
    }
    emit(std::move(action), c);
}

void Differ::correct_quota(Case& c, DriftMask& drift) {
    const Quota sold = rows_.record(c.row).quota;
    const Quota observed = accounts_.record(c.account).quota;
    if (!quota_differs(sold, observed)) {
        return;
    }
    add(drift, DriftField::kQuota);
    Action action = make(ActionKind::kSetQuota, c);
    action.quota = canonical(sold);
    action.before = to_string(observed);
    action.after = to_string(action.quota);
    action.reason = "another quota was sold";
    emit(std::move(action), c);
}

void Differ::correct_email(Case& c, DriftMask& drift) {
    if (!email_differs(c.row, c.account)) {
        return;
    }
    add(drift, DriftField::kEmail);
    Action action = make(ActionKind::kSetEmail, c);
    action.value = std::string(rows_.email(c.row));
    action.before = std::string(accounts_.email(c.account));
    action.after = action.value;
    action.reason = "the owner has another e-mail address";
    emit(std::move(action), c);
}

void Differ::correct_groups(Case& c, DriftMask& drift) {
    const std::uint32_t set = accounts_.record(c.account).group_set;
    if (!group_differs(rows_.record(c.row).group, set)) {
        return;
    }
    add(drift, DriftField::kGroup);
    if (std::optional<Hold> why = group_hold(c)) {
        plan_.held.push_back({std::nullopt, *std::move(why)});
        return;
    }
    const WantedGroup& wanted = wanted_groups_[rows_.record(c.row).group];
    const GroupSetPool& sets = accounts_.group_sets();
    const bool has_wanted = wanted.resolved.state == GroupState::kNone ||
                            (wanted.in_pool != 0 && sets.contains(set, wanted.in_pool));
    if (!has_wanted) {
        Action action = make(ActionKind::kAddGroup, c);
        action.value = wanted.resolved.name;
        action.after = action.value;
        action.reason = "the tariff's group";
        emit(std::move(action), c);
    }
    std::vector<std::string> others;
    for (const std::uint32_t id : sets.set(set)) {
        if (managed_[id] && id != wanted.in_pool) {
            others.emplace_back(accounts_.groups().name(id));
        }
    }
    std::sort(others.begin(), others.end());
    for (std::string& name : others) {
        Action action = make(ActionKind::kRemoveGroup, c);
        action.before = name;
        action.value = std::move(name);
        action.reason = "the group of another tariff";
        emit(std::move(action), c);
    }
}

}  // namespace bn
