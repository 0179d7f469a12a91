// Makes the account of an item what was sold: enabled, quota, e-mail, groups.
#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {
namespace {

using DriftValues = std::vector<DriftValue>;

void correct_enabled(Draft& draft, const Case& c, DriftValues& drift) {
    const bool read_only = draft.read_only(c.row);
    const bool wanted = draft.rows.record(c.row).wanted == Wanted::kEnabled || read_only;
    const bool enabled = draft.account_is(c.account, ActualTable::kEnabled);
    if (wanted == enabled) {
        return;
    }
    Action action = draft.make(wanted ? ActionKind::kEnable : ActionKind::kDisable, c);
    action.before = enabled ? "enabled" : "disabled";
    action.after = wanted ? "enabled" : "disabled";
    DriftValue found{DriftField::kEnabled, action.after, action.before};
    if (draft.left_by_hand(c, found)) {
        return;
    }
    drift.push_back(std::move(found));
    if (read_only && draft.accounts.record(c.account).quota != Quota::bytes(0)) {
        return;  // it would take files: a later plan enables it, when it is seen to take none
    }
    if (!wanted) {
        action.reason = "the item is suspended";
    } else if (read_only) {
        action.reason = "the item is suspended, and its account stays readable";
    } else if (c.known != nullptr && c.known->closed_at) {
        action.reason = "the item was bought back within its retention";
    } else {
        action.reason = "the item is active";
    }
    draft.emit(std::move(action), c);
}

// How much less it is; not known what is used counts as more than what is left.
Harm harm_of(Quota before, Quota after, std::optional<std::uint64_t> used) {
    if (!after.is_bytes() || (before.is_bytes() && before.count() <= after.count())) {
        return Harm::kNone;
    }
    // Of nothing at all the client can use nothing, whatever he has there.
    const bool fits =
        used && after.count() > 0 && *used <= static_cast<std::uint64_t>(after.count());
    // Who never had a size of his own, nor a file, loses nothing by his first one: the creation of
    // his account was not finished.
    if (fits && before.is_not_set() && *used == 0) {
        return Harm::kNone;
    }
    return fits ? Harm::kCutQuota : Harm::kCutBelowUse;
}

// Nothing else was sold: the item is suspended, or resumed. Takes files away from nobody, but the
// service from its client: it counts as the suspension that it is.
bool switches(const Draft& draft, const Case& c, Quota observed, Action& action) {
    if (draft.read_only(c.row)) {
        action.reason = "the item is suspended: its account stays readable and takes no more files";
        action.harm =
            draft.account_is(c.account, ActualTable::kEnabled) ? Harm::kDisable : Harm::kNone;
        return true;
    }
    const bool resumed = observed == Quota::bytes(0) &&
                         overdue_of(draft.options, draft.rows.tariff(c.row)) == Overdue::kReadOnly;
    if (resumed) {
        action.reason = "the item is active: its account takes files again";
    }
    return resumed;
}

void correct_quota(Draft& draft, const Case& c, DriftValues& drift) {
    const Quota sold = draft.quota_now(c.row);
    const Quota observed = draft.accounts.record(c.account).quota;
    if (!draft.fields.quota_differs(sold, observed)) {
        return;
    }
    Action action = draft.make(ActionKind::kSetQuota, c);
    action.quota = canonical(sold);
    action.before = to_string(observed);
    action.after = to_string(action.quota);
    DriftValue found{DriftField::kQuota, action.after, action.before};
    if (draft.left_by_hand(c, found)) {
        return;
    }
    drift.push_back(std::move(found));
    if (observed == Quota::bytes(0)) {
        draft.plan.read_only.push_back(c.item);  // until it has its space back
    }
    const bool owes = draft.rows.record(c.row).wanted == Wanted::kDisabled;
    if (owes && !draft.read_only(c.row) && observed == Quota::bytes(0) &&
        draft.account_is(c.account, ActualTable::kEnabled)) {
        return;  // he would store files again: given back once his account is seen to be disabled
    }
    if (switches(draft, c, observed, action)) {
        draft.emit(std::move(action), c);
        return;
    }
    action.reason = "another quota was sold";
    const std::optional<std::uint64_t> used = draft.accounts[c.account].used;
    action.harm = harm_of(observed, action.quota, used);
    if (action.harm == Harm::kCutBelowUse) {
        action.reason += used == 0U ? std::string(", and it leaves no room at all")
                         : used     ? fmt::format(
                                      ", and {} are used",
                                      to_string(Quota::bytes(static_cast<std::int64_t>(*used)))
                                  )
                                : std::string(", and what is used is not known");
    }
    draft.emit(std::move(action), c);
}

void correct_email(Draft& draft, const Case& c, DriftValues& drift) {
    if (!draft.fields.email_differs(c.row, c.account)) {
        return;
    }
    Action action = draft.make(ActionKind::kSetEmail, c);
    action.value = std::string(draft.rows.email(c.row));
    action.before = std::string(draft.accounts.email(c.account));
    action.after = action.value;
    DriftValue found{DriftField::kEmail, action.after, action.before};
    if (draft.left_by_hand(c, found)) {
        return;
    }
    drift.push_back(std::move(found));
    action.reason = "the owner has another e-mail address";
    draft.emit(std::move(action), c);
}

void correct_name(Draft& draft, const Case& c, DriftValues& drift) {
    if (!draft.fields.name_differs(c.row, c.account)) {
        return;
    }
    Action action = draft.make(ActionKind::kSetName, c);
    action.value = std::string(draft.fields.name_of(c.row));
    action.before = std::string(draft.accounts.display_name(c.account));
    action.after = action.value;
    action.reason = "the owner has another name";
    drift.push_back({DriftField::kName, action.after, action.before});
    draft.emit(std::move(action), c);
}

void correct_groups(Draft& draft, const Case& c, DriftValues& drift) {
    const std::uint32_t set = draft.accounts.record(c.account).group_set;
    if (!draft.fields.group_differs(draft.rows.record(c.row).group, set)) {
        return;
    }
    std::vector<std::string_view> names;  // sorted: the cloud's order means nothing
    for (const std::uint32_t id : draft.accounts.group_sets().set(set)) {
        names.push_back(draft.accounts.groups().name(id));
    }
    std::sort(names.begin(), names.end());
    const std::string_view sold = draft.rows.groups().name(draft.rows.record(c.row).group);
    DriftValue found{
        DriftField::kGroup, std::string(sold), fmt::format("{}", fmt::join(names, ", "))};
    if (draft.left_by_hand(c, found)) {
        return;
    }
    drift.push_back(std::move(found));
    if (std::optional<Hold> why = group_hold(draft, c)) {
        draft.plan.held.push_back({std::nullopt, *std::move(why)});
        return;
    }
    Comparison::GroupSteps steps = draft.fields.group_steps(c.row, c.account);
    if (!steps.add.empty()) {
        Action action = draft.make(ActionKind::kAddGroup, c);
        action.after = steps.add;
        action.value = std::move(steps.add);
        action.reason = "the tariff's group";
        emit_with_group(draft, std::move(action), c);
    }
    for (std::string& name : steps.remove) {
        Action action = draft.make(ActionKind::kRemoveGroup, c);
        action.before = name;
        action.value = std::move(name);
        action.reason = "the group of another tariff";
        draft.emit(std::move(action), c);
    }
}

}  // namespace

