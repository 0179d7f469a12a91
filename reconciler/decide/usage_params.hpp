// Which services' params of used space the panel is to be told now, and what they say. What it was
// told last is in the ledger (LedgerItem::usage_told). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

struct MeasuredUsage {
    ItemUsage usage;
    ServerId server;
    Time at{};
};

// The last measurement of each item.
using MeasuredItems = std::map<ItemId, MeasuredUsage>;

// A change by a hundredth of the quota, or by so much, is told at once; all else once a day.
inline constexpr std::uint64_t kUsageStep = 100ULL << 20;
inline constexpr Duration kUsageToldFor = std::chrono::hours(24);

// Of an account that is ours, is there and is not closed; and there is news of it.
[[nodiscard]] bool usage_is_news(const LedgerItem& item, const MeasuredUsage& seen, Time now);

// At most so many: those that were never told first, then those that were told longest ago.
[[nodiscard]] std::vector<ItemId> usage_due(
    const Ledger& ledger, const MeasuredItems& measured, Time now, std::size_t most
);

struct ServiceParam {
    std::string name;
    std::string value;
    friend bool operator==(const ServiceParam&, const ServiceParam&) = default;
};

inline constexpr std::size_t kUsageParams = 4;

// "used_bytes", "quota_bytes", "used_percent" (whole, rounded down) and "measured_at", which the
// caller words. What has no number is "unlimited" or "-", so that no former number stays.
[[nodiscard]] std::vector<ServiceParam> usage_params(const ItemUsage& usage, std::string at);

[[nodiscard]] Event decide_usage_told(const MeasuredUsage& seen);

}  // namespace bn
