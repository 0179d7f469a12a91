#include "ocs/fan_out.hpp"

#include <exception>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace bn::ocs {

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

}  // namespace bn::ocs
