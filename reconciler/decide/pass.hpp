// What a pass records as a whole, and where it is worth looking again. Pure.
#pragma once

#include <utility>
#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// Before anything is done: what was seen that differs from what the ledger says. Of a narrow pass,
// what concerns its items. `longest`: no server is left alone for longer by our own choice.
std::vector<Event> decide_observed(
    const Ledger& ledger,
    const Observation& observation,
    const PassRequest& request,
    Duration longest,
    Time now
);

// At the end: servers that failed while their plan was carried out, and the pass itself.
std::vector<Event> decide_completed(
    const Ledger& ledger,
    const PassReport& report,
    const PassRequest& request,
    Duration longest,
    Time now
);

// Items to look at again soon, and when: what was changed is proved by a look, what failed is tried
// again after its back-off. Many changes at once are left to the next full pass.
std::vector<std::pair<ItemId, Time>> looks_after(
    const PassReport& report, const Ledger& ledger, Time now
);

}  // namespace bn
