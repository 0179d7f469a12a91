#include "reconciler/plan/claims.hpp"

#include <algorithm>
#include <compare>

#include <fmt/format.h>

namespace bn {
namespace {

bool same_cloud(
    const DesiredSnapshot& snapshot,
    const Ledger& ledger,
    const CloudIdentities& shown,
    SameCloud how,
    ServerId a,
    ServerId b
) {
    const auto identity = [&](ServerId id) -> std::string_view {
        const auto now = shown.find(id);
        if (now != shown.end() && !now->second.empty()) {
            return now->second;
        }
        const LedgerServer* known = ledger.server(id);
        return known != nullptr ? std::string_view(known->identity) : std::string_view();
    };
    if (!identity(a).empty() && identity(a) == identity(b)) {
        return true;
    }
    if (how == SameCloud::kMayBe && (identity(a).empty() || identity(b).empty())) {
        return true;
    }
    const auto address = [&](ServerId id) -> std::string_view {
        const DesiredServer* row = snapshot.server(id);
        const LedgerServer* known = ledger.server(id);
        if (row != nullptr) {
            return row->base_url;
        }
        return known != nullptr ? std::string_view(known->address) : std::string_view();
    };
    return !address(a).empty() && address(a) == address(b);
}

// Rows of a login, but those of one item.
template <class Visit>
void each_row(
    const DesiredSnapshot& snapshot,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but,
    ClaimsOf whose,
    const Visit& visit
) {
    const auto each_of = [&](const DesiredTable& rows) {
        for (std::size_t i = rows.find(login_key); i < rows.size() && rows.key(i) == login_key;
             ++i) {
            if (rows.record(i).item != but) {
                visit(rows, i);
            }
        }
    };
    for (const ServerId id : servers) {
        if (const DesiredServer* server = snapshot.server(id)) {
            each_of(server->accounts);
        }
    }
    each_of(snapshot.claims);  // of any server
    if (whose == ClaimsOf::kAnybody) {
        each_of(snapshot.foreign_claims);
    }
}

bool claims(const DesiredRecord& record) {
    return (record.flags & DesiredRecord::kHeld) != 0 || record.wanted == Wanted::kEnabled ||
           record.wanted == Wanted::kDisabled;
}

}  // namespace

std::vector<ServerId> servers_of_cloud(
    const DesiredSnapshot& snapshot,
    const Ledger& ledger,
    ServerId server,
    const CloudIdentities& shown,
    SameCloud how
) {
    std::vector<ServerId> all{server};
    all.reserve(1 + snapshot.servers.size() + ledger.servers().size());
    for (const DesiredServer& one : snapshot.servers) {
        all.push_back(one.id);
    }
    for (const auto& [id, known] : ledger.servers()) {
        all.push_back(id);
    }
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::erase_if(all, [&](ServerId id) {
        return id != server && !same_cloud(snapshot, ledger, shown, how, id, server);
    });
    return all;
}

std::vector<Claim> claims_on(
    const DesiredSnapshot& snapshot,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but,
    ClaimsOf whose
) {
    std::vector<Claim> found;
    const auto visit = [&](const DesiredTable& rows, std::size_t i) {
        const DesiredRecord& record = rows.record(i);
        if (claims(record)) {
            found.push_back(
                {record.item,
                 rows.client(i),
                 (record.flags & DesiredRecord::kLoginSaved) != 0,
                 (record.flags & DesiredRecord::kHeld) == 0}
            );
        }
    };
    each_row(snapshot, servers, login_key, but, whose, visit);
    return found;
}

std::optional<ItemId> unpaid_order_on(
    const DesiredSnapshot& snapshot,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but,
    std::uint32_t client
) {
    std::optional<ItemId> found;
    const auto visit = [&](const DesiredTable& rows, std::size_t i) {
        const DesiredRecord& record = rows.record(i);
        const bool of_client = client == 0 || rows.client(i) == client;
        if (record.wanted == Wanted::kNothing && !claims(record) && of_client) {
            found = found.value_or(record.item);
        }
    };
    each_row(snapshot, servers, login_key, but, ClaimsOf::kAnybody, visit);
    return found;
}

const LedgerItem* owner_on(
    const Ledger& ledger,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but
) {
    const LedgerItem* doubtful = nullptr;
    for (const ServerId server : servers) {
        const LedgerItem* owner = ledger.owner_of(server, login_key, but);
        if (owner != nullptr) {
            return owner;
        }
        const LedgerItem* any = ledger.owner_of(server, login_key);
        doubtful = any != nullptr && any->item != but ? any : doubtful;
    }
    return doubtful;
}

std::optional<RowSeen> row_on(
    const DesiredSnapshot& snapshot, const std::vector<ServerId>& servers, ItemId item
) {
    for (const ServerId id : servers) {
        const DesiredServer* server = snapshot.server(id);
        const std::size_t row =
            server != nullptr ? server->accounts.find(item) : DesiredTable::npos;
        if (row != DesiredTable::npos) {
            const DesiredRecord& record = server->accounts.record(row);
            const bool understood = (record.flags & DesiredRecord::kHeld) == 0;
            return RowSeen{
                understood && record.wanted == Wanted::kAbsent,
                understood && record.wanted == Wanted::kNothing,
                server->accounts.client(row)};
        }
    }
    const ClosedRow* closed = snapshot.closed_row(item);
    return closed != nullptr ? std::optional(RowSeen{true, false, closed->client}) : std::nullopt;
}

Likeness likeness_of(const DesiredAccount& row, const ActualAccount& account) {
    const bool addressed = !row.email.empty();
    if (addressed && std::is_eq(compare_logins(row.email, account.email))) {
        return Likeness::kAlike;
    }
    if (!row.quota.is_size()) {
        return Likeness::kUnknown;
    }
    if (row.wanted == Wanted::kDisabled && account.quota == Quota::bytes(0)) {
        return Likeness::kUnknown;  // who owes may have been left a quota of nothing
    }
    if (!same_meaning(canonical(row.quota), account.quota)) {
        return Likeness::kUnlike;
    }
    return addressed ? Likeness::kUnknown : Likeness::kAlike;
}

bool opened_before_us(const Ledger& ledger, ServerId server, const DesiredAccount& row) {
    const bool living = wants_account(row.wanted);
    if (!row.login_saved || !living) {
        return false;
    }
    const LedgerItem* known = ledger.item(row.item);
    if (known != nullptr && known->sold) {
        const Sold& sold = *known->sold;
        return sold.opened_before_us && known->server == server && sold.client == row.client &&
               login_key(sold.login) == login_key(row.login);
    }
    const bool elsewhere = known != nullptr && known->server.value != 0 && known->server != server;
    const LedgerServer* seen = ledger.server(server);
    if (!elsewhere && !was_read_whole(ledger, server)) {
        return true;
    }
    return seen != nullptr &&
           std::ranges::any_of(seen->imports, [&row](const RecentImport& import) {
               return import.certain && import.service == std::to_string(row.item.value) &&
                      import.login_key == login_key(row.login);
           });
}

std::optional<std::string> still_wanted(
    const DesiredSnapshot& fresh, const Ledger& ledger, const Action& action
) {
    if (!fresh.complete) {
        return "the panel could not be read whole just before: " + fresh.incomplete_reason;
    }
    if (is_older(fresh.mark, ledger.panel().mark)) {
        return "the panel's data read just before is older than what was seen before";
    }
    const std::vector<ServerId> servers =
        servers_of_cloud(fresh, ledger, action.server, {}, SameCloud::kMayBe);
    const std::optional<RowSeen> row = row_on(fresh, {action.server}, action.item);
    const LedgerItem* known = ledger.item(action.item);
    if (row ? !row->closed : fresh.has_row(action.item)) {
        return fmt::format("item {} is not closed any more", action.item.value);
    }
    if (!row && (known == nullptr || !known->vanished_at_pass || fresh.items.empty())) {
        return fmt::format("the row of item {} is gone since the plan was made", action.item.value);
    }
    if (row && known != nullptr && known->client != 0 && row->client != known->client) {
        return fmt::format("item {} is another client's now", action.item.value);
    }
    const std::string key = login_key(action.login);
    for (const Claim& claim : claims_on(fresh, servers, key, action.item, ClaimsOf::kAnybody)) {
        return fmt::format("item {} names the account {}", claim.item.value, action.login);
    }
    const std::uint32_t client = known != nullptr && known->client != 0 ? known->client
                                 : row                                  ? row->client
                                                                        : 0;
    const std::optional<ItemId> order =
        unpaid_order_on(fresh, servers, login_key(action.login), action.item, client);
    if (order) {
        return fmt::format(
            "item {}, which is not paid yet, names the account {}", order->value, action.login
        );
    }
    const LedgerItem* other = owner_on(
        ledger, servers_of_cloud(fresh, ledger, action.server), login_key(action.login), action.item
    );
    if (other != nullptr && owns(*other)) {
        return fmt::format("item {} has the account {} too", other->item.value, action.login);
    }
    return std::nullopt;
}

}  // namespace bn
