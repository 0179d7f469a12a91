// What ends by itself, and is recorded so that nobody has to work out times to know it.
#include <set>
#include <vector>

#include "reconciler/decide/pass.hpp"

namespace bn {
namespace {

void end_pauses(const Moment& at, std::vector<Event>& events) {
    if (has_ended(at.ledger.panel().paused, at.now)) {
        events.emplace_back(ServicePauseEnded{});
    }
    for (const auto& [id, server] : at.ledger.servers()) {
        if (has_ended(server.paused, at.now)) {
            events.emplace_back(ServerPauseEnded{id});
        }
    }
    for (const ItemId id : at.ledger.noted()) {
        const LedgerItem& item = *at.ledger.item(id);
        if (has_ended(item.paused, at.now)) {
            events.emplace_back(ItemResumed{id});
        }
        if (has_ended(item.kept, at.now)) {
            events.emplace_back(ItemKeptEnded{id});
        }
    }
}

void announce_deletions(
    const Moment& at, ServerId server, const PassRules& rules, std::vector<Event>& events
) {
    const LedgerServer* known = at.ledger.server(server);
    for (const ItemId id : at.ledger.noted()) {
        const LedgerItem& item = *at.ledger.item(id);
        if (!owns(item) || item.server != server || item.end_announced) {
            continue;
        }
        const std::optional<Duration> left = retention_left(item, known, at.now, rules.retention);
        if (left && *left <= rules.notice && *left > Duration{0}) {
            events.emplace_back(RetentionEnding{id, server, item.login, at.now + *left});
        }
    }
}

// Another value was sold, and the account has it already: from here on it may be changed by hand.
void settle_due(const Moment& at, const ServerPlan& plan, std::vector<Event>& events) {
    if (!plan.desired_complete || !plan.actual_complete) {
        return;
    }
    std::set<ItemId> due;  // in their order: a map without one must not decide that of the events
    for (const auto& [id, item] : at.ledger.items()) {
        if (item.server == plan.server && item.due != 0 && item.drift == 0 && owns(item) &&
            item.in_doubt.empty()) {
            due.insert(id);
        }
    }
    for (const Drift& drift : plan.drift) {
        due.erase(drift.item);
    }
    for (const ItemId id : due) {
        events.emplace_back(DriftCleared{id});
    }
}

}  // namespace

std::vector<Event> decide_endings(
    const Moment& at, const Observation& observation, const PassRules& rules
) {
    std::vector<Event> events;
    end_pauses(at, events);
    for (const ServerObservation& server : observation.servers) {
        if (!server.plan || observation.request.narrow()) {
            continue;
        }
        announce_deletions(at, server.server, rules, events);
        if (rules.by_hand) {
            settle_due(at, *server.plan, events);
        }
    }
    return events;
}

}  // namespace bn
