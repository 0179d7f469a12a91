#include "controller/service/periodic.hpp"

#include <algorithm>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace bn::controller {

Task<void> Periodic::run() {
    bool fine = true;
    while (!stopped_) {
        const Period period = period_();
        Duration pause =
            fine || period.after_failure == Duration{0} ? period.usual : period.after_failure;
        const double share = 2 * clock_.share() - 1;
        pause +=
            Duration(static_cast<Duration::rep>(static_cast<double>(period.jitter.count()) * share)
            );
        const Time next = clock_.now() + std::max(pause, Duration(1));
        co_await clock_.sleep_until(next, this);
        if (!stopped_) {
            fine = co_await step_();
        }
    }
}

Task<bool> Periodic::step() {
    return step_();
}

void Periodic::stop() {
    stopped_ = true;
    clock_.wake(this);
}

}  // namespace bn::controller
