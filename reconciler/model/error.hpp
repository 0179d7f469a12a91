// Errors are classed by the next move of whoever meets them, not by where they come from.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "reconciler/model/names.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

enum class NextMove {
    kRetryCall,  // the same call may be repeated soon, with back-off
    kRedoPass,   // what we believed is stale: observe again, then decide
    kWait,       // not before a time: rate limit, maintenance, quarantine
    kHuman,      // somebody has to change something first
    kBug,        // cannot happen if the program is right
};

template <>
inline constexpr std::array kNamesOf<NextMove> =
    names("retry-call", "redo-pass", "wait", "human", "bug");

// Whom a failure concerns: what it would be wrong to go on with as if nothing had happened. Set by
// whoever makes the error; nobody guesses it from the code.
enum class Concern {
    kCall,        // this call only
    kItem,        // every further action of this item
    kActionKind,  // every action of this kind on this server: its limit of changes is spent
    kServer,      // every call to this server
    kStore,       // the event store: nothing may be done without it
    kPanel,       // the panel as a whole: its API or its database
};

// One failure, told to a person: what happened, what to do next. Holds no secrets.
struct Error {
    NextMove move = NextMove::kBug;
    std::string code;    // short and stable, for metrics and scripts: "ocs.401", "panel.connect"
    std::string what;    // one sentence naming the thing
    std::string remedy;  // one sentence: what to do next; empty when waiting is all there is to do
    std::optional<Duration> wait;  // kWait: not before this much time has passed
    // The effect may have happened although the call failed (time-out, 5xx after the write).
    bool effect_unknown = false;
    Concern concern = Concern::kCall;
    // `wait` is our own choice, because nobody knows the end (a maintenance): whoever waits may cap
    // it.
    bool wait_is_ours = false;

    Error() = default;

    Error(NextMove m, std::string c, std::string w, std::string r = {})
        : Error(Concern::kCall, m, std::move(c), std::move(w), std::move(r)) {}

    Error(Concern whom, NextMove m, std::string c, std::string w, std::string r = {})
        : move(m), code(std::move(c)), what(std::move(w)), remedy(std::move(r)), concern(whom) {}

    // "what (remedy) [code]" on one line.
    [[nodiscard]] std::string text() const {
        return what + (remedy.empty() ? "" : " (" + remedy + ")") + " [" + code + "]";
    }
};

template <class T>
using Result = tl::expected<T, Error>;

}  // namespace bn
