// sim [--from SEED] [--count N] [--seed SEED] [--all] [--during-calls]
//
// Runs histories of a whole controller, each made from its seed; prints the shortest story of the
// first one that breaks an invariant. --all: one line for each that does, no story. --during-calls:
// calls take time, and people go on meanwhile; the rules do not withstand all of that yet. Exit 0:
// nothing was broken.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tests/scenario/simulation/simulation.hpp"

namespace {

using namespace bn::sim;

int tell(const History& history) {
    const History shortest = shrink(history);
    const Ending ending = run(shortest, true);
    fmt::print(
        "{}\nseed {}, {} of {} steps:\n",
        ending.story,
        history.seed,
        shortest.steps.size(),
        history.steps.size()
    );
    for (const std::string& broken : ending.broken) {
        fmt::print("  {}\n", broken);
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t from = 1;
    std::uint64_t count = 2000;
    Hazards hazards;
    bool all = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const auto value = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
        if (name == "--from") {
            from = value();
        } else if (name == "--count") {
            count = value();
        } else if (name == "--seed") {
            from = value();
            count = 1;
        } else if (name == "--during-calls") {
            hazards.people_during_calls = true;
        } else if (name == "--all") {
            all = true;
        } else {
            fmt::print(stderr, "unknown argument {}\n", name);
            return 2;
        }
    }
    const auto begun = std::chrono::steady_clock::now();
    std::uint64_t passes = 0;
    std::uint64_t calls = 0;
    std::uint64_t lives = 0;
    std::uint64_t bad = 0;
    for (std::uint64_t seed = from; seed < from + count; ++seed) {
        const History history = make_history(seed, hazards);
        const Ending ending = run(history);
        passes += ending.passes;
        calls += ending.calls;
        lives += ending.lives;
        if (!ending.broken.empty()) {
            if (!all) {
                return tell(history);
            }
            ++bad;
            fmt::print("seed {}: {}\n", seed, ending.broken.front());
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    fmt::print(
        "{} histories, {} passes, {} calls of clouds, {} lives of the process: {} broken, {:.0f} "
        "histories a second\n",
        count,
        passes,
        calls,
        lives,
        bad,
        static_cast<double>(count) / took.count()
    );
    return bad == 0 ? 0 : 1;
}
