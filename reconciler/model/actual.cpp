#include "reconciler/model/actual.hpp"

#include <algorithm>
#include <utility>

#include "reconciler/model/key_order.hpp"

namespace bn {
namespace {

constexpr std::uint16_t flag(bool set, ActualTable::Flag bit) {
    return set ? static_cast<std::uint16_t>(bit) : std::uint16_t{0};
}

}  // namespace

ActualAccount OwnedActualAccount::view() const {
    ActualAccount account;
    account.login = login;
    account.email = email;
    account.quota = quota;
    account.groups.assign(groups.begin(), groups.end());
    account.enabled = enabled;
    account.admin = admin;
    account.has_files = has_files;
    account.logged_in_before = logged_in_before;
    account.local_backend = local_backend;
    account.details_known = details_known;
    account.used = used;
    return account;
}

ActualAccount ActualTable::operator[](std::size_t i) const {
    const Record& record = records_[i];
    ActualAccount account;
    account.login = key(i);
    if ((record.flags & kSpelled) != 0) {
        const std::size_t at = record.text + std::size_t{record.key_length} + record.email_length;
        account.login = std::string_view(arena_).substr(at, record.key_length);
    }
    account.email = email(i);
    account.quota = record.quota;
    for (const std::uint32_t group : group_sets_.set(record.group_set)) {
        account.groups.push_back(groups_.name(group));
    }
    account.enabled = (record.flags & kEnabled) != 0;
    account.admin = (record.flags & kAdmin) != 0;
    account.has_files = (record.flags & kHasFiles) != 0;
    account.logged_in_before = (record.flags & kLoggedIn) != 0;
    account.local_backend = (record.flags & kLocalBackend) != 0;
    account.details_known = (record.flags & kDetailsKnown) != 0;
    return account;
}

OwnedActualAccount ActualTable::owned(std::size_t i) const {
    const ActualAccount view = (*this)[i];
    OwnedActualAccount account;
    account.login = view.login;
    account.email = view.email;
    account.quota = view.quota;
    account.groups.assign(view.groups.begin(), view.groups.end());
    std::sort(account.groups.begin(), account.groups.end());
    account.enabled = view.enabled;
    account.admin = view.admin;
    account.has_files = view.has_files;
    account.logged_in_before = view.logged_in_before;
    account.local_backend = view.local_backend;
    account.details_known = view.details_known;
    return account;
}

std::size_t ActualTable::find(std::string_view key) const {
    return find_key(*this, key);
}

std::size_t ActualTable::bytes() const {
    return records_.capacity() * sizeof(Record) + arena_.capacity();
}

void ActualTable::Builder::reserve(std::size_t accounts) {
    table_.records_.reserve(accounts);
}

void ActualTable::Builder::add(const ActualAccount& account, std::uint16_t part) {
    if (listener_) {
        listener_(account);
    }
    const std::string_view login = account.login.substr(0, 255);
    const std::string_view email = account.email.substr(0, 255);
    const bool whole = login.size() == account.login.size() && email.size() == account.email.size();
    Record record;
    record.quota = account.quota;
    record.text = static_cast<std::uint32_t>(table_.arena_.size());
    record.part = part;
    record.key_length = static_cast<std::uint8_t>(login.size());
    record.email_length = static_cast<std::uint8_t>(email.size());
    std::vector<std::uint32_t> groups;
    groups.reserve(account.groups.size());
    for (const std::string_view group : account.groups) {
        groups.push_back(table_.groups_.intern(group));
    }
    record.group_set = table_.group_sets_.intern(std::move(groups));
    record.flags = static_cast<std::uint16_t>(
        flag(account.enabled, kEnabled) | flag(account.admin, kAdmin) |
        flag(account.has_files, kHasFiles) | flag(account.logged_in_before, kLoggedIn) |
        flag(account.local_backend, kLocalBackend) |
        flag(account.details_known && whole, kDetailsKnown)
    );
    append_key(table_.arena_, login);
    table_.arena_.append(email);
    if (has_upper(login)) {
        record.flags = static_cast<std::uint16_t>(record.flags | kSpelled);
        table_.arena_.append(login);
    }
    table_.records_.push_back(record);
}

ActualTable ActualTable::Builder::finish() && {
    // The later part first: of two readings of one account it is the one that stays.
    const auto before = [](const Record& a, const Record& b) { return a.part > b.part; };
    const std::vector<std::uint32_t> order = key_order(table_, before);
    bool repeated = false;
    for (std::size_t i = 1; i < table_.size() && order.empty() && !repeated; ++i) {
        repeated = table_.key(i) == table_.key(i - 1);
    }
    if (!order.empty() || repeated) {
        std::vector<Record> records;
        std::string arena;
        records.reserve(table_.size());
        arena.reserve(table_.arena_.size());
        std::string_view last;
        for (std::size_t n = 0; n < table_.size(); ++n) {
            const std::size_t i = order.empty() ? n : order[n];
            if (n > 0 && table_.key(i) == last) {
                continue;
            }
            last = table_.key(i);
            Record record = table_.records_[i];
            const bool spelled = (record.flags & kSpelled) != 0;
            const std::size_t length =
                std::size_t{record.key_length} * (spelled ? 2 : 1) + record.email_length;
            const std::string_view text =
                std::string_view(table_.arena_).substr(record.text, length);
            record.text = static_cast<std::uint32_t>(arena.size());
            arena.append(text);
            records.push_back(record);
        }
        table_.records_ = std::move(records);
        table_.arena_ = std::move(arena);
    }
    table_.records_.shrink_to_fit();
    table_.arena_.shrink_to_fit();
    return std::move(table_);
}

}  // namespace bn
