// systemd's sd_notify protocol, without libsystemd: one datagram to $NOTIFY_SOCKET.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "reconciler/model/time.hpp"

namespace bn::controller {

class Notifier {
  public:
    // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from the environment.
    static Notifier from_environment();

    // An empty path: every call does nothing. "@name" is an abstract socket.
    explicit Notifier(std::string socket_path, std::optional<Duration> watchdog = std::nullopt)
        : path_(std::move(socket_path)), watchdog_(watchdog) {}

    // How often to call watchdog(): half of what systemd allows. Nothing: it does not watch.
    [[nodiscard]] std::optional<Duration> watchdog_interval() const { return watchdog_; }

    // True when the datagram was sent. A failure is never fatal. Texts become one line: systemd
    // would take the next one for another assignment.
    bool ready(std::string status) const;
    bool status(std::string text) const;
    bool reloading() const;
    bool stopping(std::string status) const;

    bool watchdog() const { return send("WATCHDOG=1\n"); }

  private:
    bool send(const std::string& message) const;

    std::string path_;
    std::optional<Duration> watchdog_;
};

}  // namespace bn::controller
