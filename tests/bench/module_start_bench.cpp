// What the panel pays for one start of the module: `pmnextcloud --command features` from fork to
// its end, against `python3 -c "import requests"` (what a module in Python has to do before its
// first line) and against `true`, in turns, so that a busy machine disturbs all three alike.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/bench/report.hpp"

namespace {

using bn::bench::at_least;
using bn::bench::median;
using bn::bench::report;

// Seconds; negative when the program could not be started or failed.
double run(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    for (const std::string& word : words) {
        argv.push_back(const_cast<char*>(word.c_str()));  // posix_spawn does not change them
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
    }
    pid_t child = 0;
    int status = -1;
    const double seconds = bn::bench::seconds_of([&] {
        if (posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ) == 0) {
            ::waitpid(child, &status, 0);
        }
    });
    posix_spawn_file_actions_destroy(&actions);
    return status == 0 ? seconds : -1;
}

}  // namespace

int main() {
    constexpr int kRounds = 60;
    const std::vector<std::string> module{BN_MODULE, "--command", "features"};
    // Debian's interpreter itself: a version manager in PATH would only make it look slower.
    const std::vector<std::string> python{"/usr/bin/python3", "-c", "import requests"};
    const std::vector<std::string> nothing{"/bin/true"};
    if (run(module) < 0 || run(nothing) < 0) {
        fmt::print(stderr, "{} does not start\n", BN_MODULE);
        return 2;
    }
    const bool with_python = run(python) >= 0;
    std::vector<double> modules;
    std::vector<double> pythons;
    std::vector<double> nothings;
    for (int i = 0; i < kRounds; ++i) {
        modules.push_back(run(module));
        nothings.push_back(run(nothing));
        if (with_python) {
            pythons.push_back(run(python));
        }
    }
    report("module.start.true", median(nothings) * 1e3, "ms");
    if (with_python) {
        report("module.start.python", median(pythons) * 1e3, "ms");
        const double times = median(pythons) / median(modules);
        report("module.start", median(modules) * 1e3, "ms", times, at_least(20));
    } else {
        fmt::print("python3-requests is not installed (dev/setup --bench): no ratio\n");
        report("module.start", median(modules) * 1e3, "ms");
    }
    return 0;
}
