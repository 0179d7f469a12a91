// One delivery: the calls that tell the panel one result, each of them an event with its answer.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "controller/config/config.hpp"
#include "controller/pass/journal.hpp"
#include "controller/pass/world.hpp"
#include "controller/reporting/panel_link.hpp"

namespace bn::controller {

// What a delivery works with. All of it outlives the delivery.
struct DeliveryParts {
    const Config& config;
    Journal& journal;
    World& world;
    PanelLink& link;
    std::function<Time()> now;
    bool panel_was_away = false;          // then a call that does not get through is no news
    std::function<bool()> stopping = {};  // no further call once it is true; may be empty
};

struct DeliveryResult {
    bool delivered = false;
    std::optional<Error> unreachable;  // the panel, or this call of it, does not answer
    std::string problem;               // why it was not delivered, for the log
};

// Saves the item's params where they are missing, makes the operation's completion call (or tells
// its failure), and looks whether the panel's row has changed accordingly. A result that the panel
// had already is delivered: nothing is told twice.
Task<DeliveryResult> deliver(DeliveryParts parts, ItemId item, OwedResult owed);

// Registers or clears the problem that a cloud cannot be reached.
Task<DeliveryResult> tell_problem(DeliveryParts parts, LedgerServer server, bool away);

}  // namespace bn::controller
