#include "controller/metrics/families.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/metrics/process.hpp"
#include "protocol/request.hpp"
#include "reconciler/model/action.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/harm.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

namespace {

using enum MetricType;

// From what is typical up to what is still of interest; each step at most two and a half times.
constexpr double kCallBuckets[] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60};
constexpr double kPassBuckets[] = {
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    15,
    60,
    180,
    600,
    1800,
    3600};
constexpr double kAppendBuckets[] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
constexpr double kOpenBuckets[] = {
    0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 20, 30, 60, 180, 600, 1800, 3600};

constexpr std::string_view kPassResults[] = {"ok", "incomplete", "error"};
constexpr std::string_view kAccountSides[] = {"desired", "actual", "unmanaged"};
constexpr std::string_view kOutcomes[] = {"done", "already", "refused", "unknown"};
constexpr std::string_view kTold[] = {"not_told", "told"};
constexpr std::string_view kResults[] = {"error", "ok"};
constexpr std::string_view kUsageLevels[] = {"close", "over"};
constexpr std::string_view kWindows[] = {"hour", "day"};
constexpr std::string_view kCommands[] = {
    "open", "close", "suspend", "resume", "setparam", "prolong"};

constexpr auto kDriftFields = [] {
    std::array<std::string_view, std::size(kAllDriftFields)> names;
    std::ranges::transform(kAllDriftFields, names.begin(), [](DriftField f) {
        return to_string(f);
    });
    return names;
}();
constexpr auto kHarms = [] {
    std::array<std::string_view, kAllHarms.size()> names;
    std::ranges::transform(kAllHarms, names.begin(), [](Harm h) { return to_string(h); });
    return names;
}();

constexpr MetricLabel kServer{"server"};
constexpr MetricLabel kCode{"code", kNamesOf<HoldCode>};
constexpr MetricLabel kResult{"result", kResults};
// What is no request of this version counts as "other".
constexpr auto kVerbLabels = [] {
    std::array<std::string_view, protocol::kVerbs.size() + 1> names;
    std::ranges::copy(protocol::kVerbs, names.begin());
    names.back() = kOtherVerb;
    return names;
}();
constexpr MetricLabel kVerb{"verb", kVerbLabels};

