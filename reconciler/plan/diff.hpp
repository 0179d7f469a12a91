// diff: desired x actual x ledger -> what would be right, before policy and guards.
//
// Pure. One pass over sorted tables; look-ups in the ledger only where something differs. See
// reconciler/README.md for the table of rules.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn {

// What becomes of an account while its item is suspended.
enum class Overdue : std::uint8_t {
    kDisable,
    kReadOnly,  // it works, and takes no more files: a quota of nothing, until the item is resumed
};
template <>
inline constexpr std::array kNamesOf<Overdue> = names("disable", "read-only");

struct DiffOptions {
    Time now{};
    Retention retention = std::chrono::hours(24 * 14);
    // A row must stay gone for so much observed time, and so many complete passes.
    Duration vanished_after = std::chrono::hours(1);
    std::uint32_t vanished_passes = 3;
    // A field corrected this often within the window without lasting effect is fought over.
    std::uint32_t fight_limit = 3;
    Duration fight_window = std::chrono::hours(24);
    // Compare and correct these fields; others are left alone.
    bool manage_email = true;
    bool manage_groups = true;
    bool manage_quota = true;
    // Of these, a difference that was made by hand stays until another one is sold.
    DriftMask by_hand = 0;
    // Set when an account is made, and left alone after that.
    DriftMask create_only = 0;
    // Of items that are suspended; by tariff (pricelist.id), where it has its own.
    Overdue overdue = Overdue::kDisable;
    std::map<std::uint32_t, Overdue> overdue_of_tariff = {};
    // A group that a tariff names and the cloud lacks is made, once an item needs it.
    bool make_groups = false;
    // The display name is kept equal; else it is set once, by the create.
    bool keep_names = false;
};

[[nodiscard]] Overdue overdue_of(const DiffOptions& options, std::uint32_t tariff);

// What a plan is made from; it must outlive what is made.
struct PlanFacts {
    const DesiredServer& desired;     // the server's part of it, or of that some rows
    const DesiredSnapshot& snapshot;  // the whole of it: holds, row list, completeness
    const ActualSnapshot& actual;
    const Ledger& ledger;
    // What the clouds of this pass show of themselves, before that is recorded.
    std::map<ServerId, std::string> identities = {};
};

// The result's policy is not applied yet.
ServerPlan diff(const PlanFacts& facts, const DiffOptions& options);

}  // namespace bn
