#include "controller/metrics/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_type.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace bn::controller {
namespace {

namespace prom = prometheus;
using prom::MetricType;
using Labels = std::map<std::string, std::string>;
using Names = std::span<const std::string_view>;

struct Family {
    std::string_view name;  // after "bill_nextcloud_"
    std::string_view help;
    MetricType type = MetricType::Gauge;
    std::span<const double> buckets = {};
};

constexpr MetricType kCounter = MetricType::Counter;
constexpr MetricType kHistogram = MetricType::Histogram;

constexpr double kCallBuckets[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60};
constexpr double kReadBuckets[] = {0.1, 0.5, 1, 5, 15, 60, 180, 600, 1800, 3600};
constexpr double kAppendBuckets[] = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};

// In the order of ServerGauge.
constexpr Family kServerGauges[] = {
    {"oldest_drift_age_seconds", "Age of the oldest drift of a server; 0 without drift."},
    {"last_attempt_timestamp_seconds", "Start of the last pass over a server; 0: never."},
    {"last_success_timestamp_seconds",
     "Start of the last pass over a server that read both sides completely; 0: never."},
    {"in_doubt_actions", "Actions whose outcome is not known yet."},
    {"backlog_actions", "Actions of the current plan that are not done yet."},
    {"server_quarantined", "1 while a server is left alone after failures."},
    {"plan_stopped", "1 while what a server's plan takes away waits for an operator's approval."},
    {"put_budget_wait_seconds", "Time until a server's rate limit lets the next change through."},
    {"paused", "1 while an operator lets nothing be changed on a server."},
    {"deletions_due", "Closed accounts that were announced to be deleted soon."},
    {"parked_items", "Items of which something failed too often and waits for an operator."},
    {"server_unknown",
     "1 while the last pass could not read all of a server: what else is said of it is older, or "
     "not "
     "all."},
};

constexpr Family kDrift{"drift", "Accounts of a server that differ from what was sold, by field."};
constexpr Family kPasses{"passes_total", "Passes over a server, by result.", kCounter};
constexpr Family kPassDuration{
    "pass_duration_seconds", "Duration of a pass over a server.", kHistogram, kReadBuckets};
constexpr Family kActions{
    "actions_total", "Corrections of accounts, by kind and result.", kCounter};
constexpr Family kHeld{"held_items", "Items of a server that are left alone, by reason."};
constexpr Family kAccounts{
    "accounts", "Accounts: sold, in the cloud, and in the cloud but not ours."};
constexpr Family kCalls{
    "ocs_calls_total", "Calls to a cloud's provisioning API, by endpoint and class.", kCounter};
constexpr Family kCallDuration{
    "ocs_call_duration_seconds",
    "Duration of calls to a cloud's provisioning API.",
    kHistogram,
    kCallBuckets};
constexpr Family kStoreBytes{"event_store_bytes", "Size of the event store."};
constexpr Family kStoreInDoubt{
    "event_store_in_doubt", "1: it is not good, or not the newest; nothing is done."};
constexpr Family kStoreEvents{"event_store_events", "Events in the event store."};
constexpr Family kAppendDuration{
    "event_append_seconds", "Time until appended events are durable.", kHistogram, kAppendBuckets};
constexpr Family kPanelDuration{
    "panel_read_seconds",
    "Duration of a reading of the panel's database.",
    kHistogram,
    kReadBuckets};
constexpr Family kPanelErrors{
    "panel_errors_total", "Failed readings of the panel's database, by next move.", kCounter};
constexpr Family kPanelResults{
    "panel_results_total",
    "Results that the panel was told (or not, until a later try), by command.",
    kCounter};
constexpr Family kPanelOwed{"panel_owed", "Items whose results the panel does not have yet."};
constexpr Family kPanelBehind{
    "panel_behind", "1: the panel's data is older than what was seen before."};
constexpr Family kPanelMaintenance{
    "panel_maintenance",
    "1: the panel is, or counts as being, in maintenance: nothing is changed and it is told "
    "nothing."};
constexpr Family kUsageLevels{
    "usage_accounts", "Accounts close to their quota or over it, by last measurement."};
constexpr Family kUsageBytes{
    "usage_bytes", "Bytes used by the accounts of our items, last measured."};
constexpr Family kReloads{
    "config_reloads_total", "Reloads of the configuration, by result.", kCounter};
constexpr Family kBuild{"build_info", "1, labelled with the version of the program."};

// Labels of enumerations that have no names elsewhere, in their order.
constexpr std::string_view kPassResults[] = {"ok", "incomplete", "error"};
constexpr std::string_view kAccountSides[] = {"desired", "actual", "unmanaged"};
constexpr std::string_view kOutcomes[] = {"done", "already", "refused", "unknown"};
constexpr std::string_view kTold[] = {"not_told", "told"};
constexpr std::string_view kReloadResults[] = {"error", "ok"};

