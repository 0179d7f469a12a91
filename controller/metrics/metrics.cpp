#include "controller/metrics/metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace bn::controller {
namespace {

namespace prom = prometheus;
using prom::Counter;
using prom::Gauge;
using prom::Histogram;
using Labels = std::map<std::string, std::string>;

constexpr std::array<PassResult, 3> kPassResults{
    PassResult::kOk, PassResult::kIncomplete, PassResult::kError};
constexpr std::array<AccountSide, 3> kAccountSides{
    AccountSide::kDesired, AccountSide::kActual, AccountSide::kUnmanaged};
constexpr std::array<OutcomeKind, 4> kOutcomes{
    OutcomeKind::kDone, OutcomeKind::kAlreadySo, OutcomeKind::kRefused, OutcomeKind::kUnknown};
constexpr std::array<NextMove, 5> kMoves{
    NextMove::kRetryCall, NextMove::kRedoPass, NextMove::kWait, NextMove::kHuman, NextMove::kBug};
constexpr std::array<HoldCode, 31> kHoldCodes{
    HoldCode::kNoTariff,       HoldCode::kDanglingReference,  HoldCode::kNoDisk,
    HoldCode::kUnknownStatus,  HoldCode::kUnknownAddonType,   HoldCode::kBadMeasure,
    HoldCode::kBadNumber,      HoldCode::kBadLogin,           HoldCode::kLoginClash,
    HoldCode::kBadGroup,       HoldCode::kBadSecret,          HoldCode::kNoServer,
    HoldCode::kServerDisabled, HoldCode::kMovedServer,        HoldCode::kBadServer,
    HoldCode::kNotOurs,        HoldCode::kProtected,          HoldCode::kMissingGroup,
    HoldCode::kIncompleteRead, HoldCode::kForeignBackend,     HoldCode::kInDoubt,
    HoldCode::kBackoff,        HoldCode::kFighting,           HoldCode::kRefused,
    HoldCode::kRetention,      HoldCode::kVanished,           HoldCode::kPolicy,
    HoldCode::kBlastRadius,    HoldCode::kIncompleteSnapshot, HoldCode::kPaused,
    HoldCode::kLoginChanged};

std::string_view outcome_label(OutcomeKind outcome) {
    switch (outcome) {
        case OutcomeKind::kDone:
            return "done";
        case OutcomeKind::kAlreadySo:
            return "already";
        case OutcomeKind::kRefused:
            return "refused";
        case OutcomeKind::kUnknown:
            break;
    }
    return "unknown";
}

double seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

double seconds(Time t) {
    return seconds(t.time_since_epoch());
}

const Histogram::BucketBoundaries kCallBuckets{
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60};
const Histogram::BucketBoundaries kPassBuckets{0.1, 0.5, 1, 5, 15, 60, 180, 600, 1800, 3600};
const Histogram::BucketBoundaries kAppendBuckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};

template <class Kind>
prom::Family<Kind>& family(
    prom::detail::Builder<Kind> builder,
    prom::Registry& registry,
    const char* name,
    const char* help
) {
    return builder.Name(std::string("bill_nextcloud_") + name).Help(help).Register(registry);
}

prom::Family<Counter>& counter(prom::Registry& r, const char* name, const char* help) {
    return family<Counter>(prom::BuildCounter(), r, name, help);
}

prom::Family<Gauge>& gauge(prom::Registry& r, const char* name, const char* help) {
    return family<Gauge>(prom::BuildGauge(), r, name, help);
}

prom::Family<Histogram>& histogram(prom::Registry& r, const char* name, const char* help) {
    return family<Histogram>(prom::BuildHistogram(), r, name, help);
}

}  // namespace

std::string_view to_string(PassResult result) {
    switch (result) {
        case PassResult::kOk:
            return "ok";
        case PassResult::kIncomplete:
            return "incomplete";
        case PassResult::kError:
            break;
    }
    return "error";
}

std::string_view to_string(AccountSide side) {
    switch (side) {
        case AccountSide::kDesired:
            return "desired";
        case AccountSide::kActual:
            return "actual";
        case AccountSide::kUnmanaged:
            break;
    }
    return "unmanaged";
}

