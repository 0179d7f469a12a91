#include "reconciler/plan/diff.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "reconciler/plan/differ.hpp"

namespace bn {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a == b || compare_logins(a, b) == std::strong_ordering::equal;
}

// As memcmp, without the call: the texts are short.
inline bool equal_bytes(const char* a, const char* b, std::size_t length) {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    std::size_t at = 0;
    for (; at + sizeof x <= length; at += sizeof x) {
        std::memcpy(&x, a + at, sizeof x);
        std::memcpy(&y, b + at, sizeof y);
        if (x != y) {
            return false;
        }
    }
    if (at == length) {
        return true;
    }
    if (length >= sizeof x) {  // the last eight bytes, some of them again
        std::memcpy(&x, a + length - sizeof x, sizeof x);
        std::memcpy(&y, b + length - sizeof y, sizeof y);
        return x == y;
    }
    for (; at < length; ++at) {
        if (a[at] != b[at]) {
            return false;
        }
    }
    return true;
}

// Wanted groups x sets of groups up to this many are tabulated before the walk.
constexpr std::size_t kMaxGroupTable = 1U << 22;

}  // namespace

Differ::Differ(
    const DesiredServer& desired,
    const DesiredSnapshot& snapshot,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const DiffOptions& options
)
    : desired_(desired),
      snapshot_(snapshot),
      actual_(actual),
      ledger_(ledger),
      options_(options),
      rows_(desired.accounts),
      accounts_(actual.accounts),
      settled_(ledger.settled(desired.id)) {
    if (!actual.own_login.empty()) {
        own_account_ = accounts_.find(login_key(actual.own_login));
    }
}

ServerPlan Differ::run() {
    plan_.server = desired_.id;
    plan_.name = desired_.name;
    plan_.actual_accounts = accounts_.size();
    plan_.desired_complete = snapshot_.complete;
    plan_.actual_complete = actual_.complete;
    prepare_groups();
    walk();
    add_reader_holds();
    hold_inactive_server();
    sort_plan(plan_);
    return std::move(plan_);
}

void Differ::prepare_groups() {
    const NamePool& stored = rows_.groups();
    const NamePool& pool = accounts_.groups();
    wanted_groups_.resize(stored.size());
    for (std::size_t i = 0; i < stored.size(); ++i) {
        WantedGroup& wanted = wanted_groups_[i];
        wanted.resolved = resolve_group(stored.name(static_cast<std::uint32_t>(i)), actual_.groups);
        if (wanted.resolved.state == GroupState::kFound) {
            wanted.in_pool = pool.find(wanted.resolved.name);
        }
    }
    managed_.assign(pool.size(), false);
    for (const std::string& name : managed_group_names(desired_.managed_groups, actual_.groups)) {
        if (const std::uint32_t id = pool.find(name); id != 0) {
            managed_[id] = true;
        }
    }
    group_sets_ = accounts_.group_sets().size();
    if (wanted_groups_.size() * group_sets_ <= kMaxGroupTable) {
        group_table_.resize(wanted_groups_.size() * group_sets_);
        for (std::size_t i = 0; i < group_table_.size(); ++i) {
            group_table_[i] = group_set_differs(
                static_cast<std::uint32_t>(i / group_sets_),
                static_cast<std::uint32_t>(i % group_sets_)
            );
        }
    }
}

bool Differ::group_set_differs(std::uint32_t group, std::uint32_t set) const {
    const WantedGroup& wanted = wanted_groups_[group];
    if (wanted.resolved.state == GroupState::kMissing ||
        wanted.resolved.state == GroupState::kBad) {
        return true;  // held, which is for the rules to say
    }
    bool has_wanted = wanted.resolved.state == GroupState::kNone;
    for (const std::uint32_t id : accounts_.group_sets().set(set)) {
        if (id == wanted.in_pool && id != 0) {
            has_wanted = true;
        } else if (managed_[id]) {
            return true;
        }
    }
    return !has_wanted;
}

bool Differ::group_differs(std::uint32_t group, std::uint32_t set) const {
    if (!options_.manage_groups) {
        return false;
    }
    return group_table_.empty() ? group_set_differs(group, set)
                                : group_table_[group * group_sets_ + set] != 0;
}

