// From what a cloud says of its accounts' use of space to rows for billing and levels, and when a
// day is measured and told to the panel. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn {

struct AccountUsage {
    std::uint64_t used = 0;
    Quota quota;
};

// The accounts of one reading whose usage is known, by login key.
using UsageReading = std::unordered_map<std::string, AccountUsage>;

void add_usage(UsageReading& reading, const ActualAccount& account);

// How items are billed; alike where all is the same. Without an add-on all is empty.
struct BilledAs {
    std::string param;
    std::uint32_t measure = 0;
    std::int64_t bytes_per_unit = 0;  // 0: it has no unit that bytes can be divided into
    friend auto operator<=>(const BilledAs&, const BilledAs&) = default;
};

struct UsageReport {
    std::vector<ItemUsageRow> rows;
    std::uint64_t billed = 0;  // items with a row of their add-on
    std::map<BilledAs, std::vector<ItemUsage>> measured;
    std::vector<Event> level_changes;
    std::vector<std::string> problems;  // a few sentences for the log
    std::uint64_t bytes = 0;
    std::uint64_t close = 0;
    std::uint64_t over = 0;
};

struct UsageRules {
    double close_share = 0.9;
    bool former_names = false;  // rows of used_bytes and quota_bytes, too
};

// Only accounts that are ours by the ledger count. An item whose account was not in the reading
// gets no row: nothing is billed by guess.
UsageReport usage_report(
    const std::vector<UsageMeasure>& measures,
    ServerId server,
    const Ledger& ledger,
    const UsageReading& reading,
    const UsageRules& rules
);

// Bytes in units of `per_unit`, exact to four digits, rounded down: "1.5", "0.0001". REQUIRES:
// per_unit > 0.
std::string in_units(std::uint64_t bytes, std::int64_t per_unit);

UsageLevel usage_level(std::uint64_t used, Quota quota, double close_share);

// ---- one measurement a day

// The panel bills by its host's calendar.
struct LocalTime {
    std::string day;   // "2026-11-22"
    std::string time;  // "03:00"
};

// `at`: not before this local time. After a failure: when its pause is over. A server that is left
// alone is not measured.
[[nodiscard]] bool measurement_due(
    const LedgerServer& server, const LocalTime& local, const std::string& at, Time now
);

// The levels that changed, what each item used, and the day. `owed`: its rows are written for the
// panel to bill.
std::vector<Event> decide_measured(
    ServerId server, std::string day, const UsageReport& report, bool owed
);

// A try out of turn, because somebody asked for it, moves nothing.
std::vector<Event> decide_measure_failed(const Moment& at, ServerId id, const Error& error);

// ---- written days on their way to the panel

// The oldest day that the panel is to be told now and that is not in `tried`; empty: none.
// `asked_for`: no pause is kept.
[[nodiscard]] std::string next_day_to_post(
    const Moment& at, ServerId id, const std::set<std::string>& tried, bool asked_for
);

// Whether what the panel says to a day is another word than the last.
[[nodiscard]] bool post_is_news(
    const Ledger& ledger, ServerId server, const std::string& day, const Result<PanelAnswer>& answer
);

std::vector<Event> decide_posted(
    const Moment& at, ServerId server, const std::string& day, const Result<PanelAnswer>& answer
);

}  // namespace bn
