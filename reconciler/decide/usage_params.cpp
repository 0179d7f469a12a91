#include "reconciler/decide/usage_params.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace bn {

namespace {

// A percent of the largest count times a hundred does not fit 64 bits.
__extension__ using WideCount = unsigned __int128;

}  // namespace

bool usage_is_news(const LedgerItem& item, const MeasuredUsage& seen, Time now) {
    const bool there = owns(item) && item.server == seen.server && !row_of_another_client(item) &&
                       !item.unproved && !item.missed && !item.closed_at && !item.vanished_at_pass;
    if (!there || !item.usage_told) {
        return there;
    }
    const ToldUsage& told = *item.usage_told;
    if (seen.at <= told.measured_at) {
        return false;
    }
    const std::uint64_t used = seen.usage.used_bytes;
    const std::uint64_t change = std::max(used, told.used_bytes) - std::min(used, told.used_bytes);
    const Quota quota = seen.usage.quota;
    const std::uint64_t hundredth =
        quota.is_bytes() ? static_cast<std::uint64_t>(quota.count()) / 100 : kUsageStep;
    return quota != told.quota || (change > 0 && change >= std::min(hundredth, kUsageStep)) ||
           now - told.at >= kUsageToldFor;
}

std::vector<ItemId> usage_due(
    const Ledger& ledger, const MeasuredItems& measured, Time now, std::size_t most
) {
    std::vector<std::pair<Time, ItemId>> due;
    for (const auto& [id, seen] : measured) {
        const LedgerItem* item = ledger.item(id);
        if (item != nullptr && usage_is_news(*item, seen, now)) {
            due.emplace_back(item->usage_told ? item->usage_told->at : Time::min(), id);
        }
    }
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, due.size()));
    std::ranges::partial_sort(due, due.begin() + count);
    std::vector<ItemId> ids;
    std::transform(due.begin(), due.begin() + count, std::back_inserter(ids), [](const auto& one) {
        return one.second;
    });
    return ids;
}

std::vector<ServiceParam> usage_params(const ItemUsage& usage, std::string at) {
    std::string quota = usage.quota.is_unlimited() ? "unlimited" : "-";
    std::string percent = "-";
    if (usage.quota.is_bytes()) {
        const auto count = static_cast<std::uint64_t>(usage.quota.count());
        quota = fmt::format("{}", count);
        if (count > 0) {
            percent = fmt::format(
                "{}", static_cast<std::uint64_t>(WideCount{usage.used_bytes} * 100 / count)
            );
        }
    }
    return {
        {"used_bytes", fmt::format("{}", usage.used_bytes)},
        {"quota_bytes", std::move(quota)},
        {"used_percent", std::move(percent)},
        {"measured_at", std::move(at)}};
}

Event decide_usage_told(const MeasuredUsage& seen) {
    return UsageTold{
        seen.usage.item, seen.server, seen.usage.used_bytes, seen.usage.quota, seen.at};
}

}  // namespace bn
