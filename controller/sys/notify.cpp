#include "controller/sys/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/format.h>

namespace bn::controller {
namespace {

std::string setting(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
        return std::nullopt;
    }
    return value;
}

// systemd reads line by line: a line end in a status would start another assignment.
std::string status_line(std::string_view text) {
    std::string line(text);
    for (char& c : line) {
        if (c == '\n' || c == '\r') {
            c = ' ';
        }
    }
    return line;
}

}  // namespace

Notifier Notifier::from_environment() {
    std::optional<Duration> watchdog;
    const auto allowed = number(setting("WATCHDOG_USEC"));
    const auto pid = number(setting("WATCHDOG_PID"));
    if (allowed && *allowed > 0 && (!pid || *pid == ::getpid())) {
        watchdog = std::max(Duration(1), Duration(*allowed / 2000));
    }
    return Notifier(setting("NOTIFY_SOCKET"), watchdog);
}

Notifier::Notifier(std::string socket_path, std::optional<Duration> watchdog)
    : path_(std::move(socket_path)), watchdog_(watchdog) {}

bool Notifier::ready(std::string_view status) const {
    return send(fmt::format("READY=1\nSTATUS={}\n", status_line(status)));
}

bool Notifier::status(std::string_view text) const {
    return send(fmt::format("STATUS={}\n", status_line(text)));
}

bool Notifier::reloading() const {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t usec = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", usec));
}

bool Notifier::stopping(std::string_view status) const {
    return send(fmt::format("STOPPING=1\nSTATUS={}\n", status_line(status)));
}

bool Notifier::watchdog() const {
    return send("WATCHDOG=1\n");
}

bool Notifier::send(const std::string& message) const {
    sockaddr_un address{};
    if (path_.empty() || path_.size() >= sizeof(address.sun_path) ||
        (path_.front() != '/' && path_.front() != '@')) {
        return false;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    if (path_.front() == '@') {
        address.sun_path[0] = '\0';
    }
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    // The length matters: an abstract name is every byte up to it.
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    const ssize_t sent = ::sendto(
        fd,
        message.data(),
        message.size(),
        MSG_NOSIGNAL | MSG_DONTWAIT,
        reinterpret_cast<const sockaddr*>(&address),
        length
    );
    ::close(fd);
    return sent == static_cast<ssize_t>(message.size());
}

}  // namespace bn::controller
