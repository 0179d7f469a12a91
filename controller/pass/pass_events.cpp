#include "controller/pass/pass_events.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "controller/pass/plan_checksum.hpp"
#include "reconciler/events/decide.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn::controller {

namespace {

// How long a failing server is left alone: growing, jittered, never less than it asked for. What a
// person must mend is looked at again as well, so that mending it is enough.
// An outage is looked at every few minutes: it costs one call, and paid orders may be waiting.
Duration quarantine_time(
    const Error& error, std::uint32_t failures, ServerId server, Duration longest
) {
    const bool person = error.move == NextMove::kHuman;
    const Duration first = person ? std::chrono::minutes(5) : std::chrono::seconds(15);
    const Duration cap = person ? std::chrono::hours(1) : std::chrono::minutes(5);
    BackoffOptions options;
    options.first = std::min(first, longest);
    options.cap = std::min(cap, longest);
    const Duration delay = backoff_delay(failures, server.value + failures * 7919ULL, options);
    if (!error.wait) {
        return delay;
    }
    const Duration wait = error.wait_is_ours ? std::min(*error.wait, options.cap) : *error.wait;
    return std::max(wait, delay);
}

ServerQuarantined quarantine(
    const Ledger& ledger, ServerId server, const Error& error, const Config& config, Time now
) {
    const LedgerServer* known = ledger.server(server);
    ServerQuarantined event;
    event.server = server;
    event.code = error.code;
    event.what = error.text();
    event.move = error.move;
    event.failures = known != nullptr ? known->failures + 1 : 1;
    event.until = now + quarantine_time(error, event.failures, server, config.service.backoff_max);
    return event;
}

bool concerns(const Event& event, const std::set<ItemId>& items) {
    return std::visit(
        [&items](const auto& e) {
            if constexpr (requires { e.item; }) {
                return items.contains(e.item);
            } else {
                return true;
            }
        },
        event
    );
}

void server_events(
    std::vector<Event>& events,
    const Ledger& ledger,
    const ServerObservation& server,
    const Config& config,
    Time now
) {
    const LedgerServer* known = ledger.server(server.server);
    if (server.error) {
        if (!server.quarantined && server.error->code != "config.policy") {
            events.emplace_back(quarantine(ledger, server.server, *server.error, config, now));
        }
        return;
    }
    if (known != nullptr && known->quarantined_until) {
        ServerRecovered recovered;
        recovered.server = server.server;
        events.emplace_back(recovered);
    }
    if (server.info &&
        (known == nullptr || known->name != server.name || known->address != server.address ||
         known->product != server.info->product || known->version != server.info->version)) {
        ServerObserved observed;
        observed.server = server.server;
        observed.name = server.name;
        observed.address = server.address;
        observed.product = server.info->product;
        observed.version = server.info->version;
        events.emplace_back(std::move(observed));
    }
    if (server.plan && !server.plan->stopped.empty()) {
        PlanStopped stopped;
        stopped.server = server.server;
        stopped.checksum = plan_checksum(*server.plan);
        stopped.reason = server.plan->stopped;
        stopped.destructive = server.plan->destructive_count();
        if (known == nullptr || known->stopped_plan != stopped.checksum) {
            events.emplace_back(std::move(stopped));
        }
    }
}

PassServerSummary summary(
    const ServerObservation& server, const PassReport& report, const PassRequest& request
) {
    PassServerSummary summary;
    summary.server = server.server;
    if (server.error) {
        summary.error = server.error->text();
    }
    if (server.plan) {
        const ServerPlan& plan = *server.plan;
        summary.complete = !request.narrow() && plan.desired_complete && plan.actual_complete;
        summary.desired = plan.desired_accounts;
        summary.actual = plan.actual_accounts;
        summary.drifted = plan.drift.size();
        summary.held = plan.held.size();
        summary.stopped = plan.stopped;
        if (!plan.actual_complete && server.actual) {
            summary.error = server.actual->incomplete_reason;
        }
    }
    const auto it = report.executions.find(server.server);
    if (it != report.executions.end()) {
        summary.done = it->second.progress.done;
        summary.failed = it->second.progress.failed;
        if (it->second.server_error) {
            summary.error = it->second.server_error->text();
        }
    }
    return summary;
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
    metrics.set_plan_stopped(server.server, !plan.stopped.empty());
    std::uint64_t backlog = plan.actions.size();
    const auto it = report.executions.find(server.server);
    if (it != report.executions.end()) {
        backlog -= std::min(backlog, it->second.progress.done);
        metrics.set_put_budget_wait(server.server, it->second.budget_wait);
    }
    metrics.set_backlog(server.server, backlog);
}

struct LedgerFacts {
    std::uint64_t in_doubt = 0;
    std::map<DriftField, std::uint64_t> drift;
    std::optional<Time> oldest_drift;
};

std::map<ServerId, LedgerFacts> ledger_facts(const Ledger& ledger) {
    std::map<ServerId, LedgerFacts> facts;
    for (const auto& [id, item] : ledger.items()) {
        LedgerFacts& f = facts[item.server];
        f.in_doubt += item.in_doubt.size();
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

std::vector<Event> observation_events(
    const Ledger& ledger,
    const Observation& observation,
    const PassRequest& request,
    const Config& config,
    Time now
) {
    std::vector<Event> events;
    const std::set<ItemId> items(request.items.begin(), request.items.end());
    for (const ServerObservation& server : observation.servers) {
        server_events(events, ledger, server, config, now);
        if (!server.plan) {
            continue;
        }
        for (Event& event : decide_observation(ledger, *server.plan, *observation.desired, now)) {
            if (!request.narrow() || concerns(event, items)) {
                events.push_back(std::move(event));
            }
        }
    }
    if (!request.narrow() && !request.only_server) {
        for (Event& event : decide_reader_holds(ledger, *observation.desired)) {
            events.push_back(std::move(event));
        }
    }
    return events;
}

std::vector<Event> completion_events(
    const Ledger& ledger,
    const PassReport& report,
    const PassRequest& request,
    const Config& config,
    Time now
) {
    std::vector<Event> events;
    for (const auto& [server, execution] : report.executions) {
        if (execution.server_error) {
            events.emplace_back(quarantine(ledger, server, *execution.server_error, config, now));
        }
    }
    PassCompleted completed;
    completed.pass = report.id;
    completed.trigger = request.trigger;
    completed.started_at = report.observation.started_at;
    completed.took = now - report.observation.started_at;
    for (const ServerObservation& server : report.observation.servers) {
        if (!server.quarantined) {  // a server that is left alone was not attempted
            completed.servers.push_back(summary(server, report, request));
        }
    }
    events.emplace_back(std::move(completed));
    return events;
}

void publish_pass(
    Metrics& metrics,
    const PassReport& report,
    const PassRequest& request,
    const Ledger& ledger,
    Time now
) {
    std::map<ServerId, LedgerFacts> facts = ledger_facts(ledger);
    for (const ServerObservation& server : report.observation.servers) {
        metrics.add_server(server.server);
        LedgerFacts& fact = facts[server.server];
        metrics.set_in_doubt(server.server, fact.in_doubt);
        for (const DriftField field : kAllDriftFields) {
            metrics.set_drift(server.server, field, fact.drift[field]);
        }
        metrics.set_oldest_drift_age(
            server.server, fact.oldest_drift ? now - *fact.oldest_drift : Duration{0}
        );
        const LedgerServer* known = ledger.server(server.server);
        metrics.set_quarantined(
            server.server,
            known != nullptr && known->quarantined_until && *known->quarantined_until > now
        );
        if (request.narrow() || server.quarantined) {
            continue;
        }
        PassResult result = PassResult::kError;
        if (server.plan) {
            publish_state(metrics, server, report);
            const auto it = report.executions.find(server.server);
            const bool failed = it != report.executions.end() && it->second.server_error;
            result = failed ? PassResult::kError
                     : server.plan->desired_complete && server.plan->actual_complete
                         ? PassResult::kOk
                         : PassResult::kIncomplete;
        }
        metrics.pass_done(
            server.server,
            result,
            now - report.observation.started_at,
            report.observation.started_at
        );
    }
}

std::vector<std::pair<ItemId, Time>> looks_after(
    const PassReport& report, const Ledger& ledger, Time now
) {
    constexpr std::size_t kFew = 100;  // each costs the cloud a call
    std::vector<std::pair<ItemId, Time>> looks;
    for (const auto& [id, execution] : report.executions) {
        const LedgerServer* known = ledger.server(id);
        const ServerObservation* server = report.observation.server(id);
        if (server != nullptr && server->plan && server->plan->actions.size() <= kFew &&
            !execution.server_error) {
            for (const Action& action : server->plan->actions) {
                looks.emplace_back(action.item, now);
            }
        }
        for (const ActionFailure& failure : execution.failures) {
            const LedgerItem* item = ledger.item(failure.action.item);
            Time at = item != nullptr && item->next_attempt_at ? *item->next_attempt_at
                                                               : now + std::chrono::seconds(30);
            if (known != nullptr && known->quarantined_until) {
                at = std::max(at, *known->quarantined_until);
            }
            if (failure.error.move != NextMove::kHuman) {
                looks.emplace_back(failure.action.item, at);
            }
        }
    }
    return looks;
}

void log_pass(const Log& log, const PassReport& report, const PassRequest& request) {
    for (const ServerObservation& server : report.observation.servers) {
        const Log line = log.with("server", std::to_string(server.server.value));
        if (server.quarantined) {
            line.debug("{}", server.error->text());
            continue;
        }
        if (server.error) {
            line.error("server {} was not reconciled: {}", server.name, server.error->text());
            continue;
        }
        const auto it = report.executions.find(server.server);
        const ExecutionProgress done =
            it == report.executions.end() ? ExecutionProgress{} : it->second.progress;
        const ServerPlan& plan = *server.plan;
        if (!plan.stopped.empty()) {
            line.warning("the plan is stopped: {}. {}", plan.stopped, plan.stopped_remedy);
        }
        line.info(
            "{} pass: {} sold, {} in the cloud, {} drifted, {} held, {} of {} actions done, {} "
            "failed, {} wait for the rate limit",
            request.trigger,
            plan.desired_accounts,
            plan.actual_accounts,
            plan.drift.size(),
            plan.held.size(),
            done.done,
            plan.actions.size(),
            done.failed,
            done.deferred
        );
        if (it == report.executions.end()) {
            continue;
        }
        for (const ActionFailure& failure : it->second.failures) {
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