// The declaration of every series. The library's families are thread-safe; `mutex` guards the
// lists of what has been made.
struct Metrics::Impl {
    prom::Registry registry;

    prom::Family<Gauge>& drift =
        gauge(registry, "drift", "Accounts of a server that differ from what was sold, by field.");
    prom::Family<Gauge>& oldest_drift = gauge(
        registry,
        "oldest_drift_age_seconds",
        "Age of the oldest drift of a server; 0 without drift."
    );
    prom::Family<Counter>& passes =
        counter(registry, "passes_total", "Passes over a server, by result.");
    prom::Family<Histogram>& pass_duration =
        histogram(registry, "pass_duration_seconds", "Duration of a pass over a server.");
    prom::Family<Gauge>& last_attempt = gauge(
        registry,
        "last_attempt_timestamp_seconds",
        "Start of the last pass over a server; 0: never."
    );
    prom::Family<Gauge>& last_success = gauge(
        registry,
        "last_success_timestamp_seconds",
        "Start of the last pass over a server that read both sides completely; 0: never."
    );
    prom::Family<Counter>& actions =
        counter(registry, "actions_total", "Corrections of accounts, by kind and result.");
    prom::Family<Gauge>& held =
        gauge(registry, "held_items", "Items of a server that are left alone, by reason.");
    prom::Family<Gauge>& in_doubt =
        gauge(registry, "in_doubt_actions", "Actions whose outcome is not known yet.");
    prom::Family<Gauge>& backlog =
        gauge(registry, "backlog_actions", "Actions of the current plan that are not done yet.");
    prom::Family<Gauge>& accounts =
        gauge(registry, "accounts", "Accounts: sold, in the cloud, and in the cloud but not ours.");
    prom::Family<Counter>& calls = counter(
        registry, "ocs_calls_total", "Calls to a cloud's provisioning API, by endpoint and class."
    );
    prom::Family<Histogram>& call_duration = histogram(
        registry, "ocs_call_duration_seconds", "Duration of calls to a cloud's provisioning API."
    );
    prom::Family<Gauge>& quarantined =
        gauge(registry, "server_quarantined", "1 while a server is left alone after failures.");
    prom::Family<Gauge>& stopped = gauge(
        registry, "plan_stopped", "1 while a server's plan waits for an operator's approval."
    );
    prom::Family<Gauge>& put_wait = gauge(
        registry,
        "put_budget_wait_seconds",
        "Time until a server's rate limit lets the next change through."
    );

    Gauge& store_bytes = gauge(registry, "event_store_bytes", "Size of the event store.").Add({});
    Gauge& store_events =
        gauge(registry, "event_store_events", "Events in the event store.").Add({});
    Histogram& append_duration =
        histogram(registry, "event_append_seconds", "Time until appended events are durable.")
            .Add({}, kAppendBuckets);
    Histogram& panel_duration =
        histogram(registry, "panel_read_seconds", "Duration of a reading of the panel's database.")
            .Add({}, kPassBuckets);
    prom::Family<Counter>& panel_errors = counter(
        registry, "panel_errors_total", "Failed readings of the panel's database, by next move."
    );
    prom::Family<Counter>& panel_results = counter(
        registry,
        "panel_results_total",
        "Results that the panel was told (or not, until a later try), by command."
    );
    Gauge& panel_owed =
        gauge(registry, "panel_owed", "Items whose results the panel does not have yet.").Add({});
    prom::Family<Gauge>& usage_levels = gauge(
        registry, "usage_accounts", "Accounts close to their quota or over it, by last measurement."
    );
    prom::Family<Gauge>& usage_bytes =
        gauge(registry, "usage_bytes", "Bytes used by the accounts of our items, last measured.");
    prom::Family<Counter>& reloads =
        counter(registry, "config_reloads_total", "Reloads of the configuration, by result.");
    prom::Family<Gauge>& build =
        gauge(registry, "build_info", "1, labelled with the version of the program.");

    // A server's series, to be able to drop them. Guarded by mutex.
    std::mutex mutex;
    std::map<ServerId, std::vector<std::function<void()>>> servers;
    std::set<std::pair<const void*, const void*>> tracked;

