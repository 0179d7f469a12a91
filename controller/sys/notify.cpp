#include "controller/sys/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "controller/sys/host.hpp"

namespace bn::controller {
Notifier Notifier::from_environment() {
    std::optional<Duration> watchdog;
    const auto allowed = base::whole_number<std::int64_t>(environment("WATCHDOG_USEC"));
    const auto pid = base::whole_number<std::int64_t>(environment("WATCHDOG_PID"));
    if (allowed && *allowed > 0 && (!pid || *pid == ::getpid())) {
        watchdog = std::max(Duration(1), Duration(*allowed / 2000));
    }
    return Notifier(environment("NOTIFY_SOCKET"), watchdog);
}

bool Notifier::ready(std::string status) const {
    return send(fmt::format("READY=1\nSTATUS={}\n", base::one_line(std::move(status))));
}

bool Notifier::status(std::string text) const {
    return send(fmt::format("STATUS={}\n", base::one_line(std::move(text))));
}

bool Notifier::reloading() const {
    using std::chrono::microseconds;
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    const auto usec = std::chrono::duration_cast<microseconds>(since_boot).count();
    return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", usec));
}

bool Notifier::stopping(std::string status) const {
    return send(fmt::format("STOPPING=1\nSTATUS={}\n", base::one_line(std::move(status))));
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
    const base::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) {
        return false;
    }
    // The length matters: an abstract name is every byte up to it.
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    const ssize_t sent = ::sendto(
        socket.get(),
        message.data(),
        message.size(),
        MSG_NOSIGNAL | MSG_DONTWAIT,
        reinterpret_cast<const sockaddr*>(&address),
        length
    );
    return sent == static_cast<ssize_t>(message.size());
}

}  // namespace bn::controller
