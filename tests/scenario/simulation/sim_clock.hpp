// The clock of one simulated process. Nothing sleeps: whoever drives the simulation sets the time
// and wakes who is due. One thread.
#pragma once

#include <cstdint>
#include <list>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "reconciler/ports/clock.hpp"
#include "tests/scenario/simulation/dice.hpp"

namespace bn::sim {

// What all processes of a history share.
struct TrueTime {
    Time now{std::chrono::hours(480000)};
    std::uint64_t ids = 0;  // unique over all processes
};

class SimClock final : public Clock {
  public:
    SimClock(boost::asio::io_context& io, TrueTime& time, Dice& dice)
        : io_(io), time_(time), dice_(dice) {}

    [[nodiscard]] Time now() const override { return time_.now; }

    Task<void> sleep_until(Time until, const void* bell) override {
        if (until <= now()) {
            co_return;
        }
        const auto at = sleepers_.emplace(sleepers_.end(), io_, until, bell);
        boost::system::error_code woken;
        co_await at->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken)
        );
        sleepers_.erase(at);
    }

    void wake(const void* bell) override {
        for (Sleeper& sleeper : sleepers_) {
            if (sleeper.bell == bell) {
                sleeper.wake();
            }
        }
    }

    std::string id() override { return fmt::format("{:026}", ++time_.ids); }

    Secret password(std::size_t length) override {
        return Secret(fmt::format("Pw-{:0{}}", ++time_.ids, length - 3));
    }

    double share() override { return dice_.share(); }

    void wake_due() {
        for (Sleeper& sleeper : sleepers_) {
            if (sleeper.until <= time_.now) {
                sleeper.wake();
            }
        }
    }

    // When the next sleeper is due.
    [[nodiscard]] std::optional<Time> next_due() const {
        std::optional<Time> next;
        for (const Sleeper& sleeper : sleepers_) {
            if (!sleeper.woken) {
                next = std::min(next.value_or(sleeper.until), sleeper.until);
            }
        }
        return next;
    }

  private:
    struct Sleeper {
        Sleeper(boost::asio::io_context& io, Time u, const void* b)
            : timer(io, boost::asio::steady_timer::time_point::max()), until(u), bell(b) {}

        void wake() {
            if (!woken) {
                woken = true;
                timer.cancel();
            }
        }

        boost::asio::steady_timer timer;
        Time until;
        const void* bell;
        bool woken = false;
    };

    boost::asio::io_context& io_;
    TrueTime& time_;
    Dice& dice_;
    std::list<Sleeper> sleepers_;
};

}  // namespace bn::sim
