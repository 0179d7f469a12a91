// What the panel is told: a result by the calls of one delivery, a problem, a server's matters;
// each call is an event with its answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controller/service/context.hpp"

namespace bn::controller {

struct DeliveryResult {
    bool delivered = false;
    std::string problem;  // why it was not delivered, for the log
};

// Saves the item's params where they are missing, makes the operation's completion call (or tells
// its failure), and looks whether the panel's row has changed accordingly. A result that the panel
// had already is delivered: nothing is told twice. REQUIRES: the world has a way back; it is held
// meanwhile.
Task<DeliveryResult> deliver(ServiceContext& context, ItemId item, OwedResult owed);

// Registers or clears the problem of a server (problem_of).
Task<DeliveryResult> tell_problem(ServiceContext& context, LedgerServer server);

// What the answer means beyond the call itself.
struct CallFollows {
    bool news = true;  // false: the call itself need not be recorded, it said nothing new
    std::vector<Event> events;
};

// One call of the panel about an item and no operation, with its events. `only_failures`: what went
// well is told by another event.
Task<Result<PanelAnswer>> call_for_item(
    ServiceContext& context,
    ItemId item,
    ServerId server,
    PanelCall call,
    bool only_failures = false
);

using FollowUp = std::function<CallFollows(const Result<PanelAnswer>&)>;

// One call of the panel that belongs to a server and to no item, with its events. `world` is held:
// a reload may replace the context's meanwhile. `follow` may be empty.
Task<Result<PanelAnswer>> call_for_server(
    ServiceContext& context,
    std::shared_ptr<World> world,
    ServerId server,
    PanelCall call,
    FollowUp follow = FollowUp()
);

}  // namespace bn::controller
