#include "reconciler/decide/usage.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "reconciler/retry/backoff.hpp"

namespace bn {

namespace {

// A rest times ten thousand does not fit 64 bits.
__extension__ using Wide = unsigned __int128;

constexpr std::size_t kMostProblems = 10;
constexpr Duration kFirstMeasurePause = std::chrono::minutes(1);
constexpr Duration kFirstPostPause = std::chrono::seconds(15);
constexpr Duration kLongestPause = std::chrono::hours(1);

// A clock that was set back makes nobody wait longer than the longest pause.
bool due(const std::optional<Time>& next, Time now) {
    return !next || *next <= now || *next - now > kLongestPause;
}

const OwedDay* owed_day(const Ledger& ledger, ServerId id, const std::string& day) {
    const LedgerServer* server = ledger.server(id);
    if (server == nullptr) {
        return nullptr;
    }
    const auto it = std::ranges::find(server->stat_owed, day, &OwedDay::day);
    return it == server->stat_owed.end() ? nullptr : &*it;
}

std::string text_of(const Result<PanelAnswer>& answer) {
    return answer ? answer->short_text() : answer.error().text();
}

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
    report.level_changes.emplace_back(UsageLevelChanged{
        item.item, item.server, level, usage.used, usage.quota});
}

// What was sold; where that is not recorded, what the account has.
Quota quota_of(const LedgerItem& item, const AccountUsage& usage) {
    return item.sold && item.sold->quota.is_size() ? item.sold->quota : usage.quota;
}

// Under the names of the former module, in bytes; no row for what is no number, and none in the
// place of an add-on of that name.
void add_former_rows(UsageReport& report, const ItemUsage& used, const std::string& param) {
    const auto add = [&](const char* name, std::uint64_t bytes) {
        if (param != name) {
            ItemUsageRow row;
            row.item = used.item;
            row.param = name;
            row.value = fmt::format("{}", bytes);
            report.rows.push_back(std::move(row));
        }
    };
    add("used_bytes", used.used_bytes);
    if (used.quota.is_bytes()) {
        add("quota_bytes", static_cast<std::uint64_t>(used.quota.count()));
    }
}

// The row for billing, if there is one.
void bill(UsageReport& report, const UsageMeasure& measure, std::uint64_t used) {
    if (!measure.has_addon) {
        return;
    }
    if (measure.bytes_per_unit <= 0) {
        note(report, fmt::format("item {}: {}", measure.item.value, measure.problem));
        return;
    }
    ItemUsageRow row;
    row.item = measure.item;
    row.param = measure.param;
    row.value = in_units(used, measure.bytes_per_unit);
    row.measure = measure.measure;
    report.rows.push_back(std::move(row));
    ++report.billed;
}

BilledAs billed_as(const UsageMeasure& measure) {
    return measure.has_addon
               ? BilledAs{measure.param, measure.measure, std::max<std::int64_t>(measure.bytes_per_unit, 0)}
               : BilledAs{};
}

}  // namespace

void add_usage(UsageReading& reading, const ActualAccount& account) {
    if (account.used && account.details_known) {
        reading[login_key(account.login)] = AccountUsage{*account.used, account.quota};
    }
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
    const UsageRules& rules
) {
    UsageReport report;
    for (const UsageMeasure& measure : measures) {
        const LedgerItem* item = ledger.item(measure.item);
        if (measure.server != server || item == nullptr || !owns(*item) || item->server != server) {
            continue;
        }
        const auto found = reading.find(login_key(item->login));
        if (found == reading.end()) {
            note(report, fmt::format("item {}: its account was not read", measure.item.value));
            continue;
        }
        const AccountUsage& usage = found->second;
        report.bytes += usage.used;
        count_level(report, *item, usage, rules.close_share);
        const ItemUsage used{measure.item, usage.used, quota_of(*item, usage)};
        BilledAs how = billed_as(measure);
        bill(report, measure, usage.used);
        if (rules.former_names) {
            add_former_rows(report, used, how.param);
        }
        report.measured[std::move(how)].push_back(used);
    }
    return report;
}

bool measurement_due(
    const LedgerServer& server, const LocalTime& local, const std::string& at, Time now
) {
    return local.time >= at && server.measured_day < local.day && !server.quarantined_until &&
           due(server.measure_next_attempt_at, now);
}

std::vector<Event> decide_measured(
    ServerId server, std::string day, const UsageReport& report, bool owed
) {
    std::vector<Event> events = report.level_changes;
    for (const auto& [how, items] : report.measured) {
        for (std::size_t at = 0; at < items.size(); at += kUsagePortion) {
            const auto first = items.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t count = std::min(kUsagePortion, items.size() - at);
            events.emplace_back(UsageItemsMeasured{
                server,
                day,
                how.param,
                how.measure,
                how.bytes_per_unit,
                {first, first + static_cast<std::ptrdiff_t>(count)}});
        }
    }
    events.emplace_back(UsageMeasured{server, std::move(day), report.billed, report.bytes, owed});
    return events;
}

std::vector<Event> decide_measure_failed(const Moment& at, ServerId id, const Error& error) {
    std::vector<Event> events;
    const LedgerServer* server = at.ledger.server(id);
    if (server != nullptr && due(server->measure_next_attempt_at, at.now)) {
        const Duration pause =
            doubling_pause(server->measure_attempts, kFirstMeasurePause, kLongestPause);
        events.emplace_back(UsageMeasureFailed{id, error.text(), at.now + pause});
    }
    return events;
}

std::string next_day_to_post(
    const Moment& at, ServerId id, const std::set<std::string>& tried, bool asked_for
) {
    const LedgerServer* server = at.ledger.server(id);
    std::string day;
    if (server == nullptr) {
        return day;
    }
    for (const OwedDay& owed : server->stat_owed) {
        const bool turn =
            !tried.contains(owed.day) && (asked_for || due(owed.next_attempt_at, at.now));
        if (turn && (day.empty() || owed.day < day)) {
            day = owed.day;
        }
    }
    return day;
}

bool post_is_news(
    const Ledger& ledger, ServerId server, const std::string& day, const Result<PanelAnswer>& answer
) {
    const OwedDay* owed = owed_day(ledger, server, day);
    return (answer && answer->ok) || owed == nullptr || owed->refusal != text_of(answer);
}

std::vector<Event> decide_posted(
    const Moment& at, ServerId server, const std::string& day, const Result<PanelAnswer>& answer
) {
    std::vector<Event> events;
    if (answer && answer->ok) {
        events.emplace_back(UsagePosted{server, day});
        return events;
    }
    const OwedDay* owed = owed_day(at.ledger, server, day);
    if (owed != nullptr && due(owed->next_attempt_at, at.now)) {
        const Duration pause = doubling_pause(owed->attempts, kFirstPostPause, kLongestPause);
        events.emplace_back(UsagePostRefused{server, day, text_of(answer), at.now + pause});
    }
    return events;
}

}  // namespace bn
