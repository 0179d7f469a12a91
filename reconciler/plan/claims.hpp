// Who names an account, and who owns it: over all services and all servers that lead to one cloud.
//
// Two processing modules of a panel may lead to the same cloud, and two services may name the same
// login: a rule that looks at one row of one server takes from the other what is his.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/action.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// A service that wants the account of a login.
struct Claim {
    ItemId item;
    std::uint32_t client = 0;  // 0: not known
    bool opened = false;       // its opening has ended (DesiredAccount::login_saved)
    bool understood = true;    // false: its row is held, what it wants is not known
};

// What clouds show of themselves, by server: of this pass, before it is recorded.
using CloudIdentities = std::map<ServerId, std::string>;

// All servers of the panel and the ledger that lead to the cloud of this one, itself included:
// those that show the same identity (`shown` wins over what is recorded), or have the same address.
// With kMayBe also those of which that is not known: what takes away asks them too.
enum class SameCloud : std::uint8_t { kKnown, kMayBe };
std::vector<ServerId> servers_of_cloud(
    const DesiredSnapshot& snapshot,
    const Ledger& ledger,
    ServerId server,
    const CloudIdentities& shown = {},
    SameCloud how = SameCloud::kKnown
);

// With kAnybody also services on no server that have no tariff of ours: what takes away asks them.
enum class ClaimsOf : std::uint8_t { kOurs, kAnybody };

// Services other than `but` whose rows name this login and want it, enabled or suspended, and those
// whose rows are not understood. Orders that were never paid claim nothing.
std::vector<Claim> claims_on(
    const DesiredSnapshot& snapshot,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but,
    ClaimsOf whose
);

// An order of this client, not paid yet, that names the login: its client expects the files once he
// has paid. Client 0: it is not known whose files they are, so anybody's. Nothing: there is none.
std::optional<ItemId> unpaid_order_on(
    const DesiredSnapshot& snapshot,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but,
    std::uint32_t client
);

// The item other than `but` whose account this is, or may be (a call in doubt). An owner goes
// before one that only has a call in doubt.
const LedgerItem* owner_on(
    const Ledger& ledger,
    const std::vector<ServerId>& servers,
    std::string_view login_key,
    ItemId but
);

// What the row of an item on one of these servers, or of a closed one on none, says; nothing: it
// has no row there. One that is not understood is neither closed nor unpaid.
struct RowSeen {
    bool closed = false;
    bool unpaid = false;
    std::uint32_t client = 0;
};

std::optional<RowSeen> row_on(
    const DesiredSnapshot& snapshot, const std::vector<ServerId>& servers, ItemId item
);

// Whether an account that was away, or of whose past nothing is known, is the service's.
enum class Likeness : std::uint8_t {
    kAlike,    // it has its e-mail address; where none is known, its size
    kUnlike,   // neither its address nor its size
    kUnknown,  // a client may have changed his address; of a closed service no size is known
};

Likeness likeness_of(const DesiredAccount& row, const ActualAccount& account);

// The item was opened, with this login and for this client, before its server was first read whole:
// by an earlier module then, whose account may be adopted. So may that of a service that the
// panel's staff made of it (AccountImported). Once lost (another login, a closing), it does not
// come back.
bool opened_before_us(const Ledger& ledger, ServerId server, const DesiredAccount& row);

// A fresh reading of the panel says that nobody wants this account: the service is closed under it,
// or its row is gone as the ledger knows. Nothing: it is so; else why it may not be deleted.
std::optional<std::string> still_wanted(
    const DesiredSnapshot& fresh, const Ledger& ledger, const Action& action
);

}  // namespace bn
