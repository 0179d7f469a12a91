// What a person asks for, and the life of the service itself, as events. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// Items that nothing is done to until they are resumed. Those that are not known, or are so
// already, are left out.
std::vector<Event> decide_pause(
    const Ledger& ledger, const std::vector<ItemId>& items, const std::string& reason
);
std::vector<Event> decide_resume(const Ledger& ledger, const std::vector<ItemId>& items);

// Lets exactly this plan pass once.
PlanApproved approve_plan(ServerId server, std::string checksum);

// "It is the same cloud under a new address." Nothing when that is known already, or when the
// server was never seen.
std::vector<Event> accept_address(const Ledger& ledger, const DesiredServer& server);

ServiceStarted service_started(
    std::string version, std::string config_digest, std::string host, std::uint32_t pid
);
ServiceStopped service_stopped(std::string reason);
// Nothing when the two digests are equal.
std::vector<Event> config_changed(std::string before, std::string after, std::string summary);

}  // namespace bn
