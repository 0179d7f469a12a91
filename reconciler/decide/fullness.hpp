// Accounts that reach a share of their quota: told once, to the panel's staff, and again only after
// they have clearly left it. Pure; what was told is in the ledger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/decide/usage.hpp"

namespace bn {

struct FullnessRules {
    std::vector<std::uint32_t> thresholds;  // percent, ascending; none: nothing is said
    std::uint32_t margin = 5;               // percentage points below one: it is left
    bool tell = false;                      // the panel's staff is told
};

// The threshold that an account is at, in percent; 0: none. `before`: the one it was at. What is
// not known changes nothing; what is unlimited, or nothing at all, is never full.
[[nodiscard]] std::uint32_t threshold_at(
    std::uint32_t before, std::uint64_t used, Quota quota, const FullnessRules& rules
);

// What one reading says of the accounts of a server that are ours; see usage_report.
std::vector<Event> decide_thresholds(
    const std::vector<UsageMeasure>& measures,
    ServerId server,
    const Ledger& ledger,
    const UsageReading& reading,
    const FullnessRules& rules
);

// Items of which the staff is to be told now, at most `room`: results of orders go first. A panel
// that is away is asked by one of these where nothing else asks it.
std::vector<ItemId> notices_due(const Moment& at, std::size_t room);

// Why nobody needs to be told any more, though it is owed; empty: it is to be told.
[[nodiscard]] std::string why_no_notice(const LedgerItem& item);

// What the panel's answer means; nothing: it is told again. A refusal is final: asking again would
// not help. So is an answer that was lost: the task may be there.
std::vector<Event> decide_noticed(
    const LedgerItem& item, const OwedNotice& notice, const Result<PanelAnswer>& answer
);

}  // namespace bn
