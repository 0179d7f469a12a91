#include "reconciler/model/desired.hpp"

#include <algorithm>
#include <utility>

namespace bn {
namespace {

bool by_item(const DesiredRecord& a, const DesiredRecord& b) {
    return a.item < b.item;
}

}  // namespace

DesiredAccount DesiredTable::operator[](std::size_t i) const {
    const DesiredRecord& record = records_[i];
    DesiredAccount account;
    account.item = record.item;
    account.email = email(i);
    account.login = login(i);
    account.display_name = display_name(i);
    account.group = groups_.name(record.group);
    account.quota = record.quota;
    account.tariff = tariffs_[i];
    account.client = clients_[i];
    account.wanted = record.wanted;
    account.held = (record.flags & kHeld) != 0;
    account.login_saved = (record.flags & kLoginSaved) != 0;
    account.in_progress = (record.flags & kInProgress) != 0;
    account.maybe_unpaid = (record.flags & kMaybeUnpaid) != 0;
    return account;
}

std::size_t DesiredTable::find(ItemId item) const {
    const auto found = std::ranges::find(records_, item, &DesiredRecord::item);
    return found == records_.end() ? npos : static_cast<std::size_t>(found - records_.begin());
}

std::size_t DesiredTable::find(std::string_view key, ItemId item) const {
    for (std::size_t i = find(key); i < size() && this->key(i) == key; ++i) {
        if (records_[i].item == item) {
            return i;
        }
    }
    return npos;
}

void DesiredTable::Builder::reserve(std::size_t accounts) {
    table_.records_.reserve(accounts);
    table_.tariffs_.reserve(accounts);
    table_.clients_.reserve(accounts);
    table_.display_names_.reserve(accounts);
}

void DesiredTable::Builder::add(const DesiredAccount& account) {
    BN_REQUIRE(
        account.held || (account.login.size() <= 255 && account.email.size() <= 255),
        "a login or an address that is too long is held: cut short, it would be another one"
    );
    DesiredRecord record;
    record.quota = account.quota;
    record.item = account.item;
    record.group = table_.groups_.intern(account.group);
    record.wanted = account.wanted;
    record.flags = static_cast<std::uint8_t>(
        (account.held ? kHeld : 0) | (account.login_saved ? kLoginSaved : 0) |
        (account.in_progress ? kInProgress : 0) | (account.maybe_unpaid ? kMaybeUnpaid : 0)
    );
    table_.append(record, account.login, account.email);
    table_.tariffs_.push_back(account.tariff);
    table_.clients_.push_back(account.client);
    table_.display_names_.push_back(static_cast<std::uint32_t>(table_.names_.size()));
    table_.names_.append(account.display_name.substr(0, account.display_name.find('\0')));
    table_.names_.push_back('\0');
}

DesiredTable DesiredTable::Builder::finish() && {
    const std::vector<std::uint32_t> order = table_.key_order(by_item);
    const auto follow = [&order](std::vector<std::uint32_t>& column) {
        std::vector<std::uint32_t> sorted;
        sorted.reserve(column.size());
        for (std::size_t i = 0; i < column.size(); ++i) {
            sorted.push_back(column[order[i]]);
        }
        column = std::move(sorted);
    };
    if (table_.arrange(order)) {
        follow(table_.tariffs_);
        follow(table_.clients_);
        follow(table_.display_names_);
    }
    table_.tariffs_.shrink_to_fit();
    table_.clients_.shrink_to_fit();
    table_.names_.shrink_to_fit();
    table_.display_names_.shrink_to_fit();
    return std::move(table_);
}

const DesiredServer* DesiredSnapshot::server(ServerId id) const {
    const auto found = std::ranges::lower_bound(servers, id, {}, &DesiredServer::id);
    return found != servers.end() && found->id == id ? &*found : nullptr;
}

bool DesiredSnapshot::has_row(ItemId item) const {
    return std::binary_search(items.begin(), items.end(), item);
}

const ClosedRow* DesiredSnapshot::closed_row(ItemId item) const {
    const auto found = std::ranges::lower_bound(closed, item, {}, &ClosedRow::item);
    return found != closed.end() && found->item == item ? &*found : nullptr;
}

}  // namespace bn