Quota Differ::canonical_cached(Quota sold) {
    if (!sold.is_bytes()) {
        return sold;
    }
    const auto mixed = static_cast<std::uint64_t>(sold.count()) * 0x9e3779b97f4a7c15ULL;
    CachedQuota& cached = quota_cache_[mixed >> 58];
    if (cached.sold != sold) {
        cached = {sold, canonical(sold)};
    }
    return cached.kept;
}

bool Differ::quota_differs(Quota sold, Quota observed) {
    if (sold == observed || sold.is_unknown() || observed.is_unknown() || !options_.manage_quota) {
        return false;
    }
    return canonical_cached(sold) != observed;
}

bool Differ::email_differs(std::size_t row, std::size_t account) const {
    const std::string_view sold = rows_.email(row);
    const std::string_view observed = accounts_.email(account);
    if (sold == observed || sold.empty() || !options_.manage_email) {
        return false;
    }
    return !equal_ignoring_case(sold, observed);
}

bool Differ::settled(ItemId item) const {
    return settled_ != nullptr && item.value < settled_->size() && (*settled_)[item.value];
}

int Differ::compare_keys(std::size_t row, std::size_t account) const {
    const std::string_view a = rows_.key(row);
    const std::string_view b = accounts_.key(account);
    return a.compare(b);
}

// All but login and e-mail is as it was sold, and nothing is noted about the item.
inline bool Differ::same_but_texts(
    const DesiredTable::Record& sold, const ActualTable::Record& observed
) {
    constexpr std::uint16_t kMask =
        ActualTable::kAdmin | ActualTable::kLocalBackend | ActualTable::kDetailsKnown;
    constexpr std::uint16_t kPlain = ActualTable::kLocalBackend | ActualTable::kDetailsKnown;
    const Wanted as_observed =
        (observed.flags & ActualTable::kEnabled) != 0 ? Wanted::kEnabled : Wanted::kDisabled;
    return (sold.flags & DesiredTable::kHeld) == 0 && sold.wanted == as_observed &&
           (observed.flags & kMask) == kPlain && !quota_differs(sold.quota, observed.quota) &&
           !group_differs(sold.group, observed.group_set) && settled(sold.item);
}

// Nothing to say about this pair of one key.
bool Differ::quiet(std::size_t row, std::size_t account) {
    return same_but_texts(rows_.record(row), accounts_.record(account)) &&
           !email_differs(row, account) && account != own_account_;
}

// How many pairs from here on are equal in every byte: the usual case, and the only one that must
// be fast. Key and e-mail lie side by side in both tables, so one comparison covers both.
std::size_t Differ::quiet_run(std::size_t row, std::size_t account) {
    std::size_t end = std::min(rows_.size() - row, accounts_.size() - account);
    if (own_account_ != npos && own_account_ >= account) {
        end = std::min(end, own_account_ - account);
    }
    const DesiredTable::Record* const sold = rows_.records() + row;
    const ActualTable::Record* const observed = accounts_.records() + account;
    const char* const sold_texts = rows_.texts();
    const char* const observed_texts = accounts_.texts();
    std::size_t run = 0;
    for (; run < end; ++run) {
        const DesiredTable::Record& a = sold[run];
        const ActualTable::Record& b = observed[run];
        const std::size_t length = std::size_t{a.key_length} + a.email_length;
        if (a.key_length != b.key_length || a.email_length != b.email_length ||
            !equal_bytes(sold_texts + a.text, observed_texts + b.text, length) ||
            !same_but_texts(a, b)) {
            break;
        }
    }
    return run;
}

void Differ::walk() {
    const std::size_t rows = rows_.size();
    const std::size_t accounts = accounts_.size();
    std::size_t row = 0;
    std::size_t account = 0;
    while (row < rows || account < accounts) {
        if (row < rows && account < accounts) {
            const std::size_t run = quiet_run(row, account);
            plan_.desired_accounts += run;
            row += run;
            account += run;
        }
        int order = 0;
        if (row == rows && account == accounts) {
            break;
        }
        if (row == rows) {
            order = 1;
        } else if (account == accounts) {
            order = -1;
        } else {
            order = compare_keys(row, account);
        }
        if (order > 0) {
            only_in_cloud(account++);
            continue;
        }
        const Wanted wanted = rows_.record(row).wanted;
        if (wanted == Wanted::kEnabled || wanted == Wanted::kDisabled) {
            ++plan_.desired_accounts;
        }
        if (order == 0) {
            if (!quiet(row, account)) {
                examine(row, account);
            }
            ++account;
        } else {
            // A further row of the login that was just matched (a closed item and its successor).
            const bool again = account > 0 && rows_.key(row) == accounts_.key(account - 1);
            examine(row, again ? account - 1 : npos);
        }
        ++row;
    }
}

