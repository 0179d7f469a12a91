// fake: time that a test owns. Nothing really sleeps: `advance` lets pass what is to pass, in the
// order in which it is due, and the wall's clock can be set alone. One thread, the one that runs
// the io_context. Ids count up, and chance is always the same.
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "reconciler/ports/clock.hpp"

namespace bn::testing {

class ManualClock final : public Clock {
  public:
    double chance = 0.5;

    // Ids count up from `ids`.
    explicit ManualClock(
        boost::asio::io_context& io,
        Time start = Time(std::chrono::hours(480000)),
        std::uint64_t ids = 0
    )
        : io_(io), steady_(start.time_since_epoch()), ids_(ids) {}

    [[nodiscard]] Time now() const override { return Time(steady_.time_since_epoch()) + set_by_; }

    [[nodiscard]] Steady steady() const override { return steady_; }

    Task<void> sleep_until(Steady until, const void* bell) override {
        if (until <= steady_) {
            co_return;
        }
        auto sleeper = std::make_shared<Sleeper>(io_, until, bell);
        sleepers_.push_back(sleeper);
        boost::system::error_code woken;
        co_await sleeper->timer.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, woken)
        );
    }

    void wake(const void* bell) override {
        wake_if([bell](const Sleeper& sleeper) { return sleeper.bell == bell; });
    }

    std::string id() override { return fmt::format("{:026}", ++ids_); }

    Secret password(std::size_t length) override {
        return Secret(fmt::format("Pw-{:0{}}", ++ids_, length - 3));
    }

    double share() override { return chance; }

    // Runs what can run now.
    void settle() {
        io_.restart();
        io_.poll();
    }

    // Lets this much time pass; whoever is due meanwhile runs at its own time.
    void advance(Duration time) {
        const Time end = now() + time;
        settle();
        for (auto next = next_due(); next && *next <= end; next = next_due()) {
            jump(std::max(now(), *next));
            settle();
        }
        steady_ += end - now();
    }

    // So much time has passed all at once that it is `to`; whoever was due is woken, and runs with
    // the next `settle`.
    void jump(Time to) {
        steady_ += to - now();
        wake_if([this](const Sleeper& sleeper) { return sleeper.until <= steady_; });
    }

    // Somebody sets the clock, forth or back. No time passes.
    void set(Duration by) { set_by_ += by; }

    [[nodiscard]] std::uint64_t ids() const { return ids_; }

    // When the next sleeper is due, if nobody sets the clock meanwhile.
    [[nodiscard]] std::optional<Time> next_due() const {
        std::optional<Time> next;
        for (const auto& sleeper : sleepers_) {
            const Time due = sleeper->until == Steady::max()
                                 ? Time::max()
                                 : Time(sleeper->until.time_since_epoch()) + set_by_;
            next = std::min(next.value_or(due), due);
        }
        return next;
    }

  private:
    struct Sleeper {
        Sleeper(boost::asio::io_context& io, Steady u, const void* b)
            : timer(io, boost::asio::steady_timer::time_point::max()), until(u), bell(b) {}

        boost::asio::steady_timer timer;
        Steady until;
        const void* bell;
    };

    template <class Condition>
    void wake_if(Condition due) {
        for (auto at = sleepers_.begin(); at != sleepers_.end();) {
            if (due(**at)) {
                (*at)->timer.cancel();
                at = sleepers_.erase(at);
            } else {
                ++at;
            }
        }
    }

    boost::asio::io_context& io_;
    Steady steady_;
    Duration set_by_{};
    std::uint64_t ids_;
    std::list<std::shared_ptr<Sleeper>> sleepers_;
};

}  // namespace bn::testing
