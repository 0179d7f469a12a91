#include "tests/fakes/panel/module_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bn::testing {

namespace {

[[noreturn]] void become(
    const PanelHome& home, const std::vector<char*>& argv, int out, int err, bool keep_stdin
) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!keep_stdin) {
        ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    }
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    if (::chdir(home.folder.c_str()) == 0) {
        ::execv(argv[0], argv.data());
    }
    ::_exit(127);
}

}  // namespace

std::vector<std::string> in_some_order(std::vector<Option> options, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::shuffle(options.begin(), options.end(), random);
    std::vector<std::string> out;
    for (Option& option : options) {
        out.push_back(std::move(option.first));
        out.push_back(std::move(option.second));
    }
    return out;
}

ModuleRun::ModuleRun(
    const PanelHome& home,
    const std::string& module,
    std::vector<std::string> arguments,
    bool keep_stdin
)
    : module_(module),
      arguments_(std::move(arguments)),
      started_(std::chrono::steady_clock::now()),
      started_text_(time_text()) {
    const std::string program = home.path(home.runner.processing) / module;
    if (::access(program.c_str(), X_OK) != 0) {
        throw std::runtime_error(program + " is not there or not executable");
    }
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments_) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    std::array<int, 2> pipe{};
    const int err =
        ::open(home.path("modules.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (err < 0 || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no descriptors for " + program);
    }
    pid_ = ::fork();
    if (pid_ == 0) {
        become(home, argv, pipe[1], err, keep_stdin);
    }
    ::close(err);
    ::close(pipe[1]);
    output_ = pipe[0];
    shown_pid_ = pid_;
    if (pid_ < 0) {
        ::close(output_);
        throw std::runtime_error("fork failed");
    }
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

ModuleRun::~ModuleRun() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) {
        ::close(output_);
    }
}

bool ModuleRun::pump() {
    std::array<char, 4096> buffer{};
    while (output_ >= 0) {
        const ssize_t got = ::read(output_, buffer.data(), buffer.size());
        if (got > 0) {
            text_.append(buffer.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got == 0) {
            ::close(output_);
            output_ = -1;
        }
        break;
    }
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        took_ = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - started_
        );
    }
    // A grandchild may hold the pipe for ever: the module's own end counts.
    return pid_ < 0;
}

void ModuleRun::wait() {
    while (!pump()) {
        pollfd one{output_, POLLIN, 0};
        ::poll(&one, output_ >= 0 ? 1 : 0, 5);
    }
}

void ModuleRun::log(const PanelHome& home) const {
    home.log(
        "runs.log",
        {{"at", started_text_},
         {"module", module_},
         {"argv", arguments_},
         {"pid", shown_pid_},
         {"exit", exit_},
         {"ms", took_.count()},
         {"stdout", text_}}
    );
}

}  // namespace bn::testing
