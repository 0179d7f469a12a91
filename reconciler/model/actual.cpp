#include "reconciler/model/actual.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bn {
namespace {

constexpr std::pair<ActualRecord::Flag, bool AccountState::*> kFlags[] = {
    {ActualRecord::kEnabled, &AccountState::enabled},
    {ActualRecord::kAdmin, &AccountState::admin},
    {ActualRecord::kHasFiles, &AccountState::has_files},
    {ActualRecord::kLocalBackend, &AccountState::local_backend},
    {ActualRecord::kDetailsKnown, &AccountState::details_known},
};

}  // namespace

ActualAccount OwnedActualAccount::view() const {
    const AccountState& state = *this;
    return {state, login, email, display_name, {groups.begin(), groups.end()}};
}

ActualAccount ActualTable::operator[](std::size_t i) const {
    const ActualRecord& record = records_[i];
    ActualAccount account;
    account.login = login(i);
    account.email = email(i);
    account.display_name = display_name(i);
    account.quota = record.quota;
    if (record.used != ActualRecord::kNotKnown) {
        account.used = record.used;
    }
    for (const std::uint32_t group : group_sets_.set(record.group_set)) {
        account.groups.push_back(groups_.name(group));
    }
    for (const auto& [flag, member] : kFlags) {
        account.*member = (record.flags & flag) != 0;
    }
    return account;
}

void ActualTable::Builder::reserve(std::size_t accounts) {
    table_.records_.reserve(accounts);
}

void ActualTable::Builder::add(const ActualAccount& account, std::uint16_t part) {
    if (listener_) {
        listener_(account);
    }
    ActualRecord record;
    record.quota = account.quota;
    record.used = account.used.value_or(ActualRecord::kNotKnown);
    record.part = part;
    std::vector<std::uint32_t> groups;
    groups.reserve(account.groups.size());
    for (const std::string_view group : account.groups) {
        groups.push_back(table_.groups_.intern(group));
    }
    record.group_set = table_.group_sets_.intern(std::move(groups));
    unsigned flags = 0;
    for (const auto& [flag, member] : kFlags) {
        flags |= account.*member ? static_cast<unsigned>(flag) : 0U;
    }
    if (account.login.size() > 255 || account.email.size() > 255) {
        flags &= ~static_cast<unsigned>(kDetailsKnown);
    }
    record.flags = static_cast<std::uint16_t>(flags);
    table_.append(record, account.login, account.email);
    if (names_kept_) {
        table_.name_at_.push_back(static_cast<std::uint32_t>(table_.names_.size()));
        table_.names_.append(account.display_name.substr(0, account.display_name.find('\0')));
        table_.names_.push_back('\0');
    }
}

ActualTable ActualTable::Builder::finish() && {
    // The later part first: of two readings of one account it is the one that stays.
    std::vector<std::uint32_t> order =
        table_.key_order([](const ActualRecord& a, const ActualRecord& b) {
            return a.part > b.part;
        });
    const auto repeated =
        std::ranges::unique(order, {}, [this](std::uint32_t i) { return table_.key(i); });
    order.erase(repeated.begin(), repeated.end());
    if (names_kept_) {
        std::vector<std::uint32_t> sorted;
        sorted.reserve(order.size());
        std::ranges::transform(order, std::back_inserter(sorted), [this](std::uint32_t i) {
            return table_.name_at_[i];
        });
        table_.name_at_ = std::move(sorted);
    }
    table_.arrange(order);
    return std::move(table_);
}

}  // namespace bn
