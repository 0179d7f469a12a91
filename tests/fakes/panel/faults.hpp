// What goes wrong with a panel's calls, by a file that tests rewrite at any time: a JSON list,
// <folder>/faults.json, of
//   {"function": "service.postopen", "kind": "lost", "times": 2}
// function: a name, or its beginning and a star; missing: every function. times: how many calls it
// hits; missing or negative: until it is taken out. The first fault that fits is taken; a "slow"
// one is applied and the next that fits as well.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/panel/panel_home.hpp"

namespace bn::testing {

enum class FaultKind : std::uint8_t {
    kUnreachable,  // the panel does not run: text on stderr, exit code 1, no document
    kSlow,         // "ms" pass before anything else
    kError,        // an error document ("type", "object", "value") with exit code "exit";
                   // "effect": true - although the call took effect
    kCut,          // the effect is done, half of the answer is written, exit code 0
    kLost,         // the effect is done, no answer, exit code 1
    kGarbage,      // no effect, something that is no document, exit code 0
};

struct Fault {
    std::string function = "*";
    FaultKind kind = FaultKind::kError;
    int times = -1;
    std::chrono::milliseconds slow{0};
    int exit = 0;
    bool effect = false;
    std::string type = "unknown";
    std::string object = {};
    std::string value = {};
};

const char* to_text(FaultKind kind);

// The faults that hit this call, in order; counts them down in the file.
std::vector<Fault> take_faults(const PanelHome& home, const std::string& function);

// Adds one, as JSON text; takes all out.
void add_fault(const PanelHome& home, const std::string& json);
void clear_faults(const PanelHome& home);

}  // namespace bn::testing