Labels of(ServerId server) {
    return {{"server", std::to_string(server.value)}};
}

Labels with(Labels labels, const char* key, std::string_view value) {
    labels.emplace(key, value);
    return labels;
}

double seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

}  // namespace

// The library's families are thread-safe.
struct Metrics::Series {
    // By name and labels: the library's own way to one is long, and every pass sets many.
    template <class Kind>
    using Known = std::map<std::pair<std::string_view, Labels>, Kind*>;

    prom::Registry registry;
    std::mutex mutex;  // of what follows
    std::tuple<Known<prom::Gauge>, Known<prom::Counter>, Known<prom::Histogram>> series;
    std::multimap<std::string, std::function<void()>> drops;  // of the series of a server
    std::set<ServerId> added;                                 // servers with all their series

    // The series of these labels, which is made at 0 when it is not there.
    template <class Kind, class... Buckets>
    Kind& at(
        prom::detail::Builder<Kind> builder,
        const Family& row,
        const Labels& labels,
        const Buckets&... buckets
    ) {
        const std::lock_guard lock(mutex);
        auto& known = std::get<Known<Kind>>(series);
        const std::pair key(row.name, labels);
        if (const auto found = known.find(key); found != known.end()) {
            return *found->second;
        }
        prom::Family<Kind>& family = builder.Name("bill_nextcloud_" + std::string(row.name))
                                         .Help(std::string(row.help))
                                         .Register(registry);
        Kind& made = family.Add(labels, buckets...);
        known.emplace(key, &made);
        if (const auto server = labels.find("server"); server != labels.end()) {
            drops.emplace(server->second, [&family, &made, &known, key] {
                family.Remove(&made);
                known.erase(key);
            });
        }
        return made;
    }

    prom::Gauge& gauge(const Family& row, const Labels& labels) {
        return at(prom::BuildGauge(), row, labels);
    }

    prom::Counter& counter(const Family& row, const Labels& labels) {
        return at(prom::BuildCounter(), row, labels);
    }

    prom::Histogram& histogram(const Family& row, const Labels& labels) {
        const prom::Histogram::BucketBoundaries buckets(row.buckets.begin(), row.buckets.end());
        return at(prom::BuildHistogram(), row, labels, buckets);
    }

    void make(const Family& row, const Labels& labels) {
        if (row.type == kCounter) {
            counter(row, labels);
        } else if (row.type == kHistogram) {
            histogram(row, labels);
        } else {
            gauge(row, labels);
        }
    }

    // One for each value of a label.
    void make_each(const Family& row, const Labels& labels, const char* key, Names values) {
        for (const std::string_view value : values) {
            make(row, with(labels, key, value));
        }
    }

    void set(const Family& row, const Labels& labels, double value) {
        gauge(row, labels).Set(value);
    }

    void set(const Family& row, const Labels& labels, std::uint64_t count) {
        set(row, labels, static_cast<double>(count));
    }

    void count(const Family& row, const Labels& labels) { counter(row, labels).Increment(); }

    void observe(const Family& row, const Labels& labels, Duration took) {
        histogram(row, labels).Observe(seconds(took));
    }
};

Metrics::Metrics(std::string_view version) : series_(std::make_unique<Series>()) {
    series_->set(kBuild, {{"version", std::string(version)}}, 1.0);
    for (const Family& plain :
         {kStoreBytes,
          kStoreEvents,
          kAppendDuration,
          kPanelDuration,
          kPanelOwed,
          kPanelBehind,
          kStoreInDoubt}) {
        series_->make(plain, {});
    }
    series_->make_each(kPanelErrors, {}, "class", kNamesOf<NextMove>);
    for (const char* command : {"open", "close", "suspend", "resume", "setparam", "prolong"}) {
        series_->make_each(kPanelResults, {{"command", command}}, "result", kTold);
    }
    series_->make_each(kReloads, {}, "result", kReloadResults);
}

Metrics::~Metrics() = default;

void Metrics::add_server(ServerId server) {
    {
        const std::lock_guard lock(series_->mutex);
        if (!series_->added.insert(server).second) {
            return;  // each pass asks
        }
    }
    const Labels own = of(server);
    for (const Family& gauge : kServerGauges) {
        series_->make(gauge, own);
    }
    series_->make(kPassDuration, own);
    for (const DriftField field : kAllDriftFields) {
        series_->make(kDrift, with(own, "field", to_string(field)));
    }
    series_->make_each(kPasses, own, "result", kPassResults);
    series_->make_each(kHeld, own, "code", kNamesOf<HoldCode>);
    series_->make_each(kAccounts, own, "side", kAccountSides);
    for (const ActionKind kind : kAllActionKinds) {
        series_->make_each(kActions, with(own, "kind", to_string(kind)), "result", kOutcomes);
    }
    for (const std::string_view endpoint : kCloudEndpoints) {
        const Labels labels = with(own, "endpoint", endpoint);
        series_->make(kCallDuration, labels);
        series_->make_each(kCalls, labels, "class", kCloudCallClasses);
    }
}

