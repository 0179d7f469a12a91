// What ends by itself, and is recorded so that nobody has to work out times to know it.
#include <algorithm>
#include <iterator>
#include <vector>

#include "reconciler/decide/pass.hpp"

namespace bn {
namespace {

// In the order of their numbers: a map without order must not decide that of the events.
std::vector<const LedgerItem*> sorted_items(
    const Ledger& ledger, bool (*which)(const LedgerItem&)
) {
    std::vector<const LedgerItem*> found;
    for (const auto& [id, item] : ledger.items()) {
        if (which(item)) {
            found.push_back(&item);
        }
    }
    std::ranges::sort(found, {}, &LedgerItem::item);
    return found;
}

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
    const auto due = [](const LedgerItem& item) {
        return item.due != 0 && item.drift == 0 && owns(item) && item.in_doubt.empty();
    };
    for (const LedgerItem* item : sorted_items(at.ledger, due)) {
        if (item->server == plan.server &&
            std::ranges::find(plan.drift, item->item, &Drift::item) == plan.drift.end()) {
            events.emplace_back(DriftCleared{item->item});
        }
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
