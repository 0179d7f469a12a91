#include "reconciler/plan/comparison.hpp"

#include <algorithm>
#include <cstring>

namespace bn {
namespace {

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

bool any_read_only(const DiffOptions& options) {
    return options.overdue == Overdue::kReadOnly ||
           std::ranges::any_of(options.overdue_of_tariff, [](const auto& own) {
               return own.second == Overdue::kReadOnly;
           });
}

// As the cloud keeps it.
std::string_view kept_name(std::string_view name) {
    constexpr std::string_view kBlanks = " \t\n\r\v";
    const std::size_t first = std::min(name.find_first_not_of(kBlanks), name.size());
    name.remove_prefix(first);
    return name.substr(0, name.find_last_not_of(kBlanks) + 1);
}

}  // namespace

Comparison::Comparison(const PlanFacts& facts, const DiffOptions& options)
    : rows_(facts.desired.accounts),
      accounts_(facts.actual.accounts),
      options_(options),
      group_sets_(accounts_.group_sets().size()),
      settled_(facts.ledger.settled(facts.desired.id)),
      read_only_(any_read_only(options)) {
    if (!facts.actual.own_login.empty()) {
        own_account_ = accounts_.find(login_key(facts.actual.own_login));
    }
    const NamePool& stored = rows_.groups();
    const NamePool& pool = accounts_.groups();
    wanted_groups_.resize(stored.size());
    for (std::size_t i = 0; i < stored.size(); ++i) {
        WantedGroup& wanted = wanted_groups_[i];
        wanted.resolved =
            resolve_group(stored.name(static_cast<std::uint32_t>(i)), facts.actual.groups);
        if (wanted.resolved.state == GroupState::kFound) {
            wanted.in_pool = pool.find(wanted.resolved.name);
        }
    }
    managed_.assign(pool.size(), false);
    for (const std::string& name :
         managed_group_names(facts.desired.managed_groups, facts.actual.groups)) {
        if (const std::uint32_t id = pool.find(name); id != 0) {
            managed_[id] = true;
        }
    }
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

bool Comparison::group_set_differs(std::uint32_t group, std::uint32_t set) const {
    const WantedGroup& wanted = wanted_groups_[group];
    if (wanted.resolved.state == GroupState::kMissing ||
        wanted.resolved.state == GroupState::kBad) {
        return true;  // held, which is for the rules to say
    }
    if (wanted.resolved.state == GroupState::kUnsaid) {
        return false;  // the tariff is told of, its accounts stay as they are
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

bool Comparison::any_unsaid_group() const {
    return std::ranges::any_of(wanted_groups_, [](const WantedGroup& wanted) {
        return wanted.resolved.state == GroupState::kUnsaid;
    });
}

bool Comparison::group_differs(std::uint32_t group, std::uint32_t set) const {
    if (!options_.manage_groups) {
        return false;
    }
    return group_table_.empty() ? group_set_differs(group, set)
                                : group_table_[group * group_sets_ + set] != 0;
}

Quota Comparison::canonical_cached(Quota sold) {
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

bool Comparison::quota_differs(Quota sold, Quota observed) {
    if (sold == observed || !sold.is_size() || observed.is_unknown() || !options_.manage_quota) {
        return false;
    }
    return canonical_cached(sold) != observed;
}

bool Comparison::email_differs(std::size_t row, std::size_t account) const {
    const std::string_view sold = rows_.email(row);
    const std::string_view observed = accounts_.email(account);
    if (sold == observed || sold.empty() || !options_.manage_email) {
        return false;
    }
    return compare_logins(sold, observed) != std::strong_ordering::equal;
}

bool Comparison::name_differs(std::size_t row, std::size_t account) const {
    if (!options_.keep_names) {
        return false;
    }
    const std::string_view sold = name_of(row);
    const std::string_view observed = accounts_.display_name(account);
    return !sold.empty() && !observed.empty() && sold != observed;
}

std::string_view Comparison::name_of(std::size_t row) const {
    return kept_name(rows_.display_name(row));
}

bool Comparison::settled(ItemId item, std::uint32_t client) const {
    const std::uint32_t known = item.value < settled_.size() ? settled_[item.value] : 0;
    return known == client ? known != 0 : known == Ledger::kAnyClient;
}

// All but login and e-mail is as it was sold, the row is still that of the account's client, and
// nothing is noted about the item.
inline bool Comparison::same_but_texts(
    const DesiredTable::Record& sold, std::uint32_t client, const ActualTable::Record& observed
) {
    constexpr std::uint16_t kMask =
        ActualTable::kAdmin | ActualTable::kLocalBackend | ActualTable::kDetailsKnown;
    constexpr std::uint16_t kPlain = ActualTable::kLocalBackend | ActualTable::kDetailsKnown;
    const Wanted as_observed =
        (observed.flags & ActualTable::kEnabled) != 0 ? Wanted::kEnabled : Wanted::kDisabled;
    return (sold.flags & DesiredTable::kHeld) == 0 && sold.wanted == as_observed &&
           !(read_only_ && sold.wanted == Wanted::kDisabled) &&
           (observed.flags & kMask) == kPlain && !quota_differs(sold.quota, observed.quota) &&
           !group_differs(sold.group, observed.group_set) && settled(sold.item, client);
}

bool Comparison::quiet(std::size_t row, std::size_t account) {
    return same_but_texts(rows_.record(row), rows_.client(row), accounts_.record(account)) &&
           !email_differs(row, account) && !name_differs(row, account) && account != own_account_;
}

// Key and e-mail lie side by side in both tables, so one comparison covers both.
std::size_t Comparison::quiet_run(std::size_t row, std::size_t account) {
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
            !same_but_texts(a, rows_.client(row + run), b) ||
            name_differs(row + run, account + run)) {
            break;
        }
    }
    return run;
}

const ResolvedGroup& Comparison::group_of(std::size_t row) const {
    return wanted_groups_[rows_.record(row).group].resolved;
}

Comparison::GroupSteps Comparison::group_steps(std::size_t row, std::size_t account) const {
    const WantedGroup& wanted = wanted_groups_[rows_.record(row).group];
    const GroupSetPool& sets = accounts_.group_sets();
    const std::uint32_t set = accounts_.record(account).group_set;
    const bool has_wanted = wanted.resolved.state == GroupState::kNone ||
                            (wanted.in_pool != 0 && sets.contains(set, wanted.in_pool));
    GroupSteps steps;
    if (!has_wanted) {
        steps.add = wanted.resolved.name;
    }
    for (const std::uint32_t id : sets.set(set)) {
        if (managed_[id] && id != wanted.in_pool) {
            steps.remove.emplace_back(accounts_.groups().name(id));
        }
    }
    std::sort(steps.remove.begin(), steps.remove.end());
    return steps;
}

}  // namespace bn
