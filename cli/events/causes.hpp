// Why something happened: the events that led to one, each named by the next as its causation.
#pragma once

#include <string>
#include <vector>

#include "reconciler/ports/event_store.hpp"

namespace bn::cli {

// The event with this id or position and what led to it, the first cause first. Blocks: one reading
// backwards, for a cause stands before its effect. Errors: the store's; "command.event" (kHuman)
// when there is no such event.
Result<std::vector<Envelope>> causes_of(EventStore& store, const std::string& event);

}  // namespace bn::cli
