#include "ocs/gate.hpp"

#include <list>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace bn::ocs {

namespace {

ParallelLimit::Micros steady_now() {
    return std::chrono::duration_cast<ParallelLimit::Micros>(
        std::chrono::steady_clock::now().time_since_epoch()
    );
}

bool overloaded(const HttpResult& result) {
    if (!result) {
        return result.error().fault == Fault::kTimeout;
    }
    return result->status == 429 || result->status == 503 || result->status == 504;
}

}  // namespace

class LimitedTransport::Line : public std::enable_shared_from_this<Line> {
  public:
    using Handler = asio::any_completion_handler<void(boost::system::error_code)>;

    explicit Line(std::uint32_t most) : limit_(most) {}

    bool try_enter() {
        if (in_flight_ >= limit_.level() || !waiting_.empty()) {
            return false;
        }
        ++in_flight_;
        return true;
    }

    // Ends with a slot taken, or with operation_aborted and none.
    auto enter(asio::any_io_executor executor, bool urgent) {
        return asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(
            [this, executor, urgent](auto handler) { join(std::move(handler), executor, urgent); },
            asio::use_awaitable
        );
    }

    void leave() {
        --in_flight_;
        wake();
    }

    void learn(std::uint8_t kind, ParallelLimit::Micros took, const HttpResult& result) {
        if (overloaded(result)) {
            limit_.on_overload(steady_now());
        } else if (result) {
            limit_.on_done(kind, took, steady_now(), !waiting_.empty());
        }
    }

    [[nodiscard]] std::uint32_t level() const { return limit_.level(); }

  private:
    struct Waiter {
        Handler handler;
        asio::any_io_executor executor;
        bool urgent;

        Waiter(Handler h, asio::any_io_executor e, bool u)
            : handler(std::move(h)), executor(std::move(e)), urgent(u) {}
    };

    void join(Handler handler, const asio::any_io_executor& executor, bool urgent) {
        auto place = waiting_.begin();
        while (place != waiting_.end() && (!urgent || place->urgent)) {
            ++place;
        }
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto waiter = waiting_.emplace(place, std::move(handler), executor, urgent);
        if (slot.is_connected()) {
            slot.assign([weak = weak_from_this(), waiter](asio::cancellation_type type) {
                auto self = weak.lock();
                if (self && type != asio::cancellation_type::none) {
                    self->finish(waiter, asio::error::operation_aborted);
                }
            });
        }
    }

    void wake() {
        while (!waiting_.empty() && in_flight_ < limit_.level()) {
            ++in_flight_;
            finish(waiting_.begin(), {});
        }
    }

    void finish(std::list<Waiter>::iterator waiter, boost::system::error_code result) {
        Waiter gone = std::move(*waiter);
        waiting_.erase(waiter);
        asio::get_associated_cancellation_slot(gone.handler).clear();
        asio::post(gone.executor, asio::append(std::move(gone.handler), result));
    }

    ParallelLimit limit_;
    std::uint32_t in_flight_ = 0;
    std::list<Waiter> waiting_;
};

LimitedTransport::LimitedTransport(std::unique_ptr<HttpTransport> inner, std::uint32_t most)
    : inner_(std::move(inner)), line_(std::make_shared<Line>(most)) {}

LimitedTransport::~LimitedTransport() = default;

std::uint32_t LimitedTransport::level() const {
    return line_->level();
}

Task<HttpResult> LimitedTransport::send(HttpRequest request) {
    std::shared_ptr<Line> line = line_;
    if (!line->try_enter()) {
        auto executor = co_await asio::this_coro::executor;
        co_await line->enter(executor, request.urgent);
    }
    // The slot is given back on every way out, cancellation included.
    std::shared_ptr<void> slot(nullptr, [line](void*) { line->leave(); });
    std::uint8_t kind = request.kind;
    auto start = steady_now();
    HttpResult result = co_await inner_->send(std::move(request));
    line->learn(kind, steady_now() - start, result);
    co_return result;
}

}  // namespace bn::ocs