void Differ::add_reader_holds() {
    for (const Hold& hold : snapshot_.holds) {
        if (hold.server != desired_.id || reader_held_.contains(hold.item)) {
            continue;
        }
        if (options_.only_item ? *options_.only_item == hold.item : !actual_.narrow) {
            plan_.held.push_back({std::nullopt, hold});
        }
    }
}

void Differ::hold_inactive_server() {
    if (desired_.active) {
        return;
    }
    for (Action& action : plan_.actions) {
        Hold why(
            action.item,
            desired_.id,
            HoldCode::kServerDisabled,
            "processingmodule " + std::to_string(desired_.id.value),
            "The panel has switched this server off.",
            "Switch the processing module on in the panel when the server shall be served again."
        );
        plan_.held.push_back({std::move(action), std::move(why)});
    }
    plan_.actions.clear();
}

ServerPlan diff(
    const DesiredServer& desired,
    const DesiredSnapshot& snapshot,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const DiffOptions& options
) {
    return Differ(desired, snapshot, actual, ledger, options).run();
}

DriftMask compare(
    const DesiredAccount& desired,
    const ActualAccount& actual,
    const std::vector<std::string>& managed_groups,
    const DiffOptions& options,
    const std::vector<std::string>& cloud_groups
) {
    DriftMask drift = 0;
    const auto add = [&](DriftField field) {
        drift = static_cast<DriftMask>(drift | static_cast<DriftMask>(field));
    };
    if (desired.wanted == Wanted::kAbsent && actual.enabled) {
        add(DriftField::kOrphan);
    }
    if (desired.wanted == Wanted::kNothing || desired.wanted == Wanted::kAbsent ||
        !actual.details_known) {
        return drift;
    }
    if (actual.enabled != (desired.wanted == Wanted::kEnabled)) {
        add(DriftField::kEnabled);
    }
    if (options.manage_quota && !desired.quota.is_unknown() && !actual.quota.is_unknown() &&
        !same_meaning(desired.quota, actual.quota)) {
        add(DriftField::kQuota);
    }
    if (options.manage_email && !desired.email.empty() &&
        !equal_ignoring_case(desired.email, actual.email)) {
        add(DriftField::kEmail);
    }
    if (!options.manage_groups) {
        return drift;
    }
    // Without the cloud's list every name counts as there.
    std::vector<std::string> known = cloud_groups;
    if (known.empty()) {
        known.assign(actual.groups.begin(), actual.groups.end());
        const auto name = [](const std::string& text) {
            return text.find_first_not_of("0123456789") != std::string::npos;
        };
        std::copy_if(managed_groups.begin(), managed_groups.end(), std::back_inserter(known), name);
        if (!desired.group.empty() && name(std::string(desired.group))) {
            known.emplace_back(desired.group);
        }
    }
    const ResolvedGroup wanted = resolve_group(desired.group, known);
    const bool by_position = cloud_groups.empty() && wanted.name != desired.group;
    if (wanted.state == GroupState::kMissing || wanted.state == GroupState::kBad || by_position) {
        if (!cloud_groups.empty()) {
            add(DriftField::kGroup);
        }
        return drift;
    }
    bool has_wanted = wanted.state == GroupState::kNone;
    const std::vector<std::string> managed = managed_group_names(managed_groups, known);
    for (const std::string_view group : actual.groups) {
        if (wanted.state == GroupState::kFound && group == wanted.name) {
            has_wanted = true;
        } else if (std::binary_search(managed.begin(), managed.end(), group)) {
            add(DriftField::kGroup);
        }
    }
    if (!has_wanted) {
        add(DriftField::kGroup);
    }
    return drift;
}

}  // namespace bn