constexpr MetricRow kMetricRows[] = {
    {Metric::kServerInfo,
     "server_info",
     kGauge,
     {kServer, {"name"}, {"product"}, {"version"}},
     "1, labelled with a server's name in the panel, its product and version."},
    {Metric::kServerUnknown,
     "server_unknown",
     kGauge,
     {kServer},
     "1 while the last pass could not read all of a server: what else is said of it is older, or "
     "not all."},
    {Metric::kPasses,
     "passes_total",
     kCounter,
     {kServer, {"result", kPassResults}},
     "Passes over a server, by result."},
    {Metric::kPassDuration,
     "pass_duration_seconds",
     kHistogram,
     {kServer},
     "Duration of a pass over a server.",
     kPassBuckets},
    {Metric::kLastAttempt,
     "last_attempt_timestamp_seconds",
     kGauge,
     {kServer},
     "Start of the last pass over a server; 0: never."},
    {Metric::kLastSuccess,
     "last_success_timestamp_seconds",
     kGauge,
     {kServer},
     "Start of the last pass over a server that read both sides completely; 0: never."},
    {Metric::kQuarantined,
     "server_quarantined",
     kGauge,
     {kServer},
     "1 while a server is left alone after failures."},
    {Metric::kPaused,
     "paused",
     kGauge,
     {kServer},
     "1 while an operator lets nothing be changed on a server."},
    {Metric::kCertificateEnd,
     "certificate_end_timestamp_seconds",
     kGauge,
     {kServer},
     "End of the certificate that a server showed last; 0: none seen."},
    {Metric::kCalls,
     "ocs_calls_total",
     kCounter,
     {kServer, {"endpoint", kCloudEndpoints}, {"class", kCloudCallClasses}},
     "Calls to a cloud's provisioning API, by endpoint and class."},
    {Metric::kCallDuration,
     "ocs_call_duration_seconds",
     kHistogram,
     {kServer, {"endpoint", kCloudEndpoints}},
     "Duration of calls to a cloud's provisioning API.",
     kCallBuckets},
    {Metric::kPutBudgetWait,
     "put_budget_wait_seconds",
     kGauge,
     {kServer},
     "Time until a server's rate limit lets the next change through."},
    {Metric::kAccounts,
     "accounts",
     kGauge,
     {kServer, {"side", kAccountSides}},
     "Accounts: sold, in the cloud, and in the cloud but not ours."},
    {Metric::kDrift,
     "drift",
     kGauge,
     {kServer, {"field", kDriftFields}},
     "Accounts of a server that differ from what was sold, by field."},
    {Metric::kOldestDrift,
     "oldest_drift_age_seconds",
     kGauge,
     {kServer},
     "Age of the oldest drift of a server; 0 without drift."},
    {Metric::kDriftAge,
     "drift_age_seconds",
     kGauge,
     {kServer, {"field", kDriftFields}},
     "Age of the oldest drift of a field in an item that nothing holds; 0: none."},
    {Metric::kHeld,
     "held_items",
     kGauge,
     {kServer, kCode},
     "Items of a server that are left alone, by reason."},
    {Metric::kHeldAge,
     "held_age_seconds",
     kGauge,
     {kServer, kCode},
     "How long the item that waits longest has been left alone for this reason; 0: none."},
    {Metric::kUnplaced,
     "unplaced_items",
     kGauge,
     {kCode},
     "Items that stand on no server that the panel has, by reason."},
    {Metric::kUnplacedAge,
     "unplaced_age_seconds",
     kGauge,
     {kCode},
     "How long the one of them that waits longest has been held for this reason; 0: none."},
    {Metric::kActions,
     "actions_total",
     kCounter,
     {kServer, {"kind", kNamesOf<ActionKind>}, {"result", kOutcomes}},
     "Corrections of accounts, by kind and result."},
    {Metric::kBacklog,
     "backlog_actions",
     kGauge,
     {kServer},
     "Actions of the current plan that are not done yet."},
    {Metric::kInDoubt,
     "in_doubt_actions",
     kGauge,
     {kServer},
     "Actions whose outcome is not known yet."},
    {Metric::kParked,
     "parked_items",
     kGauge,
     {kServer},
     "Items of which something failed too often and waits for an operator."},
    {Metric::kPlanStopped,
     "plan_stopped",
     kGauge,
     {kServer},
     "1 while what a server's plan takes away waits for an operator's approval."},
    {Metric::kPlanStoppedAge,
     "plan_stopped_age_seconds",
     kGauge,
     {kServer},
     "How long it has waited for that; 0: nothing waits."},
    {Metric::kLimitLeft,
     "limit_left",
     kGauge,
     {kServer, {"harm", kHarms}, {"window", kWindows}},
     "How many accounts this may still be done to without an operator's word (ADR 28)."},
    {Metric::kDeletionsDue,
     "deletions_due",
     kGauge,
     {kServer},
     "Closed accounts that were announced to be deleted soon."},
    {Metric::kUsageBytes,
     "usage_bytes",
     kGauge,
     {kServer},
     "Bytes used by the accounts of our items, last measured."},
    {Metric::kUsageLevels,
     "usage_accounts",
     kGauge,
     {kServer, {"level", kUsageLevels}},
     "Accounts close to their quota or over it, by last measurement."},
    {Metric::kOrdersWaiting,
     "orders_waiting",
     kGauge,
     {},
     "Paid orders whose operation the panel has not ended, without those that its staff has "
     "taken."},
    {Metric::kOrderAge,
     "order_age_seconds",
     kGauge,
     {},
     "How long ago the oldest of them was first seen; 0: none."},
    {Metric::kOpenToLogin,
     "open_to_login_seconds",
     kHistogram,
     {kServer},
     "From when the panel's operation of a paid order was first seen until its login works, "
     "without the time in which the cloud did not answer.",
     kOpenBuckets},
    {Metric::kOpenToTold,
     "open_to_told_seconds",
     kHistogram,
     {kServer},
     "From when the panel's operation of a paid order was first seen until the panel was told its "
     "result, without the time in which the cloud did not answer.",
     kOpenBuckets},
    {Metric::kPanelReadDuration,
     "panel_read_seconds",
     kHistogram,
     {},
     "Duration of a reading of the panel's database.",
     kPassBuckets},
    {Metric::kPanelLastRead,
     "panel_last_read_timestamp_seconds",
     kGauge,
     {},
     "End of the last reading of the panel's database that went well; 0: never."},
    {Metric::kPanelErrors,
     "panel_errors_total",
     kCounter,
     {MetricLabel{"class", kNamesOf<NextMove>}},
     "Failed readings of the panel's database, of its operations as well, by next move."},
    {Metric::kPanelCallDuration,
     "panel_call_duration_seconds",
     kHistogram,
     {kResult},
     "Duration of calls of the panel's functions (mgrctl, or its API), by whether it answered.",
     kCallBuckets},
    {Metric::kPanelResults,
     "panel_results_total",
     kCounter,
     {MetricLabel{"command", kCommands}, {"result", kTold}},
     "Results that the panel was told (or not, until a later try), by command."},
    {Metric::kPanelOwed,
     "panel_owed",
     kGauge,
     {},
     "Items whose results the panel does not have yet."},
    {Metric::kPanelOwedAge,
     "panel_owed_age_seconds",
     kGauge,
     {},
     "Age of the oldest result that the panel does not have yet; 0: it has all."},
    {Metric::kPanelBehind,
     "panel_behind",
     kGauge,
     {},
     "1: the panel's data is older than what was seen before."},
    {Metric::kPanelMaintenance,
     "panel_maintenance",
     kGauge,
     {},
     "1: the panel is, or counts as being, in maintenance: nothing is changed and it is told "
     "nothing."},
    {Metric::kStoreBytes, "event_store_bytes", kGauge, {}, "Size of the event store."},
    {Metric::kStoreEvents, "event_store_events", kGauge, {}, "Events in the event store."},
    {Metric::kStoreInDoubt,
     "event_store_in_doubt",
     kGauge,
     {},
     "1: it is not good, or not the newest; nothing is done."},
    {Metric::kAppendDuration,
     "event_append_seconds",
     kHistogram,
     {},
     "Time until appended events are durable.",
     kAppendBuckets},
    {Metric::kLastBackup,
     "last_backup_timestamp_seconds",
     kGauge,
     {},
     "When `backup` last made a copy of the store while the service ran; 0: never."},
    {Metric::kLastVerify,
     "last_verify_timestamp_seconds",
     kGauge,
     {},
     "When `verify` or `backup` last found the whole store good while the service ran; 0: never."},
    {Metric::kNextPass,
     "next_pass_timestamp_seconds",
     kGauge,
     {},
     "When the next whole pass begins; 0: it is under way, or not planned yet."},
    {Metric::kPassInterval,
     "pass_interval_seconds",
     kGauge,
     {},
     "The configured time between whole passes (service.interval)."},
    {Metric::kControlRequests,
     "control_requests_total",
     kCounter,
     {kVerb, kResult},
     "Requests on the control socket or at control.listen (the panel's module, and verbs of the "
     "command line)."},
    {Metric::kControlDuration,
     "control_request_duration_seconds",
     kHistogram,
     {kVerb},
     "Time until a request on the control socket is answered.",
     kCallBuckets},
    {Metric::kControlTurnedAway,
     "control_turned_away_total",
     kCounter,
     {},
     "Connections at control.listen that did not show the key."},
    {Metric::kReloads,
     "config_reloads_total",
     kCounter,
     {kResult},
     "Reloads of the configuration, by result."},
    {Metric::kLastReload,
     "config_last_reload_successful",
     kGauge,
     {},
     "1: the configuration in force is the one that was last read; 0: that one was refused."},
    {Metric::kBuild,
     "build_info",
     kGauge,
     {MetricLabel{"version"}},
     "1, labelled with the version of the program."},
};

