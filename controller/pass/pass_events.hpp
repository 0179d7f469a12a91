// What a pass leaves behind: its events, metrics and log lines. No I/O but through arguments.
#pragma once

#include <vector>

#include "controller/pass/pass.hpp"

namespace bn::controller {

// Before anything is done: what was seen that differs from what the ledger says.
std::vector<Event> observation_events(
    const Ledger& ledger,
    const Observation& observation,
    const PassRequest& request,
    const Config& config,
    Time now
);

// At the end: servers that failed while their plan was carried out, and the pass itself.
std::vector<Event> completion_events(
    const Ledger& ledger,
    const PassReport& report,
    const PassRequest& request,
    const Config& config,
    Time now
);

void publish_pass(
    Metrics& metrics,
    const PassReport& report,
    const PassRequest& request,
    const Ledger& ledger,
    Time now
);

// Items to look at again soon, and when: what was changed is proved by a look, what failed is tried
// again after its back-off. Many changes at once are left to the next full pass.
std::vector<std::pair<ItemId, Time>> looks_after(
    const PassReport& report, const Ledger& ledger, Time now
);

void log_pass(const Log& log, const PassReport& report, const PassRequest& request);

}  // namespace bn::controller
