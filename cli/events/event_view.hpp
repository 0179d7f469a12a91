// Events for people and for programs: a sentence, a line, an object of JSON. Pure.
#pragma once

#include <string>

#include "cli/screen/screen.hpp"
#include "controller/json/json.hpp"
#include "reconciler/events/events.hpp"

namespace bn::cli {

// The event as one sentence, by the table in event_view.cpp.
std::string event_sentence(const Event& event, Language language);

// One line, with line end.
std::string render_event(const Envelope& event, const ScreenOptions& options);

// As docs/events.md says; as text it is one line.
controller::Json event_json(const Envelope& event);

}  // namespace bn::cli
