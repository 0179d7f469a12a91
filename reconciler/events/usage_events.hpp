// Events of the space that accounts use: what was measured, what the panel was told of it, and who
// came close to his quota.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/events/event_kind.hpp"
#include "reconciler/model/fields.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// ---- stream "item-<id>"

struct UsageLevelChanged {
    static constexpr EventKind kKind{
        "item.usage_level_changed", "An account came close to its quota, over it, or back."};
    ItemId item;
    ServerId server;
    UsageLevel level = UsageLevel::kUnknown;
    std::uint64_t used_bytes = 0;
    Quota quota;
    BN_FIELDS(UsageLevelChanged, item, server, level, used_bytes, quota);
};

// An account reached a share of its quota. Told once: it must have left it clearly before it can
// reach it again.
struct UsageThresholdReached {
    static constexpr EventKind kKind{
        "item.usage_threshold_reached", "An account reached a share of its quota."};
    ItemId item;
    ServerId server;
    std::uint32_t share = 0;  // percent
    std::uint64_t used_bytes = 0;
    Quota quota;
    bool owed = false;  // the panel's staff is to be told
    BN_FIELDS(UsageThresholdReached, item, server, share, used_bytes, quota, owed);
};

struct UsageThresholdLeft {
    static constexpr EventKind kKind{
        "item.usage_threshold_left", "An account has clearly left a share of its quota again."};
    ItemId item;
    ServerId server;
    std::uint32_t share = 0;  // percent, that it is still at; 0: none
    std::uint64_t used_bytes = 0;
    Quota quota;
    BN_FIELDS(UsageThresholdLeft, item, server, share, used_bytes, quota);
};

// The panel's staff was told, or the panel refused it: it is not told again.
struct UsageThresholdTold {
    static constexpr EventKind kKind{
        "item.usage_threshold_told", "The panel was told that an account is nearly full."};
    ItemId item;
    ServerId server;
    std::uint32_t share = 0;  // percent
    std::string answer;       // of the panel
    BN_FIELDS(UsageThresholdTold, item, server, share, answer);
};

struct UsageTold {
    static constexpr EventKind kKind{
        "item.usage_told", "The panel's params of the service show how much space is used."};
    ItemId item;
    ServerId server;
    std::uint64_t used_bytes = 0;
    Quota quota;
    Time measured_at{};
    BN_FIELDS(UsageTold, item, server, used_bytes, quota, measured_at);
};

// ---- stream "server-<id>"

struct ItemUsage {
    ItemId item;
    std::uint64_t used_bytes = 0;
    Quota quota;  // as sold; where that is not recorded, as the account has it
    BN_FIELDS(ItemUsage, item, used_bytes, quota);
};

// A day's measurement, before the UsageMeasured that ends it: of some of the items, all billed
// alike. What an item is billed is its bytes in units of `bytes_per_unit`, see in_units. A day that
// is measured again has new ones, and these count no more.
struct UsageItemsMeasured {
    static constexpr EventKind kKind{
        "usage.items_measured", "How much space items used on one day, and what of it is billed."};
    ServerId server;
    std::string day;                  // "2026-11-22"
    std::string param;                // internal name of the disk add-on; empty: nothing is billed
    std::uint32_t measure = 0;        // measure.id of the add-on
    std::int64_t bytes_per_unit = 0;  // 0: it has no unit that bytes can be divided into
    std::vector<ItemUsage> items;     // at most kUsagePortion
    BN_FIELDS(UsageItemsMeasured, server, day, param, measure, bytes_per_unit, items);
};

inline constexpr std::size_t kUsagePortion = 500;

struct UsageMeasured {
    static constexpr EventKind kKind{
        "usage.measured", "One day's usage was measured, and written if the panel is told.", 2};
    ServerId server;
    std::string day;  // "2026-11-22"
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;
    bool owed = true;  // written for the panel, which has not been told to bill it yet
    BN_FIELDS(UsageMeasured, server, day, items, bytes, owed);
};

struct UsagePosted {  // the panel was told to bill that day
    static constexpr EventKind kKind{"usage.posted", "The panel was told to bill one day's usage."};
    ServerId server;
    std::string day;
    BN_FIELDS(UsagePosted, server, day);
};

struct UsageMeasureFailed {
    static constexpr EventKind kKind{"usage.measure_failed", "Usage could not be measured."};
    ServerId server;
    std::string what;
    Time next_attempt_at{};
    BN_FIELDS(UsageMeasureFailed, server, what, next_attempt_at);
};

struct UsagePostRefused {
    static constexpr EventKind kKind{
        "usage.post_refused", "The panel did not take one day's usage; it is told again."};
    ServerId server;
    std::string day;
    std::string what;
    Time next_attempt_at{};
    BN_FIELDS(UsagePostRefused, server, day, what, next_attempt_at);
};

}  // namespace bn
