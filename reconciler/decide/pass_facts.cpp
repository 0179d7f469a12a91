#include "reconciler/decide/pass_facts.hpp"

#include <algorithm>

namespace bn {

Plan Observation::plan() const {
    Plan plan;
    plan.made_at = started_at;
    for (const ServerObservation& server : servers) {
        if (server.plan) {
            plan.servers.push_back(*server.plan);
        }
    }
    return plan;
}

std::map<ServerId, PutBudget> Observation::budgets() const {
    std::map<ServerId, PutBudget> budgets;
    for (const ServerObservation& server : servers) {
        if (server.info) {
            budgets.emplace(server.server, server.info->put_budget);
        }
    }
    return budgets;
}

const ServerObservation* Observation::server(ServerId id) const {
    const auto it = std::ranges::find(servers, id, &ServerObservation::server);
    return it == servers.end() ? nullptr : &*it;
}

std::uint64_t Observation::error_count() const {
    if (desired && desired->servers.empty()) {
        return 1;  // a panel without any server of our module: nothing was looked at
    }
    return static_cast<std::uint64_t>(std::count_if(
        servers.begin(),
        servers.end(),
        [](const auto& s) {
            return s.error || (s.plan && (!s.plan->desired_complete || !s.plan->actual_complete));
        }
    ));
}

bool PassReport::failed() const {
    return observation.error_count() > 0 ||
           std::any_of(executions.begin(), executions.end(), [](const auto& e) {
               return e.second.progress.failed > 0 || e.second.server_error.has_value();
           });
}

}  // namespace bn