    static Labels of(ServerId server) { return {{"server", std::to_string(server.value)}}; }

    static Labels of(ServerId server, const char* key, std::string_view value) {
        Labels labels = of(server);
        labels.emplace(key, value);
        return labels;
    }

    // Family::Add of known labels gives the same series again.
    template <class Kind, class... Extra>
    Kind& make(
        ServerId server, prom::Family<Kind>& of_family, const Labels& labels, const Extra&... extra
    ) {
        Kind& series = of_family.Add(labels, extra...);
        const std::lock_guard lock(mutex);
        if (tracked.emplace(&of_family, &series).second) {
            servers[server].push_back([this, &of_family, &series] {
                tracked.erase({&of_family, &series});
                of_family.Remove(&series);
            });
        }
        return series;
    }

    void make_server(ServerId server) {
        for (const DriftField field : kAllDriftFields) {
            make(server, drift, of(server, "field", to_string(field)));
        }
        for (const PassResult result : kPassResults) {
            make(server, passes, of(server, "result", to_string(result)));
        }
        for (const HoldCode code : kHoldCodes) {
            make(server, held, of(server, "code", to_string(code)));
        }
        for (const AccountSide side : kAccountSides) {
            make(server, accounts, of(server, "side", to_string(side)));
        }
        for (const ActionKind kind : kAllActionKinds) {
            for (const OutcomeKind outcome : kOutcomes) {
                action(server, kind, outcome);
            }
        }
        for (auto* plain :
             {&oldest_drift,
              &last_attempt,
              &last_success,
              &in_doubt,
              &backlog,
              &quarantined,
              &stopped,
              &put_wait}) {
            make(server, *plain, of(server));
        }
        make(server, pass_duration, of(server), kPassBuckets);
        for (const std::string_view endpoint : kCloudEndpoints) {
            Labels labels = of(server, "endpoint", endpoint);
            make(server, call_duration, labels, kCallBuckets);
            for (const std::string_view outcome : kCloudCallClasses) {
                labels["class"] = outcome;
                make(server, calls, labels);
            }
        }
    }

    Counter& action(ServerId server, ActionKind kind, OutcomeKind outcome) {
        Labels labels = of(server, "kind", to_string(kind));
        labels.emplace("result", outcome_label(outcome));
        return make(server, actions, labels);
    }

    void set(ServerId server, prom::Family<Gauge>& of_family, double value) {
        make(server, of_family, of(server)).Set(value);
    }
};

Metrics::Metrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
    impl_->build.Add({{"version", std::string(version)}}).Set(1);
    for (const NextMove move : kMoves) {
        impl_->panel_errors.Add({{"class", std::string(to_string(move))}});
    }
    for (const char* command : {"open", "close", "suspend", "resume", "setparam", "prolong"}) {
        for (const char* result : {"told", "not_told"}) {
            impl_->panel_results.Add({{"command", command}, {"result", result}});
        }
    }
    impl_->reloads.Add({{"result", "ok"}});
    impl_->reloads.Add({{"result", "error"}});
}

Metrics::~Metrics() = default;

void Metrics::add_server(ServerId server) {
    impl_->make_server(server);
}

void Metrics::remove_server(ServerId server) {
    const std::lock_guard lock(impl_->mutex);
    const auto known = impl_->servers.find(server);
    if (known == impl_->servers.end()) {
        return;
    }
    for (const auto& drop : known->second) {
        drop();
    }
    impl_->servers.erase(known);
}

void Metrics::pass_done(ServerId server, PassResult result, Duration took, Time started_at) {
    impl_->make(server, impl_->passes, Impl::of(server, "result", to_string(result))).Increment();
    impl_->make(server, impl_->pass_duration, Impl::of(server), kPassBuckets)
        .Observe(seconds(took));
    impl_->set(server, impl_->last_attempt, seconds(started_at));
    if (result == PassResult::kOk) {
        impl_->set(server, impl_->last_success, seconds(started_at));
    }
}

