#include "controller/sys/system_clock.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/at_end.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {

namespace {

// A timer does not count the sleep of the host: the clock is looked at again at least this often.
constexpr Duration kLongestNap = std::chrono::minutes(1);

struct Sleeper {
    explicit Sleeper(const boost::asio::any_io_executor& executor) : timer(executor) {}

    boost::asio::steady_timer timer;
    bool woken = false;
};

class SystemClock final : public Clock {
  public:
    explicit SystemClock(const boost::asio::any_io_executor& executor)
        : state_(std::make_shared<State>(executor)) {}

    [[nodiscard]] Time now() const override { return system_now(); }

    [[nodiscard]] Steady steady() const override { return steady_now(); }

    Task<void> sleep_until(Steady until, const void* bell) override {
        const std::shared_ptr<State> state = state_;
        Sleeper sleeper(state->executor);
        const auto entry = state->sleepers.emplace(bell, &sleeper);
        const AtEnd up([&] { state->sleepers.erase(entry); });
        for (Steady now = steady_now(); now < until && !sleeper.woken; now = steady_now()) {
            sleeper.timer.expires_after(std::min(until - now, kLongestNap));
            boost::system::error_code cancelled;
            co_await sleeper.timer.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled)
            );
        }
    }

    void wake(const void* bell) override {
        const auto [first, last] = state_->sleepers.equal_range(bell);
        for (auto at = first; at != last; ++at) {
            at->second->woken = true;
            at->second->timer.cancel();
        }
    }

    std::string id() override { return random_id(system_now()); }

    Secret password(std::size_t length) override { return random_password(length); }

    double share() override { return random_share(); }

  private:
    // Kept by each sleep: it may end after the clock.
    struct State {
        explicit State(boost::asio::any_io_executor e) : executor(std::move(e)) {}

        boost::asio::any_io_executor executor;
        std::multimap<const void*, Sleeper*> sleepers;
    };

    std::shared_ptr<State> state_;
};

}  // namespace

std::unique_ptr<Clock> make_system_clock(const boost::asio::any_io_executor& executor) {
    return std::make_unique<SystemClock>(executor);
}

}  // namespace bn::controller
