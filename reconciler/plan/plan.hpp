// A plan is a value: sorted, comparable, printable. Dry run, saved plan and apply share it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/action.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// What may be done to a server at all. There is no default: the configuration says it.
enum class Policy : std::uint8_t {
    kObserve,     // nothing
    kCreateOnly,  // adopt and create
    kUpsertOnly,  // and change; never disable for closing, never delete
    kSync,        // everything
};
template <>
inline constexpr std::array kNamesOf<Policy> =
    names("observe", "create-only", "upsert-only", "sync");

// Drift of one item, whether or not something will be done about it.
struct Drift {
    ItemId item;
    std::string login;
    std::vector<DriftValue> fields;

    [[nodiscard]] DriftMask mask() const { return mask_of(fields); }

    friend bool operator==(const Drift&, const Drift&) = default;
};

// An action that would be right but is held, or an item that is held as a whole.
struct HeldAction {
    std::optional<Action> action;
    Hold hold;
    friend bool operator==(const HeldAction&, const HeldAction&) = default;
};

// An account of a closed item that the reading lacks: somebody removed it by hand. Once a look
// proves that, the item owns nothing, so that a later account of that name is not taken for its.
struct GoneAccount {
    ItemId item;
    std::string login;
    friend bool operator==(const GoneAccount&, const GoneAccount&) = default;
};

// An account of a closed item that another item has, and wants: the closed one owns it no longer.
struct HandOver {
    ItemId item;
    std::string login;
    ItemId to;
    friend bool operator==(const HandOver&, const HandOver&) = default;
};

// A tariff whose stored group says nothing (GroupState::kUnsaid). New accounts get none, the groups
// of others stay as they are.
struct UnsaidGroup {
    std::uint32_t tariff = 0;  // pricelist.id
    std::string stored;
    std::uint64_t services = 0;
    BN_FIELDS(UnsaidGroup, tariff, stored, services);
};

struct ServerPlan {
    ServerId server;
    std::string name;
    Policy policy = Policy::kObserve;
    // Urgent first, then by item; within one item in the order of execution.
    std::vector<Action> actions;
    std::vector<HeldAction> held;  // sorted by item
    std::vector<Drift> drift;      // sorted by item
    // Of accounts of ours that no rule above spoke of: gone, or in use again though closed.
    std::vector<Drift> aside;
    std::vector<GoneAccount> gone;      // in the order of logins; no part of what would be done
    std::vector<HandOver> handed_over;  // likewise
    std::vector<UnsaidGroup> unsaid_groups;  // likewise, sorted by tariff
    // Likewise: who takes no files is suspended though his account is enabled.
    std::vector<ItemId> read_only;
    std::uint64_t desired_accounts = 0;  // items that want an account, enabled or disabled
    std::uint64_t actual_accounts = 0;
    std::uint64_t unmanaged_accounts = 0;  // in the cloud, not ours, not asked for: left alone
    bool desired_complete = false;
    bool actual_complete = false;
    // Why what the plan takes away waits for an approval: it is held (kBlastRadius), all else goes
    // on. Empty: it does not.
    std::string stopped;
    std::string stopped_remedy;
    std::vector<Harm> stopped_harms;
    // Why the reading of a side is not believed; empty: it is.
    std::string panel_doubt;
    std::string cloud_doubt;

    [[nodiscard]] std::uint64_t count(ActionKind kind) const;
    [[nodiscard]] std::uint64_t destructive_count() const;
    [[nodiscard]] std::uint64_t put_count() const;
    // What would be done, without times and reasons: equal texts are equal plans.
    [[nodiscard]] std::string canonical_text() const;
    // A plan of what waits for an approval, and of nothing else: that is what people approve.
    [[nodiscard]] ServerPlan staged() const;

    friend bool operator==(const ServerPlan&, const ServerPlan&) = default;
};

struct Plan {
    Time made_at{};
    std::vector<ServerPlan> servers;  // sorted by server
    // Services that no server here can be asked about: their module is gone, or none is chosen.
    std::vector<Hold> unplaced = {};  // sorted by item

    [[nodiscard]] bool empty() const;  // nothing to do (held things may stand)
    [[nodiscard]] std::uint64_t action_count() const;
    // A canonical text of what would be done, without times: equal texts are equal plans. The
    // checksum that people and files see is a hash of it, made by the shell.
    [[nodiscard]] std::string canonical_text() const;

    friend bool operator==(const Plan&, const Plan&) = default;
};

// Time that the budgeted calls of a plan need at least: 50 per 600 s and login on Nextcloud 27+.
struct PutBudget {
    std::uint32_t calls = 50;
    Duration window = std::chrono::minutes(10);
    bool limited = true;

    PutBudget() = default;

    PutBudget(std::uint32_t c, Duration w, bool l) : calls(c), window(w), limited(l) {}
};

// Urgent actions first, then by item; within one item the order is that of execution and stays.
// Held actions and drift by item.
void sort_plan(ServerPlan& plan);

// REQUIRES: the budget allows a call at all.
Duration time_for_puts(std::uint64_t puts, const PutBudget& budget);

}  // namespace bn
