#include "controller/sys/notify.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <fmt/format.h>

#include "base/text.hpp"
#include "controller/sys/host.hpp"

namespace bn::controller {
namespace {

constexpr std::size_t kLongestPath = 107;  // of a Unix socket

}  // namespace

Notifier Notifier::from_environment() {
    std::optional<Duration> watchdog;
    const auto allowed = base::whole_number<std::int64_t>(environment("WATCHDOG_USEC"));
    const auto pid = base::whole_number<std::int64_t>(environment("WATCHDOG_PID"));
    if (allowed && *allowed > 0 && (!pid || *pid == ::getpid())) {
        watchdog = std::max(Duration(1), Duration(*allowed / 2000));
    }
    return Notifier(environment("NOTIFY_SOCKET"), watchdog);
}

Notifier::Notifier(std::string socket_path, std::optional<Duration> watchdog)
    : path_(std::move(socket_path)), watchdog_(watchdog) {}

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

bool Notifier::watchdog() const {
    return send("WATCHDOG=1\n");
}

bool Notifier::send(const std::string& message) const {
    using boost::asio::local::datagram_protocol;
    std::string path = path_;
    if (path.empty() || path.size() > kLongestPath || (path[0] != '/' && path[0] != '@')) {
        return false;
    }
    path[0] = path[0] == '@' ? '\0' : '/';
    boost::asio::io_context io;
    datagram_protocol::socket socket(io);
    boost::system::error_code failed;
    socket.open(datagram_protocol(), failed);
    if (!failed) {
        const auto text = boost::asio::buffer(message);
        socket.send_to(text, datagram_protocol::endpoint(path), MSG_DONTWAIT, failed);
    }
    return !failed;
}

}  // namespace bn::controller
