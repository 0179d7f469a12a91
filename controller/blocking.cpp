#include "controller/blocking.hpp"

#include <memory>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace bn::controller {

Blocking make_threads(std::size_t count) {
    using Pool = boost::asio::thread_pool;
    // Without the join, the end of a pool would drop the work that has not begun.
    const auto finish = [](Pool* pool) {
        pool->join();
        delete pool;
    };
    return [pool = std::shared_ptr<Pool>(new Pool(count), finish)](std::function<void()> work) {
        boost::asio::post(*pool, std::move(work));
    };
}

}  // namespace bn::controller
