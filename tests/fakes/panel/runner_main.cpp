// fake-panel-runner FOLDER: the panel's runner of operations, until SIGTERM or SIGINT. Prints one
// line when it has begun. One for each folder.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>

#include <atomic>
#include <iostream>

#include "tests/fakes/panel/runner.hpp"

namespace {

std::atomic<bool> stop = false;

void on_signal(int /*number*/) {
    stop = true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "use: fake-panel-runner FOLDER\n";
        return 2;
    }
    ::signal(SIGTERM, on_signal);
    ::signal(SIGINT, on_signal);
    try {
        const auto home = bn::testing::PanelHome::read(argv[1]);
        const int lock =
            ::open(home.path("locks/runner").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
            std::cerr << "fake-panel-runner: another one runs in this folder\n";
            return 1;
        }
        bn::testing::OperationRunner runner(home);
        std::cout << "runs" << std::endl;
        while (!stop) {
            try {
                runner.step();
            } catch (const std::exception& error) {
                std::cerr << "fake-panel-runner: " << error.what() << std::endl;
                ::poll(nullptr, 0, static_cast<int>(home.runner.poll.count()));
            }
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "fake-panel-runner: " << error.what() << "\n";
        return 1;
    }
}
