#include "base/tasks.hpp"

#include <chrono>
#include <exception>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
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

TaskGroup::~TaskGroup() = default;

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

Task<void> run_all(std::vector<std::function<Task<void>()>> tasks) {
    if (tasks.empty()) {
        co_return;
    }
    auto executor = co_await asio::this_coro::executor;
    using Started = decltype(asio::co_spawn(executor, tasks.front()(), asio::deferred));
    std::vector<Started> started;
    started.reserve(tasks.size());
    for (auto& task : tasks) {
        started.push_back(asio::co_spawn(executor, task(), asio::deferred));
    }
    auto group = asio::experimental::make_parallel_group(std::move(started));
    auto all = asio::experimental::wait_for_all();
    auto [order, failures] = co_await group.async_wait(all, asio::use_awaitable);
    for (const auto& failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
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
