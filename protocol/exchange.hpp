// One line there, one line back, over a connection that stands: what both ways to the controller
// have in common. Inner to protocol/. Blocking; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/request.hpp"

namespace bn::protocol {

using Clock = std::chrono::steady_clock;

// The controller that is asked, for refusals: what its address is called in their params, and what
// to do when nobody answers there.
struct Called {
    std::string_view param;  // "socket", "controller"
    std::string address;
    std::string_view start;  // "start it (systemctl start bill-nextcloud) ..."
    Duration limit;
    Clock::time_point end;

    Called(std::string_view p, std::string a, std::string_view s, Duration l)
        : param(p), address(std::move(a)), start(s), limit(l), end(Clock::now() + l) {}

    [[nodiscard]] Duration left() const;
    [[nodiscard]] Refusal refusal(std::string type, std::string what, std::string remedy) const;
    [[nodiscard]] Refusal down(const std::string& why) const;
    [[nodiscard]] Refusal busy() const;
};

// Of a controller on another host.
inline constexpr std::string_view kDistantParam = "controller";
inline constexpr std::string_view kDistantStart =
    "on that host start it (systemctl start bill-nextcloud), look at control.listen in its "
    "configuration and at the firewall";

// What became of one call that does not wait.
struct Step {
    enum class State { kMoved, kWaits, kClosed, kFailed };
    State state = State::kFailed;
    std::size_t bytes = 0;  // of kMoved
    short events = 0;       // of kWaits, as poll(2) has them
    Refusal why;            // of kFailed
};

// Never waits.
class Wire {
  public:
    Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    virtual ~Wire() = default;
    virtual Step send(std::string_view text) = 0;
    virtual Step receive(std::span<char> room) = 0;
    [[nodiscard]] virtual int descriptor() const = 0;
};

// False: the time of the call was over before.
[[nodiscard]] bool wait_for(int descriptor, short events, Clock::time_point end);

// What went wrong with the system's own call, in words.
[[nodiscard]] std::string reason_of(int code);

// The line that comes back, without its end.
tl::expected<std::string, Refusal> exchange(
    Wire& wire, std::string_view line, const Called& called
);

}  // namespace bn::protocol
