#include "controller/service/periodic.hpp"

#include <algorithm>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace bn::controller {

Task<void> Periodic::run() {
    bool fine = true;
    while (!stopped_) {
        const Period period = period_();
        const bool usual = fine || period.after_failure == Duration{0};
        const Duration pause = usual ? period.usual : period.after_failure;
        const Steady next = clock_.steady() + std::max(pause, Duration(1));
        co_await clock_.sleep_until(next, this);
        if (!stopped_) {
            fine = co_await step_();
        }
    }
}

void Periodic::stop() {
    stopped_ = true;
    clock_.wake(this);
}

}  // namespace bn::controller
