// Errors are classed by the next move of whoever meets them, not by where they come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "reconciler/model/time.hpp"

namespace bn {

enum class NextMove {
    kRetryCall,  // the same call may be repeated soon, with back-off
    kRedoPass,   // what we believed is stale: observe again, then decide
    kWait,       // not before a time: rate limit, maintenance, quarantine
    kHuman,      // somebody has to change something first
    kBug,        // cannot happen if the program is right
};

std::string_view to_string(NextMove move);

// One failure, told to a person: what happened, what to do next. Holds no secrets.
struct Error {
    NextMove move = NextMove::kBug;
    std::string code;    // short and stable, for metrics and scripts: "ocs.401", "panel.connect"
    std::string what;    // one sentence naming the thing
    std::string remedy;  // one sentence: what to do next; empty when waiting is all there is to do
    std::optional<Duration> wait;  // kWait: not before this much time has passed
    // The effect may have happened although the call failed (time-out, 5xx after the write).
    bool effect_unknown = false;

    Error() = default;

    Error(NextMove m, std::string c, std::string w, std::string r = {})
        : move(m), code(std::move(c)), what(std::move(w)), remedy(std::move(r)) {}

    // "what (remedy) [code]" on one line.
    [[nodiscard]] std::string text() const;
};

template <class T>
using Result = tl::expected<T, Error>;

}  // namespace bn
