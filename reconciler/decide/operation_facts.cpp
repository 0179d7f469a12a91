#include "reconciler/decide/operation_facts.hpp"

#include <algorithm>

namespace bn {

namespace {

void read_desired(const DesiredSnapshot& desired, ItemId item, OperationFacts& facts) {
    facts.has_row = desired.has_row(item) || !desired.complete;
    for (const Hold& hold : desired.holds) {
        if (hold.item == item) {
            facts.holds.push_back(hold);
        }
    }
    for (const DesiredServer& server : desired.servers) {
        const std::size_t at = server.accounts.find(item);
        if (at != DesiredTable::npos) {
            facts.wanted = server.accounts[at].wanted;
            facts.may_have_account = facts.may_have_account || server.accounts[at].login_saved;
            if (!server.problem.empty()) {
                facts.server_error =
                    Error(NextMove::kHuman, "bad-server", server.problem, server.remedy);
            }
        }
    }
}

void read_plan(const ServerPlan& plan, ItemId item, OperationFacts& facts) {
    const auto planned =
        std::count_if(plan.actions.begin(), plan.actions.end(), [&](const auto& a) {
            return a.item == item && a.kind != ActionKind::kAdopt;
        });
    facts.planned += static_cast<std::uint64_t>(planned);
    for (const HeldAction& held : plan.held) {
        if (held.hold.item == item) {
            facts.holds.push_back(held.hold);
        }
    }
    facts.plan_stopped = plan.stopped;
    facts.plan_remedy = plan.stopped_remedy;
}

// The server of the item's row, or, without one, of its account.
bool concerns(
    const DesiredSnapshot& desired,
    const ServerObservation& server,
    ItemId item,
    const LedgerItem* known
) {
    const DesiredServer* row = desired.server(server.server);
    return (row != nullptr && row->accounts.find(item) != DesiredTable::npos) ||
           (known != nullptr && known->server == server.server);
}

OperationFacts facts_of(
    const PassReport& report, const PendingOperation& operation, const Ledger& ledger
) {
    const ItemId item = operation.item;
    const LedgerItem* known = ledger.item(item);
    const DesiredSnapshot& desired = *report.observation.desired;
    OperationFacts facts;
    facts.command = operation.command;
    facts.may_have_account = known != nullptr && owns(*known);
    read_desired(desired, item, facts);
    bool observed = false;
    for (const ServerObservation& server : report.observation.servers) {
        if (!concerns(desired, server, item, known)) {
            continue;
        }
        observed = true;
        if (server.error) {
            facts.server_error = server.error;
        }
        if (server.plan) {
            facts.looked = server.plan->actual_complete && server.plan->desired_complete;
            read_plan(*server.plan, item, facts);
        }
        const auto execution = report.executions.find(server.server);
        if (execution != report.executions.end()) {
            for (const ActionFailure& failure : execution->second.failures) {
                if (failure.action.item == item) {
                    facts.failure = failure.error;
                }
            }
            if (!facts.failure && execution->second.server_error) {
                facts.server_error = execution->second.server_error;
            }
        }
    }
    if (!observed && facts.may_have_account && !facts.server_error) {
        facts.server_error = Error(
            NextMove::kHuman,
            "server-disabled",
            "the server of this service is switched off, so its account was not looked at",
            "switch it on in the panel and in the configuration"
        );
    }
    const auto done = report.calls_done.find(item);
    facts.done = done == report.calls_done.end() ? 0 : done->second;
    return facts;
}

}  // namespace

std::map<PendingOperation, OperationFacts> operation_facts(
    const PassReport& report,
    const PassRequest& request,
    const std::vector<PendingOperation>& operations,
    const Ledger& ledger
) {
    std::map<PendingOperation, OperationFacts> facts;
    for (const PendingOperation& operation : operations) {
        const bool asked = std::find(request.items.begin(), request.items.end(), operation.item) !=
                           request.items.end();
        if (!request.narrow() || asked) {
            facts.emplace(operation, facts_of(report, operation, ledger));
        }
    }
    return facts;
}

}  // namespace bn
