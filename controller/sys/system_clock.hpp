// The host's time and randomness behind the core's port.
#pragma once

#include <memory>

#include "reconciler/ports/clock.hpp"

namespace bn::controller {

class SystemClock final : public Clock {
  public:
    // Sleeps on this executor's thread; all calls but `now` belong to that thread. The executor's
    // context may outlive the clock: those who still sleep are then never woken.
    explicit SystemClock(const boost::asio::any_io_executor& executor);
    ~SystemClock() override;

    [[nodiscard]] Time now() const override;
    Task<void> sleep_until(Time until, const void* bell) override;
    void wake(const void* bell) override;
    std::string id() override;
    Secret password(std::size_t length) override;
    double share() override;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace bn::controller
