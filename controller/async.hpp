// The bridge from callbacks to coroutines. Included by the shell's .cpp files only.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "reconciler/ports/task.hpp"

namespace bn::controller {

// Awaits a callback: `start(done)` is called at once; `done(value)` may come from any thread, once.
// The coroutine goes on where it ran before.
template <class T, class Start>
Task<T> await_callback(Start start) {
    auto initiate = [&start](auto handler) {
        auto executor = boost::asio::get_associated_executor(handler);
        auto work = boost::asio::make_work_guard(executor);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start([shared, executor, work = std::move(work)](T value) mutable {
            boost::asio::post(
                executor,
                [shared, value = std::make_shared<T>(std::move(value)), work = std::move(work)] {
                    (*shared)(std::move(*value));
                }
            );
        });
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
        initiate, boost::asio::use_awaitable
    );
}

}  // namespace bn::controller
