#include "controller/pass/publish.hpp"

#include <algorithm>
#include <map>

#include "controller/pass/planning.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn::controller {

namespace {

// Null: nothing was to be done there.
const ExecutionReport* execution_of(const PassReport& report, ServerId server) {
    const auto it = report.executions.find(server);
    return it == report.executions.end() ? nullptr : &it->second;
}

void publish_state(Metrics& metrics, const ServerObservation& server, const PassReport& report) {
    const ServerPlan& plan = *server.plan;
    std::map<HoldCode, std::uint64_t> held;
    for (const HeldAction& h : plan.held) {
        ++held[h.hold.code];
    }
    metrics.set_held(server.server, held);
    metrics.set_accounts(server.server, AccountSide::kDesired, plan.desired_accounts);
    metrics.set_accounts(server.server, AccountSide::kActual, plan.actual_accounts);
    metrics.set_accounts(server.server, AccountSide::kUnmanaged, plan.unmanaged_accounts);
    metrics.set(ServerGauge::kPlanStopped, server.server, plan.stopped.empty() ? 0U : 1U);
    if (const ExecutionReport* execution = execution_of(report, server.server)) {
        metrics.set(ServerGauge::kPutBudgetWait, server.server, execution->budget_wait);
    }
    metrics.set(ServerGauge::kBacklog, server.server, backlog_of(report, server));
}

struct LedgerFacts {
    std::uint64_t in_doubt = 0;
    std::map<DriftField, std::uint64_t> drift;
    std::optional<Time> oldest_drift;
    std::uint64_t deletions_due = 0;
    std::uint64_t parked = 0;
};

std::map<ServerId, LedgerFacts> ledger_facts(const Ledger& ledger) {
    std::map<ServerId, LedgerFacts> facts;
    for (const auto& [id, item] : ledger.items()) {
        LedgerFacts& f = facts[item.server];
        f.in_doubt += item.in_doubt.size();
        f.deletions_due += item.end_announced && owns(item) ? 1U : 0U;
        f.parked += std::ranges::any_of(item.setbacks, &Setback::parked) ? 1U : 0U;
        for (const DriftField field : kAllDriftFields) {
            f.drift[field] += has(item.drift, field) ? 1U : 0U;
        }
        if (item.drift != 0 && (!f.oldest_drift || item.drift_since < *f.oldest_drift)) {
            f.oldest_drift = item.drift_since;
        }
    }
    return facts;
}

}  // namespace

std::uint64_t backlog_of(const PassReport& report, const ServerObservation& server) {
    const std::uint64_t planned = server.plan->actions.size();
    const ExecutionReport* execution = execution_of(report, server.server);
    return execution != nullptr ? planned - std::min(planned, execution->progress.done) : planned;
}

void publish_pass(Metrics& metrics, const PassReport& report, const Moment& at, Duration took) {
    metrics.set_panel_behind(at.ledger.panel().behind_since.has_value());
    std::map<ServerId, LedgerFacts> facts = ledger_facts(at.ledger);
    const std::vector<Unknown> unknown = report.observation.unknown();
    for (const Unknown& off : report.observation.off) {
        metrics.add_server(off.server);
        metrics.set(ServerGauge::kUnknown, off.server, 0U);  // on purpose
    }
    for (const ServerObservation& server : report.observation.servers) {
        metrics.add_server(server.server);
        if (!report.observation.request.narrow()) {
            const bool known =
                std::ranges::find(unknown, server.server, &Unknown::server) == unknown.end();
            metrics.set(ServerGauge::kUnknown, server.server, known ? 0U : 1U);
        }
        LedgerFacts& fact = facts[server.server];
        metrics.set(ServerGauge::kInDoubt, server.server, fact.in_doubt);
        metrics.set(ServerGauge::kDeletionsDue, server.server, fact.deletions_due);
        metrics.set(ServerGauge::kParked, server.server, fact.parked);
        const bool paused = pause_over(at.ledger, server.server, at.now) != nullptr;
        metrics.set(ServerGauge::kPaused, server.server, paused ? 1U : 0U);
        for (const DriftField field : kAllDriftFields) {
            metrics.set_drift(server.server, field, fact.drift[field]);
        }
        const Duration age = fact.oldest_drift ? at.now - *fact.oldest_drift : Duration{0};
        metrics.set(ServerGauge::kOldestDriftAge, server.server, age);
        const LedgerServer* known = at.ledger.server(server.server);
        const bool quarantined = known != nullptr && known->quarantined_until > at.now;
        metrics.set(ServerGauge::kQuarantined, server.server, quarantined ? 1U : 0U);
        if (report.observation.request.narrow() || server.admission == Admission::kLeftAlone) {
            continue;
        }
        PassResult result = PassResult::kError;
        if (server.plan) {
            publish_state(metrics, server, report);
            const ExecutionReport* execution = execution_of(report, server.server);
            const bool failed = execution != nullptr && execution->server_error;
            result = failed ? PassResult::kError
                     : server.plan->desired_complete && server.plan->actual_complete
                         ? PassResult::kOk
                         : PassResult::kIncomplete;
        }
        metrics.pass_done(server.server, result, took, report.observation.started_at);
    }
}

void log_pass(const Log& log, const PassReport& report) {
    for (const ServerObservation& server : report.observation.servers) {
        const Log line = log.with("server", std::to_string(server.server.value));
        if (server.admission == Admission::kLeftAlone) {
            line.debug("{}", server.error->text());
            continue;
        }
        if (server.error) {
            line.error("server {} was not reconciled: {}", server.name, server.error->text());
            continue;
        }
        const ExecutionReport* execution = execution_of(report, server.server);
        const ExecutionReport done = execution != nullptr ? *execution : ExecutionReport();
        const ServerPlan& plan = *server.plan;
        if (!plan.stopped.empty()) {
            line.warning("the plan is stopped: {}. {}", plan.stopped, plan.stopped_remedy);
        }
        line.info(
            "{} pass: {} sold, {} in the cloud, {} drifted, {} held, {} of {} actions done, {} "
            "failed, {} wait for a limit of the cloud or for one that goes well",
            report.observation.request.trigger,
            plan.desired_accounts,
            plan.actual_accounts,
            plan.drift.size(),
            plan.held.size(),
            done.progress.done,
            plan.actions.size(),
            done.progress.failed,
            done.progress.deferred
        );
        for (const ActionFailure& failure : done.failures) {
            line.warning(
                "item {}: {} of {} failed: {}",
                failure.action.item.value,
                to_string(failure.action.kind),
                failure.action.login,
                failure.error.text()
            );
        }
    }
}

}  // namespace bn::controller
