#include "ocs/limiter.hpp"

#include <algorithm>
#include <list>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace bn::ocs {

namespace {

constexpr double kWorthIt = 1.05;
constexpr std::uint32_t kHoldWindows = 20;

ParallelLimit::Micros steady_now() {
    return std::chrono::duration_cast<ParallelLimit::Micros>(
        std::chrono::steady_clock::now().time_since_epoch()
    );
}

bool overloaded(const HttpResult& result) {
    if (!result) {
        return result.error().fault == TransportFault::kTimeout;
    }
    return result->status == 429 || result->status == 503 || result->status == 504;
}

// A write that met another one inside the server: its database's deadlocks are a 500 of a change,
// and "Bad request" of a create; ownCloud's exceptions are an empty success.
bool failed_inside(const HttpResult& result) {
    if (!result) {
        return false;
    }
    const bool refused = result->status == 400 || result->status == 200;
    return result->status >= 500 || (result->status == 200 && result->body.empty()) ||
           (refused && result->body.find("Bad request") != std::string::npos);
}

bool writes(const HttpRequest& request) {
    return request.method != Method::kGet && request.method != Method::kPropfind;
}

}  // namespace

ParallelLimit::ParallelLimit(std::uint32_t most, std::uint32_t first)
    : most_(std::max(most, 1U)), level_(std::min(first, most_)) {}

void ParallelLimit::start_window(Micros now) {
    window_start_ = now;
    window_calls_ = 0;
    window_work_ = 0;
}

void ParallelLimit::on_done(std::uint8_t kind, Micros took, Micros now, bool waiting) {
    double& quickest = quickest_[kind % quickest_.size()];
    auto micros = static_cast<double>(std::max<std::int64_t>(took.count(), 1));
    // A server that became slower for good must not be measured by its best day for ever.
    quickest = quickest == 0 ? micros : std::min(micros, quickest * 1.001);
    if (!waiting) {
        window_start_.reset();  // demand, not the level, bounds the rate: nothing to learn
        return;
    }
    if (!window_start_) {
        start_window(now);
        return;
    }
    ++window_calls_;
    window_work_ += quickest;
    if (window_calls_ < std::max(16U, level_ * 4)) {
        return;
    }
    auto elapsed = static_cast<double>(std::max<std::int64_t>((now - *window_start_).count(), 1));
    double rate = window_work_ / elapsed;
    start_window(now);
    judge(rate);
}

void ParallelLimit::judge(double rate) {
    if (previous_level_ != 0 && rate < previous_rate_ * kWorthIt) {
        level_ = previous_level_;
        previous_level_ = 0;
        hold_windows_ = kHoldWindows;
        return;
    }
    if (hold_windows_ > 0) {
        --hold_windows_;
        return;
    }
    previous_level_ = 0;
    if (level_ < most_) {
        previous_level_ = level_;
        previous_rate_ = rate;
        level_ = std::min(most_, level_ + std::max(1U, level_ / 4));
    }
}

void ParallelLimit::on_overload(Micros now) {
    level_ = std::max(1U, level_ / 2);
    previous_level_ = 0;
    hold_windows_ = kHoldWindows;
    start_window(now);
}

void PutWindow::forget(Time now) {
    while (!spent_.empty() && now - spent_.front() >= budget_.window) {
        spent_.pop_front();
    }
    if (closed_until_ && now >= *closed_until_) {
        closed_until_.reset();
    }
}

std::optional<Duration> PutWindow::wait(Time now) const {
    if (closed_until_ && now < *closed_until_) {
        return *closed_until_ - now;
    }
    if (!budget_.limited) {
        return std::nullopt;
    }
    const auto old = std::count_if(spent_.begin(), spent_.end(), [&](Time t) {
        return now - t >= budget_.window;
    });
    const auto first = spent_.begin() + old;
    if (static_cast<std::size_t>(spent_.end() - first) + in_flight_ < budget_.calls) {
        return std::nullopt;
    }
    // Calls in flight count from their end: the whole window is the safe guess for them.
    return first == spent_.end() ? budget_.window : *first + budget_.window - now;
}

std::optional<Duration> PutWindow::take(Time now) {
    forget(now);
    if (std::optional<Duration> not_yet = wait(now)) {
        return not_yet;
    }
    in_flight_ += budget_.limited ? 1U : 0U;
    return std::nullopt;
}