static_assert(std::size(kMetricRows) == static_cast<std::size_t>(Metric::kBuild) + 1);
static_assert(
    std::ranges::is_sorted(kMetricRows, {}, &MetricRow::metric), "in the order of Metric"
);

constexpr std::string_view type_name(MetricType type) {
    return type == kGauge ? "gauge" : type == kCounter ? "counter" : "histogram";
}

std::string labels_for_people(const MetricRow& row) {
    std::string text;
    for (const MetricLabel& label : row.own_labels()) {
        // More would make the table unreadable; all of them are in a scrape from the start.
        constexpr std::size_t kFew = 8;
        text += fmt::format("{}`{}`", text.empty() ? "" : ", ", label.name);
        if (!label.values.empty() && label.values.size() <= kFew) {
            text += fmt::format(" ({})", fmt::join(label.values, ", "));
        }
    }
    return text;
}

}  // namespace

std::span<const MetricLabel> MetricRow::own_labels() const {
    return {labels.begin(), std::ranges::find(labels, "", &MetricLabel::name)};
}

bool MetricRow::of_server() const {
    return labels.front().name == kServer.name;
}

std::span<const MetricRow> metric_rows() {
    return kMetricRows;
}

const MetricRow& row_of(Metric metric) {
    return kMetricRows[static_cast<std::size_t>(metric)];
}

std::string_view label_of(PassResult result) {
    return kPassResults[static_cast<std::size_t>(result)];
}

std::string_view label_of(OutcomeKind outcome) {
    return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::string metrics_reference() {
    std::string text =
        "# Metrics\n\n"
        "Made of the table in `controller/metrics/families.cpp`; a test compares. "
        "`GET /metrics` of `http.listen` gives them.\n\n"
        "Every name begins with `bill_nextcloud_`, but for those of the process. Every series "
        "exists from the start, at 0, those of a server from when it is first seen; when the panel "
        "has the server no more, they are gone. Times are seconds; ages and the state of items are "
        "those of the moment of the scrape. A gauge that a pass fills (`accounts`, "
        "`backlog_actions`, "
        "`put_budget_wait_seconds`) is as the last pass saw it: `last_success_timestamp_seconds` "
        "says when that was.\n\n"
        "| name | type | labels | what it says |\n|---|---|---|---|\n";
    for (const MetricRow& row : kMetricRows) {
        text += fmt::format(
            "| `{}` | {} | {} | {} |\n",
            row.name,
            type_name(row.type),
            labels_for_people(row),
            row.help
        );
    }
    text +=
        "\n## Of the process\n\nAs Prometheus' own client libraries name them.\n\n"
        "| name | type | what it says |\n|---|---|---|\n";
    for (const ProcessRow& row : process_rows()) {
        text += fmt::format(
            "| `{}` | {} | {} |\n", row.name, row.counter ? "counter" : "gauge", row.help
        );
    }
    return text;
}

}  // namespace bn::controller
