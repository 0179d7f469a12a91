// Events for people and for programs: a sentence, a line, an object of JSON (these are pure), and
// why something happened: the events that led to one, each named by the next as its causation.
#pragma once

#include <string>
#include <vector>

#include "cli/screen/screen.hpp"
#include "controller/json/json.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/ports/event_store.hpp"

namespace bn::cli {

// The event as one sentence, by the table in event_view.cpp, escaped. Its times are UTC; a screen
// shows it through `said`.
std::string event_sentence(const Event& event, Language language);

// One line, with line end, for grep; folded where the terminal is narrow.
std::string render_event(const Envelope& event, const ScreenOptions& options);

// As docs/events.md says; as text it is one line.
controller::Json event_json(const Envelope& event);

// The newest events that match, oldest first. Blocks.
Result<std::vector<Envelope>> newest_events(
    EventStore& store, EventFilter filter, std::uint64_t limit
);

// The event with this id or position and what led to it, the first cause first. Blocks: one reading
// backwards, for a cause stands before its effect. Errors: the store's; "command.event" (kHuman)
// when there is no such event.
Result<std::vector<Envelope>> causes_of(EventStore& store, const std::string& event);

}  // namespace bn::cli
