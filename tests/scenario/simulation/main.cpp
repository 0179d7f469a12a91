// sim [--from SEED] [--count N] [--seed SEED] [--first | --all | --tally] [--hazards NAME,...]
//
// Runs histories of a whole controller, each made from its seed; prints the shortest story of the
// first one that breaks an invariant. --first: one line of it, no story. --all: one line for each
// that does. --tally: the same for a program to add up (dev/simulate). --hazards: what all
// histories are exposed to, by name, or "all" or "none", instead of what each draws from its seed.
// Exit 0: nothing was broken, 1: something was, 2: not understood.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tests/scenario/simulation/simulation.hpp"

namespace {

using namespace bn::sim;

// For whoever wants to know in which history the program ended by itself.
std::uint64_t running_seed = 0;

extern "C" void say_seed(int signal) {
    std::array<char, 64> text{"in seed "};
    const auto end = std::to_chars(text.data() + 8, text.data() + 60, running_seed);
    *end.ptr = '\n';
    const auto length = static_cast<std::size_t>(end.ptr - text.data() + 1);
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), length);
    std::signal(signal, SIG_DFL);
    static_cast<void>(std::raise(signal));
}

struct Options {
    std::uint64_t from = 1;
    std::uint64_t count = 2000;
    std::optional<Hazards> hazards;
    bool first = false;
    bool all = false;
    bool tally = false;
};

struct Sums {
    std::uint64_t histories = 0;
    std::uint64_t bad = 0;
    std::map<std::string, std::uint64_t> sums;
    std::map<std::string, std::uint64_t> most;

    void add(const Ending& ending) {
        ++histories;
        bad += ending.broken.empty() ? 0U : 1U;
        sums["passes"] += ending.passes;
        sums["calls"] += ending.calls;
        sums["lives"] += ending.lives;
        for (const auto& [name, count] : ending.faults) {
            sums[name] += count;
        }
        for (const auto& [name, count] : ending.most) {
            most[name] = std::max(most[name], count);
        }
    }
};

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

bool understand(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
        const auto number = [&] {
            ++i;
            return std::strtoull(std::string(value).c_str(), nullptr, 10);
        };
        if (name == "--from") {
            options.from = number();
        } else if (name == "--count") {
            options.count = number();
        } else if (name == "--seed") {
            options.from = number();
            options.count = 1;
        } else if (name == "--hazards") {
            ++i;
            if (!ask_for(options.hazards.emplace(), value)) {
                fmt::print(stderr, "--hazards takes some of: all none{}\n", hazard_names());
                return false;
            }
        } else if (name == "--first") {
            options.first = true;
        } else if (name == "--all" || name == "--tally") {
            options.all = true;
            options.tally = options.tally || name == "--tally";
        } else {
            fmt::print(
                stderr,
                "sim [--from SEED] [--count N] [--seed SEED] [--all | --tally] [--hazards "
                "NAME,...]\n"
                "hazards: all none{}\n",
                hazard_names()
            );
            return false;
        }
    }
    return true;
}

void print(const Sums& all, const Options& options) {
    const double seconds = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;  // of the processor
    if (!options.tally) {
        fmt::print(
            "{} histories, {} passes, {} calls of clouds, {} lives of the process: {} broken, "
            "{:.0f} "
            "histories a second of the processor\n",
            all.histories,
            all.sums.at("passes"),
            all.sums.at("calls"),
            all.sums.at("lives"),
            all.bad,
            static_cast<double>(all.histories) / seconds
        );
        return;
    }
    fmt::print("sum {} histories\n", all.histories);
    fmt::print("sum {:.0f} milliseconds\n", seconds * 1000);
    for (const auto& [name, count] : all.sums) {
        fmt::print("sum {} {}\n", count, name);
    }
    for (const auto& [name, count] : all.most) {
        fmt::print("most {} {}\n", count, name);
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!understand(argc, argv, options)) {
        return 2;
    }
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) {
        std::signal(signal, say_seed);
    }
    Sums all;
    for (std::uint64_t seed = options.from; seed < options.from + options.count; ++seed) {
        running_seed = seed;
        const History history = make_history(seed, options.hazards);
        const Ending ending = run(history);
        all.add(ending);
        if (ending.broken.empty()) {
            continue;
        }
        if (!options.all && !options.first) {
            return tell(history);
        }
        const std::string line = fmt::format("{} {}", seed, ending.broken.front());
        fmt::print("{} {}\n", options.tally ? "broken" : "seed", line);
        static_cast<void>(std::fflush(stdout));
        if (options.first) {
            return 1;
        }
    }
    print(all, options);
    return all.bad == 0 ? 0 : 1;
}
