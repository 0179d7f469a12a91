// From what a cloud says of its accounts' use of space to rows for billing and levels. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::controller {

struct AccountUsage {
    std::uint64_t used = 0;
    Quota quota;
};

// Collects the accounts of one reading, by login key.
class UsageReading {
  public:
    void add(const ActualAccount& account);
    [[nodiscard]] const AccountUsage* find(const std::string& login_key) const;

  private:
    std::unordered_map<std::string, AccountUsage> accounts_;
};

struct UsageReport {
    std::vector<ItemUsageRow> rows;
    std::vector<Event> level_changes;
    std::vector<std::string> problems;  // a few sentences for the log
    std::uint64_t bytes = 0;
    std::uint64_t close = 0;
    std::uint64_t over = 0;
};

// Only accounts that are ours by the ledger count. An item whose account was not in the reading
// gets no row: nothing is billed by guess.
UsageReport usage_report(
    const std::vector<UsageMeasure>& measures,
    ServerId server,
    const Ledger& ledger,
    const UsageReading& reading,
    double close_share
);

// Bytes in units of `per_unit`, exact to four digits, rounded down: "1.5", "0.0001". REQUIRES:
// per_unit > 0.
std::string in_units(std::uint64_t bytes, std::int64_t per_unit);

UsageLevel usage_level(std::uint64_t used, Quota quota, double close_share);

}  // namespace bn::controller
