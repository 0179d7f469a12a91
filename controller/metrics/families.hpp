// What Prometheus may see: each metric with its labels, its type and what it means, in one table.
// The series of a metric are made of it, and so is docs/metrics.md. Labels are bounded: server ids
// and fixed lists, never logins, items or texts of others.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

// In the order of the table.
enum class Metric : std::uint8_t {
    // a server
    kServerInfo,
    kServerUnknown,
    kPasses,
    kPassDuration,
    kLastAttempt,
    kLastSuccess,
    kQuarantined,
    kPaused,
    kCertificateEnd,
    kCalls,
    kCallDuration,
    kPutBudgetWait,
    // its accounts
    kAccounts,
    kDrift,
    kOldestDrift,
    kDriftAge,
    kHeld,
    kHeldAge,
    kUnplaced,
    kUnplacedAge,
    kActions,
    kBacklog,
    kInDoubt,
    kParked,
    kPlanStopped,
    kPlanStoppedAge,
    kLimitLeft,
    kDeletionsDue,
    kUsageBytes,
    kUsageLevels,
    kOrdersWaiting,
    kOrderAge,
    kOpenToLogin,
    kOpenToTold,
    // the panel
    kPanelReadDuration,
    kPanelLastRead,
    kPanelErrors,
    kPanelCallDuration,
    kPanelResults,
    kPanelOwed,
    kPanelOwedAge,
    kPanelBehind,
    kPanelMaintenance,
    // the event store
    kStoreBytes,
    kStoreEvents,
    kStoreInDoubt,
    kAppendDuration,
    kLastBackup,
    kLastVerify,
    // the service
    kNextPass,
    kPassInterval,
    kControlRequests,
    kControlDuration,
    kControlTurnedAway,
    kReloads,
    kLastReload,
    kBuild,
};

enum class MetricType : std::uint8_t { kGauge, kCounter, kHistogram };

struct MetricLabel {
    std::string_view name;
    std::span<const std::string_view> values = {};  // empty: not known before it is used
};

// In the order in which a row of the table is read.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct MetricRow {
    Metric metric{};
    std::string_view name;  // after "bill_nextcloud_"
    MetricType type = MetricType::kGauge;
    std::array<MetricLabel, 4> labels = {};  // those without a name are none
    std::string_view help;
    std::span<const double> buckets = {};  // of a histogram, seconds

    [[nodiscard]] std::span<const MetricLabel> own_labels() const;
    // With every value of its labels it has a series from the start, at 0; those of a server from
    // when the server is known.
    [[nodiscard]] bool of_server() const;
};

inline constexpr std::string_view kOtherVerb = "other";  // of the control socket

std::span<const MetricRow> metric_rows();
const MetricRow& row_of(Metric metric);

enum class PassResult : std::uint8_t { kOk, kIncomplete, kError };

// Values of `result`.
std::string_view label_of(PassResult result);
std::string_view label_of(OutcomeKind outcome);

// docs/metrics.md.
std::string metrics_reference();

}  // namespace bn::controller
