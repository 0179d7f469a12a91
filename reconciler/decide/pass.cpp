#include "reconciler/decide/pass.hpp"

#include <algorithm>
#include <set>
#include <variant>

#include "reconciler/decide/observation.hpp"
#include "reconciler/decide/server.hpp"

namespace bn {

namespace {

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

}  // namespace

std::vector<Event> decide_observed(
    const Ledger& ledger,
    const Observation& observation,
    const PassRequest& request,
    Duration longest,
    Time now
) {
    std::vector<Event> events;
    const std::set<ItemId> items(request.items.begin(), request.items.end());
    for (const DesiredServer& server : observation.desired->servers) {
        const bool asked = !request.only_server || *request.only_server == server.id;
        if (observation.desired->complete && asked) {
            std::vector<Event> sold = decide_sold(ledger, server, request.items);
            events.insert(events.end(), sold.begin(), sold.end());
        }
    }
    for (const ServerObservation& server : observation.servers) {
        for (Event& event : decide_server(ledger, server, longest, now)) {
            events.push_back(std::move(event));
        }
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

std::vector<Event> decide_completed(
    const Ledger& ledger,
    const PassReport& report,
    const PassRequest& request,
    Duration longest,
    Time now
) {
    std::vector<Event> events;
    for (const auto& [server, execution] : report.executions) {
        if (execution.server_error) {
            events.emplace_back(
                decide_quarantine(ledger, server, *execution.server_error, longest, now)
            );
        }
    }
    PassCompleted completed;
    completed.pass = report.id;
    completed.trigger = request.trigger;
    completed.started_at = report.observation.started_at;
    completed.took_ms = now - report.observation.started_at;
    for (const ServerObservation& server : report.observation.servers) {
        if (server.admission !=
            Admission::kLeftAlone) {  // a server that is left alone was not attempted
            completed.servers.push_back(summary(server, report, request));
        }
    }
    events.emplace_back(std::move(completed));
    return events;
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
                // What waits for the server's limit of changes is not looked at before it can go
                // on.
                looks.emplace_back(action.item, now + execution.budget_wait);
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

}  // namespace bn
