#include "base/tasks.hpp"

#include <chrono>
#include <exception>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace bn::base {

namespace asio = boost::asio;

struct TaskGroup::State {
    explicit State(const asio::any_io_executor& e)
        : executor(e), done(e, asio::steady_timer::time_point::max()) {}

    asio::any_io_executor executor;
    asio::steady_timer done;
    int running = 0;
    std::exception_ptr failure;
};

TaskGroup::TaskGroup(const asio::any_io_executor& executor)
    : state_(std::make_shared<State>(executor)) {}

void TaskGroup::spawn(Task<void> task) {
    ++state_->running;
    asio::co_spawn(
        state_->executor,
        std::move(task),
        [state = state_](const std::exception_ptr& failure) {
            if (failure && !state->failure) {
                state->failure = failure;
            }
            if (--state->running == 0) {
                state->done.cancel();
            }
        }
    );
}

Task<void> TaskGroup::join() {
    const std::shared_ptr<State> state = state_;
    while (state->running > 0) {
        boost::system::error_code ignored;
        co_await state->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (state->failure) {
        std::rethrow_exception(state->failure);
    }
}

Task<void> rest(Duration pause) {
    if (pause.count() <= 0) {
        co_return;
    }
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, pause);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace bn::base
