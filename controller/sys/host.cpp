#include "controller/sys/host.hpp"

#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace bn::controller {
namespace {

constexpr std::size_t kWidthWithoutTerminal = 100;

}  // namespace

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

Time system_now() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Steady steady_now() {
    timespec since{};
    ::clock_gettime(CLOCK_BOOTTIME, &since);
    return Steady(std::chrono::duration_cast<Duration>(
        std::chrono::seconds(since.tv_sec) + std::chrono::nanoseconds(since.tv_nsec)
    ));
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) {
        return "localhost";
    }
    return name.data();
}

namespace {

std::string user_name(uid_t user) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
        return found->pw_name;
    }
    return fmt::format("uid {}", user);
}

// Who logged in, whoever the process is by now; nothing: nobody did (a service), or it is not told.
std::optional<uid_t> login_user(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/loginuid", process));
    uid_t user = 0;
    const bool told = static_cast<bool>(file >> user);
    return told && user != static_cast<uid_t>(-1) ? std::optional(user) : std::nullopt;
}

}  // namespace

std::string who_is(uid_t user, pid_t process) {
    const std::optional<uid_t> logged_in = login_user(process);
    return logged_in && *logged_in != user
               ? fmt::format("{} as {}", user_name(*logged_in), user_name(user))
               : user_name(user);
}

std::string operator_name() {
    std::string name = who_is(::getuid(), ::getpid());
    // Where the kernel keeps no audit, root's word about who called it is better than nothing:
    // anybody else may set SUDO_USER.
    const std::string behind_sudo = environment("SUDO_USER");
    if (::geteuid() == 0 && !behind_sudo.empty() && !login_user(::getpid())) {
        name = fmt::format("{} for {}", name, behind_sudo);
    }
    return name;
}

void harden_process() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // A core may go through a pipe, which asks no limit. The search for leaks of a sanitizer build
    // reads the process as a debugger does.
#ifndef __SANITIZE_ADDRESS__
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

std::size_t terminal_width(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    const std::size_t width = base::whole_number<std::size_t>(environment("COLUMNS")).value_or(0);
    return width > 0 ? width : kWidthWithoutTerminal;
}

bool wants_colour(int fd) {
    return ::isatty(fd) == 1 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace bn::controller