std::optional<Hold> group_hold(const Draft& draft, const Case& c) {
    const ResolvedGroup& group = draft.fields.group_of(c.row);
    if (!draft.options.manage_groups || group.state == GroupState::kNone ||
        group.state == GroupState::kFound || group.state == GroupState::kUnsaid) {
        return std::nullopt;
    }
    const std::string_view stored = draft.rows.groups().name(draft.rows.record(c.row).group);
    if (group.state == GroupState::kBad) {
        return Hold(
            c.item,
            draft.desired.id,
            HoldCode::kBadGroup,
            "pricelistparam usergroup of the tariff of " + of_item(c.item),
            fmt::format("The tariff's group {} means the group admin.", stored),
            "Choose another group in the tariff: clients are never made administrators."
        );
    }
    std::string what = fmt::format("The tariff's group {} does not exist in the cloud.", stored);
    if (draft.options.make_groups) {
        std::vector<std::string> others = draft.actual.groups;
        std::ranges::copy_if(
            draft.desired.managed_groups,
            std::back_inserter(others),
            [stored](const std::string& name) { return name != stored; }
        );
        const std::string_view why = why_not_made(stored, others);
        if (why.empty()) {
            return std::nullopt;
        }
        what = fmt::format(
            "The tariff's group {} does not exist in the cloud, and is not made: {}.", stored, why
        );
    }
    return Hold(
        c.item,
        draft.desired.id,
        HoldCode::kMissingGroup,
        fmt::format("group {} on server {}", stored, draft.desired.id.value),
        std::move(what),
        "Create the group in the cloud, or choose another one in the tariff. The group's id "
        "counts: one that was renamed in the cloud keeps its first name as its id."
    );
}

void emit_with_group(Draft& draft, Action action, const Case& c) {
    std::vector<Action>& actions = draft.plan.actions;
    const std::size_t before = actions.size();
    draft.emit(std::move(action), c);
    const ResolvedGroup& group = draft.fields.group_of(c.row);
    if (actions.size() == before || !draft.options.manage_groups ||
        group.state != GroupState::kMissing) {
        return;
    }
    Action make = draft.make(ActionKind::kMakeGroup, c);
    make.after = group.name;
    make.value = group.name;
    make.reason = "the cloud lacks the tariff's group";
    actions.insert(actions.end() - 1, std::move(make));
}

bool read_only_refused(Draft& draft, const Case& c) {
    if (!draft.read_only(c.row)) {
        return false;
    }
    if (draft.product.empty()) {
        return draft.hold_account(
            c,
            HoldCode::kIncompleteSnapshot,
            "The item is suspended and its account is to stay readable; which product its cloud is "
            "was not recorded yet.",
            "Nothing to do: the next pass knows it."
        );
    }
    return c.account != Case::npos && draft.accounts.record(c.account).quota.is_unknown() &&
           draft.hold_account(
               c,
               HoldCode::kIncompleteRead,
               "The item is suspended and its account is to stay readable; the cloud does not say "
               "which quota it has.",
               "Open the account in the cloud and look why its storage cannot be read, or say "
               "`overdue = \"disable\"` for this server in the configuration."
           );
}

void correct(Draft& draft, const Case& c) {
    if (read_only_refused(draft, c)) {
        return;
    }
    if (draft.read_only(c.row)) {
        draft.plan.read_only.push_back(c.item);
    }
    DriftValues drift;
    correct_enabled(draft, c, drift);
    correct_quota(draft, c, drift);
    correct_email(draft, c, drift);
    correct_name(draft, c, drift);
    correct_groups(draft, c, drift);
    draft.drifted(c, std::move(drift));
}

}  // namespace bn::rules
