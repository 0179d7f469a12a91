// Policy and guards: ServerPlan -> ServerPlan. Each holds actions back; none ever adds one. The
// policy is first, the guards follow in the order of `apply_guards`: pauses, windows, protected
// accounts, back-off, snapshots, clock, absent accounts, ownership, limits.
#pragma once

#include <functional>
#include <string>

#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/limits.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/plan/windows.hpp"

namespace bn {

struct GuardOptions {
    Time now{};
    LimitRules limits;
    Windows windows;
    ZoneOffset zone_offset;  // not set: all zones are UTC
    // A state that shrank by more than this against the last complete one is not believed.
    double max_shrink = 0.2;
    std::uint32_t shrink_from = 20;               // populations below this are not judged by share
    Duration max_age = std::chrono::minutes(30);  // of either snapshot
    // So many accounts of ours may be gone at once, or this share of them, to be made anew without
    // a person's word.
    std::uint32_t max_absent = 3;
    double max_absent_share = 0.05;
    // The checksum that people approve, of one server's plan (a hash of its canonical text; the
    // shell's business). Not set: the canonical text itself.
    std::function<std::string(const ServerPlan&)> checksum;
    // Checksum of what waits and an operator approved, beside the one in the ledger.
    std::string approved_plan;
};

// The size of a side, against what it is judged by.
[[nodiscard]] bool shrank(std::uint64_t now, std::uint64_t before, const GuardOptions& options);

[[nodiscard]] bool allowed(Policy policy, const Action& action);
// Moves what the server's policy does not allow to `held`. Closing disables (an item that wants no
// account any more) need kSync; a disable of a suspended item needs kUpsertOnly.
ServerPlan apply_policy(ServerPlan plan, Policy policy);

// Admins, the account that we log in with, and accounts of foreign backends.
ServerPlan guard_protected(ServerPlan plan, const ActualSnapshot& actual);
// Every action must be on an account that the ledger says is ours, or follow an adoption or a
// creation in the same plan.
ServerPlan guard_ownership(ServerPlan plan, const Ledger& ledger);
// An incomplete, empty, shrunken or old snapshot of either side allows nothing destructive, nor
// does one of a panel whose data went back in time; one of the cloud allows no creation either. A
// narrow reading has no size: for it stands what was said of the last whole one.
ServerPlan guard_snapshots(ServerPlan plan, const PlanFacts& facts, const GuardOptions& options);

// Many accounts of ours that are gone at once are not made anew: their clients' passwords would be
// replaced, and their files may be on a cloud that does not answer just now. Where the cloud has
// not shown in this pass that it is ours, nothing at all is done there. A person ends it, for those
// that were known to be missing then.
ServerPlan guard_absent(ServerPlan plan, const PlanFacts& facts, const GuardOptions& options);

// All of them.
ServerPlan apply_guards(ServerPlan plan, const PlanFacts& facts, const GuardOptions& options);

// ---- the whole pure part of a pass for one server: diff, then policy, then guards

struct PlanOptions {
    Policy policy = Policy::kObserve;
    DiffOptions diff;
    GuardOptions guards;

    explicit PlanOptions(Policy p) : policy(p) {}
};

ServerPlan make_server_plan(const PlanFacts& facts, const PlanOptions& options);

}  // namespace bn