void Metrics::remove_server(ServerId server) {
    const std::lock_guard lock(series_->mutex);
    const auto [first, last] = series_->drops.equal_range(std::to_string(server.value));
    std::for_each(first, last, [](const auto& drop) { drop.second(); });
    series_->drops.erase(first, last);
    series_->added.erase(server);
}

void Metrics::pass_done(ServerId server, PassResult result, Duration took, Time started_at) {
    const Labels own = of(server);
    series_->count(kPasses, with(own, "result", kPassResults[static_cast<std::size_t>(result)]));
    series_->observe(kPassDuration, own, took);
    set(ServerGauge::kLastAttempt, server, started_at);
    if (result == PassResult::kOk) {
        set(ServerGauge::kLastSuccess, server, started_at);
    }
}

void Metrics::set(ServerGauge gauge, ServerId server, std::uint64_t count) {
    series_->set(kServerGauges[static_cast<std::size_t>(gauge)], of(server), count);
}

void Metrics::set(ServerGauge gauge, ServerId server, Duration time) {
    series_->set(kServerGauges[static_cast<std::size_t>(gauge)], of(server), seconds(time));
}

void Metrics::set(ServerGauge gauge, ServerId server, std::optional<Time> at) {
    if (at) {
        set(gauge, server, at->time_since_epoch());
    }
}

void Metrics::set_drift(ServerId server, DriftField field, std::uint64_t count) {
    series_->set(kDrift, with(of(server), "field", to_string(field)), count);
}

void Metrics::set_held(ServerId server, const std::map<HoldCode, std::uint64_t>& counts) {
    for (const HoldCode code : all_of<HoldCode>()) {
        const auto found = counts.find(code);
        const std::uint64_t count = found == counts.end() ? 0 : found->second;
        series_->set(kHeld, with(of(server), "code", to_string(code)), count);
    }
}

void Metrics::set_accounts(ServerId server, AccountSide side, std::uint64_t count) {
    const std::string_view name = kAccountSides[static_cast<std::size_t>(side)];
    series_->set(kAccounts, with(of(server), "side", name), count);
}

void Metrics::action_done(ServerId server, ActionKind kind, OutcomeKind outcome) {
    const Labels labels = with(of(server), "kind", to_string(kind));
    series_->count(kActions, with(labels, "result", kOutcomes[static_cast<std::size_t>(outcome)]));
}

void Metrics::on_call(
    ServerId server, std::string_view endpoint, std::string_view outcome, Duration took
) {
    const Labels labels = with(of(server), "endpoint", endpoint);
    series_->observe(kCallDuration, labels, took);
    series_->count(kCalls, with(labels, "class", outcome));
}

void Metrics::panel_read(Duration took) {
    series_->observe(kPanelDuration, {}, took);
}

void Metrics::panel_error(const Error& error) {
    series_->count(kPanelErrors, {{"class", std::string(to_string(error.move))}});
}

void Metrics::panel_result(std::string_view command, bool delivered) {
    series_->count(
        kPanelResults, with({{"command", std::string(command)}}, "result", kTold[delivered ? 1 : 0])
    );
}

void Metrics::set_panel_owed(std::uint64_t items) {
    series_->set(kPanelOwed, {}, items);
}

void Metrics::set_panel_maintenance(bool on) {
    series_->set(kPanelMaintenance, {}, std::uint64_t{on});
}

void Metrics::set_panel_behind(bool behind) {
    series_->set(kPanelBehind, {}, std::uint64_t{behind});
}

void Metrics::set_usage(
    ServerId server, std::uint64_t bytes, std::uint64_t close, std::uint64_t over
) {
    series_->set(kUsageBytes, of(server), bytes);
    series_->set(kUsageLevels, with(of(server), "level", "close"), close);
    series_->set(kUsageLevels, with(of(server), "level", "over"), over);
}

void Metrics::set_event_store(std::uint64_t bytes, std::uint64_t events) {
    series_->set(kStoreBytes, {}, bytes);
    series_->set(kStoreEvents, {}, events);
}

void Metrics::set_store_in_doubt(bool in_doubt) {
    series_->set(kStoreInDoubt, {}, std::uint64_t{in_doubt});
}

void Metrics::event_append(Duration took) {
    series_->observe(kAppendDuration, {}, took);
}

void Metrics::config_reload(bool ok) {
    series_->count(kReloads, with({}, "result", kReloadResults[ok ? 1 : 0]));
}

std::string Metrics::expose() const {
    return prom::TextSerializer().Serialize(series_->registry.Collect());
}

}  // namespace bn::controller
