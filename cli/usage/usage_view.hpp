// One item's month of used space on one screen, as JSON and as CSV. Values and their rendering;
// pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/screen/doubts.hpp"
#include "reconciler/decide/usage_month.hpp"

namespace bn::cli {

struct UsageView {
    Time now{};
    InDoubt doubts;
    ItemId item;
    ServerId server;  // that the item is on; 0: none
    std::string server_name;
    std::string month;           // "2026-11"
    std::vector<DayUsage> days;  // of the month, up to today
    UsageSummary summary;
    std::optional<UsageForecast> forecast;  // nothing: the month is over

    UsageView() = default;
};

std::string render_usage(const UsageView& usage, const ScreenOptions& options);
std::string usage_to_json(const UsageView& usage);

// One line a day under a line of names (RFC 4180). What is not known is empty.
std::string usage_to_csv(const UsageView& usage);

}  // namespace bn::cli
