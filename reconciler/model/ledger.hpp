// The ledger: what the events say about each item. A fold of the event stream (events/evolve.hpp),
// nothing else writes it. Not thread-safe; the controller owns one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reconciler/model/hold.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/plan/action.hpp"

namespace bn {

enum class Ownership : std::uint8_t { kNone, kCreated, kAdopted };
std::string_view to_string(Ownership ownership);

// Drift fields, as a set of bits. The names are metric labels.
enum class DriftField : std::uint8_t {
    kMissing = 1,
    kOrphan = 2,
    kQuota = 4,
    kEnabled = 8,
    kGroup = 16,
    kEmail = 32,
};
inline constexpr DriftField kAllDriftFields[] = {
    DriftField::kMissing,
    DriftField::kOrphan,
    DriftField::kQuota,
    DriftField::kEnabled,
    DriftField::kGroup,
    DriftField::kEmail};
std::string_view to_string(DriftField field);
using DriftMask = std::uint8_t;

constexpr DriftMask operator|(DriftField a, DriftField b) {
    return static_cast<DriftMask>(static_cast<DriftMask>(a) | static_cast<DriftMask>(b));
}

constexpr bool has(DriftMask mask, DriftField field) {
    return (mask & static_cast<DriftMask>(field)) != 0;
}

// An intent whose outcome is not recorded yet.
struct PendingAction {
    std::string action_id;
    Action action;
    std::string secret_ref;  // create and set-password: where the sealed password lies
    Time intended_at{};
    friend bool operator==(const PendingAction&, const PendingAction&) = default;
};

struct LedgerItem {
    ItemId item;
    ServerId server;    // of the account that we own or work on
    std::string login;  // its spelling; empty: no account so far
    Ownership ownership = Ownership::kNone;
    bool deleted = false;  // we deleted the account (or found it gone when we were to)
    std::vector<PendingAction> in_doubt;  // normally one at most
    std::vector<Hold> holds;              // as last recorded
    DriftMask drift = 0;
    Time drift_since{};
    std::optional<Time> retained_until;             // closed and disabled; deletion not before this
    std::optional<std::uint64_t> vanished_at_pass;  // row gone, first seen at this pass number
    std::uint32_t failures = 0;                     // consecutive failed attempts
    std::optional<Time> next_attempt_at;
    // Flap detection: corrections of one field without lasting effect.
    std::uint32_t repeated_corrections = 0;
    std::string last_correction;  // "quota=5368709120"
    Time last_correction_at{};
    bool paused = false;
    std::uint64_t stream_version = 0;  // of the item's event stream

    friend bool operator==(const LedgerItem&, const LedgerItem&) = default;
};

struct LedgerServer {
    ServerId server;
    std::string product;
    std::string version;
    std::uint64_t complete_passes = 0;  // passes whose two snapshots were complete
    std::uint64_t last_desired = 0;     // size of the last complete desired state
    std::uint64_t last_actual = 0;
    std::optional<Time> last_attempt_at;
    std::optional<Time> last_success_at;
    std::optional<Time> quarantined_until;
    std::uint32_t failures = 0;
    std::string last_error;
    std::string stopped_plan;  // checksum of a plan that a guard stopped; empty: none
    std::string approved_plan;
    std::uint64_t stream_version = 0;

    friend bool operator==(const LedgerServer&, const LedgerServer&) = default;
};

class Ledger {
  public:
    [[nodiscard]] const LedgerItem* item(ItemId id) const;
    [[nodiscard]] const LedgerServer* server(ServerId id) const;
    // The item whose account (created, adopted, or in doubt) has this key on this server.
    [[nodiscard]] const LedgerItem* owner_of(ServerId server, std::string_view login_key) const;

    [[nodiscard]] const std::unordered_map<ItemId, LedgerItem>& items() const { return items_; }

    [[nodiscard]] const std::map<ServerId, LedgerServer>& servers() const { return servers_; }

    [[nodiscard]] std::uint64_t last_event() const { return last_event_; }  // global position

    // For evolve and for tests.
    LedgerItem& edit(ItemId id);
    LedgerServer& edit(ServerId id);

    void set_last_event(std::uint64_t position) { last_event_ = position; }

    // Keeps owner_of right after `login`, `server`, `ownership` or `in_doubt` changed.
    void reindex(const LedgerItem& before, const LedgerItem& after);

    friend bool operator==(const Ledger& a, const Ledger& b) {
        return a.items_ == b.items_ && a.servers_ == b.servers_;
    }

  private:
    std::unordered_map<ItemId, LedgerItem> items_;
    std::map<ServerId, LedgerServer> servers_;
    std::unordered_map<std::string, ItemId> by_login_;  // "<server>/<key>"
    std::uint64_t last_event_ = 0;
};

}  // namespace bn
