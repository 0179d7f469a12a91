// Times as people read them: in the host's time zone, with its offset. JSON and logs have
// `format_time`. Reads the environment's TZ; usable from any thread while nobody changes it.
#pragma once

#include <string>
#include <string_view>

#include "reconciler/model/time.hpp"
#include "words/language.hpp"

namespace bn::words {

// "2026-11-25 21:30:05 +03:00".
std::string local_time(Time t);

// The text with its times as `format_time` writes them as local ones, but for those that are an
// option's value in a command.
std::string with_local_times(std::string_view text);

// A finished English text of the core, an adapter or an event, as people read it: in their
// language, with local times.
std::string told(std::string_view text, Language language);

}  // namespace bn::words
