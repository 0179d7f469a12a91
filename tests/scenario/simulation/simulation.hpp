// Runs one history: a whole controller (its loop, executor, reporter, schedules) on simulated time,
// panel, cloud and store, single-threaded, without sockets and without sleeping; and looks all the
// while whether what must never be has come about.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/scenario/simulation/history.hpp"

namespace bn::sim {

struct Ending {
    std::vector<std::string> broken;              // invariants; empty: all held
    std::string story;                            // what happened, if it was to be told
    std::uint64_t passes = 0;                     // with something to record
    std::uint64_t calls = 0;                      // that change a cloud
    std::uint64_t lives = 0;                      // of the process
    std::map<std::string, std::uint64_t> faults;  // what people did and what broke, by name
    std::map<std::string, std::uint64_t> most;    // worst cases of what is bounded, by name
};

Ending run(const History& history, bool tell = false);

// The shortest history that breaks an invariant as this one does. REQUIRES: it breaks one.
History shrink(History history);

}  // namespace bn::sim
