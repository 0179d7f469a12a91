#include "cli/pager.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "cli/command.hpp"

namespace bn::cli {

namespace {

// Lines of the terminal; 0: it is none.
std::size_t terminal_lines() {
    winsize size{};
    return isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row
                                                                                      : 0;
}

}  // namespace

void paged(std::string_view text) {
    const char* const named = std::getenv("PAGER");
    const std::string pager = named == nullptr ? "less -FRX" : named;
    const std::size_t room = terminal_lines();
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    if (room == 0 || lines < room || pager.empty() || pager == "cat") {
        print(text);
        return;
    }
    // Who leaves the pager early has read enough.
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    std::fflush(stdout);
    // NOLINTNEXTLINE(cert-env33-c): the pager is a command of the user's own, as git and man run it
    std::FILE* pipe = ::popen(pager.c_str(), "w");
    int ended = -1;
    if (pipe != nullptr) {
        std::fwrite(text.data(), 1, text.size(), pipe);
        ended = ::pclose(pipe);
    }
    std::signal(SIGPIPE, before);
    constexpr int kNotFound = 127;  // of the shell
    if (ended == -1 || (WIFEXITED(ended) && WEXITSTATUS(ended) == kNotFound)) {
        print(text);
    }
}

}  // namespace bn::cli
