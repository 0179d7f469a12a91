// decide: ledger x what was seen or done -> events. Pure; records only what changed, so that a
// quiet pass over any number of items records nothing here.
#pragma once

#include <optional>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn {

// Drift, holds, vanished and reappeared rows, ended retentions of one server's plan (after guards)
// that differ from what the ledger says. Back-off and in-doubt holds are not recorded: their own
// events say it, and so does a pause. Holds by policy (configuration), blast radius and incomplete
// snapshot (states of a whole plan) are not recorded per item either. Nothing is concluded from an
// incomplete reading of either side. An item is spoken of by one server only: the one of its row,
// or, when it has none, the one of its account.
std::vector<Event> decide_observation(
    const Ledger& ledger, const ServerPlan& plan, const DesiredSnapshot& desired, Time now
);

// What was sold is another than the ledger says: rows that can be understood, of one server; with
// `items`, of these only. An item that is seen for the first time is told from nothing.
std::vector<Event> decide_sold(
    const Ledger& ledger, const DesiredServer& server, const std::vector<ItemId>& items
);

// Holds of items that have no server, or one that cannot be used (DesiredServer::problem).
std::vector<Event> decide_reader_holds(const Ledger& ledger, const DesiredSnapshot& desired);

}  // namespace bn
