#include "reconciler/decide/operator.hpp"

#include <utility>

namespace bn {

std::vector<Event> decide_pause(
    const Ledger& ledger, const std::vector<ItemId>& items, const std::string& reason
) {
    std::vector<Event> events;
    for (const ItemId id : items) {
        const LedgerItem* item = ledger.item(id);
        if (item != nullptr && !item->paused) {
            events.emplace_back(ItemPaused{id, reason.empty() ? "asked for in the panel" : reason});
        }
    }
    return events;
}

std::vector<Event> decide_resume(const Ledger& ledger, const std::vector<ItemId>& items) {
    std::vector<Event> events;
    for (const ItemId id : items) {
        const LedgerItem* item = ledger.item(id);
        if (item != nullptr && item->paused) {
            events.emplace_back(ItemResumed{id});
        }
    }
    return events;
}

PlanApproved approve_plan(ServerId server, std::string checksum) {
    return PlanApproved{server, std::move(checksum)};
}

std::vector<Event> accept_address(const Ledger& ledger, const DesiredServer& server) {
    std::vector<Event> events;
    const LedgerServer* known = ledger.server(server.id);
    if (known != nullptr && known->address != server.base_url) {
        events.emplace_back(ServerAddressAccepted{server.id, known->address, server.base_url});
    }
    return events;
}

ServiceStarted service_started(
    std::string version, std::string config_digest, std::string host, std::uint32_t pid
) {
    return ServiceStarted{std::move(version), std::move(config_digest), std::move(host), pid};
}

ServiceStopped service_stopped(std::string reason) {
    return ServiceStopped{std::move(reason)};
}

std::vector<Event> config_changed(std::string before, std::string after, std::string summary) {
    std::vector<Event> events;
    if (before != after) {
        events.emplace_back(ConfigChanged{std::move(before), std::move(after), std::move(summary)});
    }
    return events;
}

}  // namespace bn
