#include "protocol/exchange.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "protocol/answer.hpp"

namespace bn::protocol {
namespace {

using Line = tl::expected<std::string, Refusal>;
using Sent = tl::expected<void, Refusal>;

// Calls until something is moved, the other side has closed, or the time is over.
template <class Call>
tl::expected<Step, Refusal> patiently(const Wire& wire, const Called& called, Call call) {
    for (;;) {
        Step step = call();
        if (step.state == Step::State::kFailed) {
            return tl::unexpected(std::move(step.why));
        }
        if (step.state != Step::State::kWaits) {
            return step;
        }
        if (!wait_for(wire.descriptor(), step.events, called.end)) {
            return tl::unexpected(called.busy());
        }
    }
}

// A peer that closes before it has read everything may still have answered: what it said counts.
Sent send_all(Wire& wire, std::string_view text, const Called& called) {
    while (!text.empty()) {
        auto step = patiently(wire, called, [&] { return wire.send(text); });
        if (!step) {
            return tl::unexpected(std::move(step.error()));
        }
        if (step->state == Step::State::kClosed) {
            return {};
        }
        text.remove_prefix(step->bytes);
    }
    return {};
}

// Up to the first newline, or to the end of what the peer sends.
Line receive_line(Wire& wire, const Called& called) {
    std::string line;
    std::array<char, 16384> buffer{};
    for (;;) {
        auto step = patiently(wire, called, [&] { return wire.receive(buffer); });
        if (!step) {
            return tl::unexpected(std::move(step.error()));
        }
        if (step->state == Step::State::kClosed) {
            if (line.empty()) {
                return tl::unexpected(called.down("it closed the connection without an answer"));
            }
            return line;
        }
        const std::string_view got(buffer.data(), step->bytes);
        const std::size_t newline = got.find('\n');
        line.append(got.substr(0, newline));
        if (line.size() > kLongestAnswer) {
            return tl::unexpected(bad_answer("it has more than 8 MiB"));
        }
        if (newline != std::string_view::npos) {
            return line;
        }
        // Who trickles his answer is not waited for longer than who says nothing.
        if (called.left().count() == 0) {
            return tl::unexpected(called.busy());
        }
    }
}

}  // namespace

Duration Called::left() const {
    return std::chrono::ceil<Duration>(std::max(end - Clock::now(), Clock::duration::zero()));
}

Refusal Called::refusal(std::string type, std::string what, std::string remedy) const {
    return {std::move(type), std::move(what), std::move(remedy), {{std::string(param), address}}};
}

Refusal Called::down(const std::string& why) const {
    return refusal(
        "controller_down",
        "the controller does not answer at " + address + ": " + why,
        std::string(start) + "; the panel repeats the operation, nothing is lost"
    );
}

Refusal Called::busy() const {
    return refusal(
        "controller_busy",
        "the controller at " + address + " gave no answer within " + std::to_string(limit.count()) +
            " ms",
        "look at bill-nextcloud status for what it waits for; the panel repeats the operation, "
        "nothing is lost"
    );
}

bool wait_for(int descriptor, short events, Clock::time_point end) {
    for (;;) {
        const auto rest = std::chrono::ceil<Duration>(end - Clock::now());
        if (rest.count() <= 0) {
            return false;
        }
        pollfd entry{descriptor, events, 0};
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::min<Duration::rep>(rest.count(), 1 << 30)));
        if (ready != 0 && !(ready < 0 && errno == EINTR)) {
            return true;  // or an error, which the call itself tells
        }
    }
}

std::string reason_of(int code) {
    return std::generic_category().message(code);
}

Line exchange(Wire& wire, std::string_view line, const Called& called) {
    return send_all(wire, line, called)
        .and_then([&] { return receive_line(wire, called); })
        .map_error([&](Refusal why) {
            why.params.insert_or_assign(std::string(called.param), called.address);
            return why;
        });
}

}  // namespace bn::protocol
