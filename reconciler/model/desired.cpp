#include "reconciler/model/desired.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "reconciler/model/key_order.hpp"

namespace bn {

DesiredAccount DesiredTable::operator[](std::size_t i) const {
    const Record& record = records_[i];
    DesiredAccount account;
    account.item = record.item;
    account.email = email(i);
    account.login = key(i);
    if ((record.flags & kSpelled) != 0) {
        const std::size_t at = record.text + std::size_t{record.key_length} + record.email_length;
        account.login = std::string_view(arena_).substr(at, record.key_length);
    }
    if (!display_names_.empty()) {
        account.display_name = names_.data() + display_names_[i];
    }
    account.group = groups_.name(record.group);
    account.quota = record.quota;
    account.tariff = tariffs_[i];
    account.wanted = record.wanted;
    account.held = (record.flags & kHeld) != 0;
    account.login_saved = (record.flags & kLoginSaved) != 0;
    account.in_progress = (record.flags & kInProgress) != 0;
    return account;
}

std::size_t DesiredTable::find(std::string_view key) const {
    return find_key(*this, key);
}

std::size_t DesiredTable::find(ItemId item) const {
    const auto found = std::find_if(records_.begin(), records_.end(), [&](const Record& record) {
        return record.item == item;
    });
    return found == records_.end() ? npos : static_cast<std::size_t>(found - records_.begin());
}

std::size_t DesiredTable::bytes() const {
    return bytes_without_display_names() + names_.capacity() +
           display_names_.capacity() * sizeof(std::uint32_t);
}

std::size_t DesiredTable::bytes_without_display_names() const {
    return records_.capacity() * sizeof(Record) + tariffs_.capacity() * sizeof(std::uint32_t) +
           arena_.capacity();
}

void DesiredTable::Builder::reserve(std::size_t accounts) {
    table_.records_.reserve(accounts);
    table_.tariffs_.reserve(accounts);
}

void DesiredTable::Builder::add(const DesiredAccount& account) {
    BN_REQUIRE(
        account.held || (account.login.size() <= 255 && account.email.size() <= 255),
        "a login or an address that is too long is held: cut short, it would be another one"
    );
    Record record;
    record.quota = account.quota;
    record.item = account.item;
    record.text = static_cast<std::uint32_t>(table_.arena_.size());
    record.group = table_.groups_.intern(account.group);
    const std::string_view login = account.login.substr(0, 255);
    const std::string_view email = account.email.substr(0, 255);
    record.key_length = static_cast<std::uint8_t>(login.size());
    record.email_length = static_cast<std::uint8_t>(email.size());
    record.wanted = account.wanted;
    record.flags = static_cast<std::uint8_t>(
        (account.held ? kHeld : 0) | (account.login_saved ? kLoginSaved : 0) |
        (account.in_progress ? kInProgress : 0)
    );
    append_key(table_.arena_, login);
    table_.arena_.append(email);
    if (has_upper(login)) {
        record.flags = static_cast<std::uint8_t>(record.flags | kSpelled);
        table_.arena_.append(login);
    }
    if (!account.display_name.empty() && table_.display_names_.empty()) {
        table_.names_.assign(1, '\0');  // offset 0: no name
        table_.display_names_.reserve(table_.records_.capacity());
        table_.display_names_.assign(table_.records_.size(), 0);
    }
    table_.records_.push_back(record);
    table_.tariffs_.push_back(account.tariff);
    if (!table_.names_.empty()) {
        std::uint32_t at = 0;
        if (!account.display_name.empty()) {
            at = static_cast<std::uint32_t>(table_.names_.size());
            table_.names_.append(account.display_name.substr(0, account.display_name.find('\0')));
            table_.names_.push_back('\0');
        }
        table_.display_names_.push_back(at);
    }
}

DesiredTable DesiredTable::Builder::finish() && {
    const auto before = [](const Record& a, const Record& b) { return a.item < b.item; };
    const std::vector<std::uint32_t> order = key_order(table_, before);
    if (!order.empty()) {
        std::vector<Record> records;
        std::vector<std::uint32_t> tariffs;
        std::vector<std::uint32_t> names;
        std::string arena;
        records.reserve(order.size());
        tariffs.reserve(order.size());
        names.reserve(table_.display_names_.size());
        arena.reserve(table_.arena_.size());
        for (const std::uint32_t i : order) {
            Record record = table_.records_[i];
            const bool spelled = (record.flags & kSpelled) != 0;
            const std::size_t length =
                std::size_t{record.key_length} * (spelled ? 2 : 1) + record.email_length;
            const std::string_view text =
                std::string_view(table_.arena_).substr(record.text, length);
            record.text = static_cast<std::uint32_t>(arena.size());
            arena.append(text);
            records.push_back(record);
            tariffs.push_back(table_.tariffs_[i]);
            if (!table_.display_names_.empty()) {
                names.push_back(table_.display_names_[i]);
            }
        }
        table_.records_ = std::move(records);
        table_.tariffs_ = std::move(tariffs);
        table_.arena_ = std::move(arena);
        table_.display_names_ = std::move(names);
    }
    table_.records_.shrink_to_fit();
    table_.tariffs_.shrink_to_fit();
    table_.arena_.shrink_to_fit();
    table_.names_.shrink_to_fit();
    table_.display_names_.shrink_to_fit();
    return std::move(table_);
}

std::vector<std::vector<ItemId>> DesiredTable::Builder::hold_duplicates() {
    const DesiredTable& table = table_;
    const auto before = [](const Record& a, const Record& b) { return a.item < b.item; };
    std::vector<std::uint32_t> order = key_order(table, before);
    if (order.empty()) {
        order.resize(table.size());
        std::iota(order.begin(), order.end(), 0U);
    }
    std::erase_if(order, [&](std::uint32_t i) {
        return table.records_[i].wanted == Wanted::kAbsent;
    });
    std::vector<std::vector<ItemId>> clashes;
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first + 1;
        while (last < order.size() && table.key(order[last]) == table.key(order[first])) {
            ++last;
        }
        if (last - first > 1) {
            std::vector<ItemId>& clash = clashes.emplace_back();
            for (std::size_t i = first; i < last; ++i) {
                Record& record = table_.records_[order[i]];
                record.flags = static_cast<std::uint8_t>(record.flags | kHeld);
                clash.push_back(record.item);
            }
        }
        first = last;
    }
    return clashes;
}

const DesiredServer* DesiredSnapshot::server(ServerId id) const {
    const auto found = std::lower_bound(
        servers.begin(),
        servers.end(),
        id,
        [](const DesiredServer& s, ServerId i) { return s.id < i; }
    );
    return found != servers.end() && found->id == id ? &*found : nullptr;
}

bool DesiredSnapshot::has_row(ItemId item) const {
    return std::binary_search(items.begin(), items.end(), item);
}

}  // namespace bn