void PutWindow::done(Time now, bool spent) {
    if (!budget_.limited) {
        return;
    }
    in_flight_ -= in_flight_ > 0 ? 1U : 0U;
    if (spent) {
        spent_.push_back(now);
        refusals_ = 0;
    }
}

Duration PutWindow::refused(Time now) {
    constexpr Duration kFirst = std::chrono::minutes(1);
    Duration whole = budget_.limited ? budget_.window : Duration(std::chrono::minutes(10));
    forget(now);
    Duration wait = std::min(whole, kFirst * (1U << std::min(refusals_, 4U)));
    ++refusals_;
    bool ours = budget_.limited && spent_.size() + 1 >= budget_.calls && !spent_.empty();
    if (ours) {
        wait = std::max(Duration(1000), spent_.front() + budget_.window - now);
    }
    closed_until_ = now + wait;
    return wait;
}

class LimitedTransport::Line {
  public:
    using Handler = asio::any_completion_handler<void()>;

    explicit Line(const ParallelLimit& limit) : limit_(limit) {}

    bool try_enter() {
        if (in_flight_ >= limit_.level() || !waiting_.empty()) {
            return false;
        }
        ++in_flight_;
        return true;
    }

    // Ends with a slot taken.
    auto enter(asio::any_io_executor executor, bool urgent) {
        return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [this, executor, urgent](auto handler) { join(std::move(handler), executor, urgent); },
            asio::use_awaitable
        );
    }

    void leave() {
        --in_flight_;
        while (!waiting_.empty() && in_flight_ < limit_.level()) {
            ++in_flight_;
            Waiter next = std::move(waiting_.front());
            waiting_.pop_front();
            asio::post(next.executor, std::move(next.handler));
        }
    }

    void learn(
        std::uint8_t kind, ParallelLimit::Micros took, const HttpResult& result, bool too_much
    ) {
        if (too_much) {
            limit_.on_overload(steady_now());
        } else if (result) {
            limit_.on_done(kind, took, steady_now(), !waiting_.empty());
        }
    }

  private:
    struct Waiter {
        Handler handler;
        asio::any_io_executor executor;
        bool urgent;

        Waiter(Handler h, asio::any_io_executor e, bool u)
            : handler(std::move(h)), executor(std::move(e)), urgent(u) {}
    };

    void join(Handler handler, const asio::any_io_executor& executor, bool urgent) {
        const auto place = std::ranges::find_if(waiting_, [&](const Waiter& waiter) {
            return urgent && !waiter.urgent;
        });
        waiting_.emplace(place, std::move(handler), executor, urgent);
    }

    ParallelLimit limit_;
    std::uint32_t in_flight_ = 0;
    std::list<Waiter> waiting_;
};

LimitedTransport::LimitedTransport(std::unique_ptr<HttpTransport> inner, std::uint32_t most)
    : inner_(std::move(inner)),
      calls_(std::make_shared<Line>(ParallelLimit(most))),
      writes_(std::make_shared<Line>(ParallelLimit(most, 1))),
      single_(std::make_shared<Line>(ParallelLimit(1))) {}

Task<HttpResult> LimitedTransport::send(HttpRequest request) {
    const bool write = writes(request);
    const std::shared_ptr<Line> calls = calls_;
    const std::shared_ptr<Line> writes = write ? writes_ : nullptr;
    // Always in this order, so that nobody waits for one who waits for him. The places are given
    // back on every way out.
    const std::array<std::shared_ptr<Line>, 3> lines = {
        request.single ? single_ : nullptr, writes, calls};
    std::vector<std::shared_ptr<void>> places;
    for (const std::shared_ptr<Line>& line : lines) {
        if (!line) {
            continue;
        }
        if (!line->try_enter()) {
            auto executor = co_await asio::this_coro::executor;
            // Who holds a place in one line keeps all from it who come behind him.
            co_await line->enter(executor, request.urgent || !places.empty());
        }
        places.emplace_back(nullptr, [line](void*) { line->leave(); });
    }
    const std::uint8_t kind = request.kind;
    const auto start = steady_now();
    HttpResult result = co_await inner_->send(std::move(request));
    const ParallelLimit::Micros took = steady_now() - start;
    calls->learn(kind, took, result, overloaded(result));
    if (writes) {
        writes->learn(kind, took, result, overloaded(result) || failed_inside(result));
    }
    co_return result;
}

}  // namespace bn::ocs
