#include "controller/reporting/usage.hpp"

#include <fmt/format.h>

namespace bn::controller {

namespace {

// A rest times ten thousand does not fit 64 bits.
__extension__ using Wide = unsigned __int128;

constexpr std::size_t kMostProblems = 10;

void note(UsageReport& report, std::string problem) {
    if (report.problems.size() < kMostProblems) {
        report.problems.push_back(std::move(problem));
    }
}

void count_level(
    UsageReport& report, const LedgerItem& item, const AccountUsage& usage, double close_share
) {
    const UsageLevel level = usage_level(usage.used, usage.quota, close_share);
    report.close += level == UsageLevel::kClose ? 1 : 0;
    report.over += level == UsageLevel::kOver ? 1 : 0;
    // The first measurement of an account with room enough is no news.
    const bool first_fine = item.usage == UsageLevel::kUnknown && level == UsageLevel::kFine;
    if (level == item.usage || level == UsageLevel::kUnknown || first_fine) {
        return;
    }
    UsageLevelChanged changed;
    changed.item = item.item;
    changed.server = item.server;
    changed.level = level;
    changed.used_bytes = usage.used;
    changed.quota = usage.quota;
    report.level_changes.emplace_back(changed);
}

}  // namespace

void UsageReading::add(const ActualAccount& account) {
    if (account.used && account.details_known) {
        accounts_[login_key(account.login)] = AccountUsage{*account.used, account.quota};
    }
}

const AccountUsage* UsageReading::find(const std::string& login_key) const {
    const auto it = accounts_.find(login_key);
    return it == accounts_.end() ? nullptr : &it->second;
}

std::string in_units(std::uint64_t bytes, std::int64_t per_unit) {
    const auto unit = static_cast<std::uint64_t>(per_unit);
    const std::uint64_t whole = bytes / unit;
    // The rest is below one unit: at most 2^63, so it is widened before it is multiplied.
    const auto rest = static_cast<Wide>(bytes % unit);
    const auto digits = static_cast<std::uint64_t>(rest * 10000 / unit);
    return digits == 0 ? fmt::format("{}", whole) : fmt::format("{}.{:04}", whole, digits);
}

UsageLevel usage_level(std::uint64_t used, Quota quota, double close_share) {
    if (quota.is_unlimited()) {
        return UsageLevel::kFine;
    }
    if (!quota.is_bytes()) {
        return UsageLevel::kUnknown;
    }
    const auto limit = static_cast<std::uint64_t>(quota.count());
    if (used > limit) {
        return UsageLevel::kOver;
    }
    const double share = close_share * static_cast<double>(limit);
    return static_cast<double>(used) > share ? UsageLevel::kClose : UsageLevel::kFine;
}

UsageReport usage_report(
    const std::vector<UsageMeasure>& measures,
    ServerId server,
    const Ledger& ledger,
    const UsageReading& reading,
    double close_share
) {
    UsageReport report;
    for (const UsageMeasure& measure : measures) {
        const LedgerItem* item = ledger.item(measure.item);
        if (measure.server != server || item == nullptr || !owns(*item) || item->server != server) {
            continue;
        }
        const AccountUsage* usage = reading.find(login_key(item->login));
        if (usage == nullptr) {
            note(report, fmt::format("item {}: its account was not read", measure.item.value));
            continue;
        }
        report.bytes += usage->used;
        count_level(report, *item, *usage, close_share);
        if (!measure.has_addon) {
            continue;
        }
        if (measure.bytes_per_unit <= 0) {
            note(report, fmt::format("item {}: {}", measure.item.value, measure.problem));
            continue;
        }
        ItemUsageRow row;
        row.item = measure.item;
        row.param = measure.param;
        row.value = in_units(usage->used, measure.bytes_per_unit);
        row.measure = measure.measure;
        report.rows.push_back(std::move(row));
    }
    return report;
}

}  // namespace bn::controller