void Metrics::restore_stamps(
    ServerId server, std::optional<Time> last_attempt, std::optional<Time> last_success
) {
    if (last_attempt) {
        impl_->set(server, impl_->last_attempt, seconds(*last_attempt));
    }
    if (last_success) {
        impl_->set(server, impl_->last_success, seconds(*last_success));
    }
}

void Metrics::set_drift(ServerId server, DriftField field, std::uint64_t count) {
    impl_->make(server, impl_->drift, Impl::of(server, "field", to_string(field)))
        .Set(static_cast<double>(count));
}

void Metrics::set_oldest_drift_age(ServerId server, Duration age) {
    impl_->set(server, impl_->oldest_drift, seconds(age));
}

void Metrics::set_held(ServerId server, const std::map<HoldCode, std::uint64_t>& counts) {
    for (const HoldCode code : kHoldCodes) {
        const auto found = counts.find(code);
        impl_->make(server, impl_->held, Impl::of(server, "code", to_string(code)))
            .Set(found == counts.end() ? 0 : static_cast<double>(found->second));
    }
}

void Metrics::set_in_doubt(ServerId server, std::uint64_t count) {
    impl_->set(server, impl_->in_doubt, static_cast<double>(count));
}

void Metrics::set_backlog(ServerId server, std::uint64_t count) {
    impl_->set(server, impl_->backlog, static_cast<double>(count));
}

void Metrics::set_accounts(ServerId server, AccountSide side, std::uint64_t count) {
    impl_->make(server, impl_->accounts, Impl::of(server, "side", to_string(side)))
        .Set(static_cast<double>(count));
}

void Metrics::set_quarantined(ServerId server, bool quarantined) {
    impl_->set(server, impl_->quarantined, quarantined ? 1 : 0);
}

void Metrics::set_plan_stopped(ServerId server, bool stopped) {
    impl_->set(server, impl_->stopped, stopped ? 1 : 0);
}

void Metrics::set_put_budget_wait(ServerId server, Duration wait) {
    impl_->set(server, impl_->put_wait, seconds(wait));
}

void Metrics::action_done(ServerId server, ActionKind kind, OutcomeKind outcome) {
    impl_->action(server, kind, outcome).Increment();
}

void Metrics::on_call(
    ServerId server, std::string_view endpoint, std::string_view outcome, Duration took
) {
    Labels labels = Impl::of(server, "endpoint", endpoint);
    impl_->make(server, impl_->call_duration, labels, kCallBuckets).Observe(seconds(took));
    labels.emplace("class", outcome);
    impl_->make(server, impl_->calls, labels).Increment();
}

void Metrics::panel_read(Duration took) {
    impl_->panel_duration.Observe(seconds(took));
}

void Metrics::panel_error(const Error& error) {
    impl_->panel_errors.Add({{"class", std::string(to_string(error.move))}}).Increment();
}

void Metrics::panel_result(std::string_view command, bool delivered) {
    impl_->panel_results
        .Add({{"command", std::string(command)}, {"result", delivered ? "told" : "not_told"}})
        .Increment();
}

void Metrics::set_panel_owed(std::uint64_t items) {
    impl_->panel_owed.Set(static_cast<double>(items));
}

void Metrics::set_usage(
    ServerId server, std::uint64_t bytes, std::uint64_t close, std::uint64_t over
) {
    const std::string id = std::to_string(server.value);
    impl_->usage_bytes.Add({{"server", id}}).Set(static_cast<double>(bytes));
    impl_->usage_levels.Add({{"server", id}, {"level", "close"}}).Set(static_cast<double>(close));
    impl_->usage_levels.Add({{"server", id}, {"level", "over"}}).Set(static_cast<double>(over));
}

void Metrics::set_event_store(std::uint64_t bytes, std::uint64_t events) {
    impl_->store_bytes.Set(static_cast<double>(bytes));
    impl_->store_events.Set(static_cast<double>(events));
}

void Metrics::event_append(Duration took) {
    impl_->append_duration.Observe(seconds(took));
}

void Metrics::config_reload(bool ok) {
    impl_->reloads.Add({{"result", ok ? "ok" : "error"}}).Increment();
}

std::string Metrics::expose() const {
    return prom::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace bn::controller
