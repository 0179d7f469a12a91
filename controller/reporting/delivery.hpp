// One delivery: the calls that tell the panel one result, each of them an event with its answer.
#pragma once

#include <string>

#include "controller/service/context.hpp"

namespace bn::controller {

struct DeliveryResult {
    bool delivered = false;
    bool unreachable = false;  // the panel, or this call of it, does not answer
    std::string problem;       // why it was not delivered, for the log
};

// Saves the item's params where they are missing, makes the operation's completion call (or tells
// its failure), and looks whether the panel's row has changed accordingly. A result that the panel
// had already is delivered: nothing is told twice. REQUIRES: context.link; it is held meanwhile.
Task<DeliveryResult> deliver(ServiceContext& context, ItemId item, OwedResult owed);

// Registers or clears the problem that a cloud cannot be reached.
Task<DeliveryResult> tell_problem(ServiceContext& context, LedgerServer server);

}  // namespace bn::controller
