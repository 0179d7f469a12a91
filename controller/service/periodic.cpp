#include "controller/service/periodic.hpp"

#include <algorithm>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace bn::controller {

Task<void> Periodic::run() {
    while (!stopped_) {
        const Time next = clock_.now() + std::max(period_(), Duration(1));
        co_await clock_.sleep_until(next, this);
        if (!stopped_) {
            co_await step_();
        }
    }
}

void Periodic::stop() {
    stopped_ = true;
    clock_.wake(this);
}

}  // namespace bn::controller
