// libcurl's multi handle on an Asio executor.
//
// libcurl's sockets live in an epoll set of our own, and Asio watches only that set: one wait for a
// batch of ready sockets. A batch runs libcurl, then completes the finished requests; requests that
// these start join the same batch.
//
// Rules of libcurl kept here: its functions are never called inside its callbacks; its timer
// callback replaces the timer each time; it owns its descriptors.
#include <sys/epoll.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ocs/cloud_factory.hpp"
#include "ocs/curl_options.hpp"
#include "ocs/http_transport.hpp"

namespace asio = boost::asio;

namespace bn::ocs {

namespace {

using Handler = asio::any_completion_handler<void(HttpResult)>;
using SteadyClock = std::chrono::steady_clock;

void init_curl_once() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        throw std::runtime_error("libcurl cannot start");
    }
    // TLS writes to a connection that its server closed; the default action would end the process.
    std::signal(SIGPIPE, SIG_IGN);
}

int make_epoll() {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
    return fd;
}

}  // namespace

// The handles of one cloud, idle and in use.
struct Pool {
    Profile profile;

    struct Handle {
        base::CurlEasy easy;
        Transfer transfer;
        std::shared_ptr<Pool> pool;  // while in use
        Handler handler;

        Handle() = default;
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
    };

    std::vector<std::unique_ptr<Handle>> idle;

    explicit Pool(const CloudSettings& settings) : profile(settings) {}
};

using Handle = Pool::Handle;

class HttpEngine : public std::enable_shared_from_this<HttpEngine> {
  public:
    explicit HttpEngine(const asio::any_io_executor& executor)
        : executor_(executor),
          epoll_(executor, make_epoll()),
          timer_(executor),
          multi_((init_curl_once(), curl_multi_init())) {
        if (multi_ == nullptr) {
            throw std::bad_alloc();
        }
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &HttpEngine::on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &HttpEngine::on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 256L);
    }

    ~HttpEngine() {
        down_ = true;
        // Handlers that are still here die uncalled with their coroutines; shutdown() comes before.
        std::vector<std::unique_ptr<Handle>> rest;
        while (!active_.empty()) {
            rest.push_back(detach(active_.begin()->first));
        }
        curl_multi_cleanup(multi_);
    }

    HttpEngine(const HttpEngine&) = delete;
    HttpEngine& operator=(const HttpEngine&) = delete;

    void shutdown() {
        down_ = true;
        while (!active_.empty()) {
            auto gone = detach(active_.begin()->first);
            TransportError error(
                TransportFault::kShutdown,
                gone->transfer.exchange.sends > 0,
                "the program is going down"
            );
            done_.emplace_back(std::move(gone), tl::unexpected(std::move(error)));
        }
        schedule();
    }

    void start(const std::shared_ptr<Pool>& pool, HttpRequest request, Handler handler) {
        std::string problem;
        auto handle = down_ ? std::make_unique<Handle>() : take_handle(pool, problem);
        handle->handler.swap(handler);  // Boost 1.81: its move assignment never ends
        if (down_ || !problem.empty()) {
            TransportFault fault = down_ ? TransportFault::kShutdown : TransportFault::kAddress;
            std::string text = down_ ? "the program is going down" : problem;
            TransportError error(fault, false, std::move(text));
            done_.emplace_back(std::move(handle), tl::unexpected(std::move(error)));
            schedule();
            return;
        }
        handle->pool = pool;
        handle->transfer.request = std::move(request);
        prepare(handle->transfer, pool->profile);
        CURL* easy = handle->easy.get();
        active_.emplace(easy, std::move(handle));
        curl_multi_add_handle(multi_, easy);
        schedule();
    }

  private:
    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
        const int set = static_cast<HttpEngine*>(self)->epoll_.native_handle();
        epoll_event event{};
        event.events = (what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U;
        event.events |= (what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U;
        event.data.fd = fd;
        if (what == CURL_POLL_REMOVE) {
            epoll_ctl(set, EPOLL_CTL_DEL, fd, nullptr);
        } else if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) {
            epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);  // it is there already
        }
        return 0;
    }

    static int on_timer(CURLM*, long milliseconds, void* self) {
        auto& engine = *static_cast<HttpEngine*>(self);
        if (milliseconds < 0) {
            engine.deadline_.reset();
        } else {
            engine.deadline_ = SteadyClock::now() + std::chrono::milliseconds(milliseconds);
        }
        return 0;
    }

    static std::unique_ptr<Handle> take_handle(
        const std::shared_ptr<Pool>& pool, std::string& problem
    ) {
        if (!pool->idle.empty()) {
            auto handle = std::move(pool->idle.back());
            pool->idle.pop_back();
            return handle;
        }
        auto handle = std::make_unique<Handle>();
        handle->easy.reset(curl_easy_init());
        if (!handle->easy) {
            throw std::bad_alloc();
        }
        CURL* easy = handle->easy.get();
        handle->transfer.easy = easy;
        problem = set_up(handle->transfer, pool->profile);
        return handle;
    }

    // ---- the batch ----

    void pump() {
        auto self = shared_from_this();
        pumping_ = true;
        // Bounded, so that other work of the executor gets its turn under full load.
        for (int round = 0; round < 8; ++round) {
            bool worked = run_ready_sockets();
            collect();
            bool finished = !done_.empty();
            complete_collected();
            if (!worked && !finished) {
                break;
            }
        }
        pumping_ = false;
        arm();
    }

    bool run_ready_sockets() {
        epoll_event events[64];
        int count = epoll_wait(epoll_.native_handle(), events, 64, 0);
        int running = 0;
        for (int i = 0; i < count; ++i) {
            // One that an earlier event of this batch closed is nobody's to libcurl.
            int what = (events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
            what |= (events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
            what |= (events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
            curl_multi_socket_action(multi_, events[i].data.fd, what, &running);
        }
        bool due = deadline_ && *deadline_ <= SteadyClock::now();
        if (due) {
            deadline_.reset();
            curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        return count > 0 || due;
    }

    void collect() {
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) {
                continue;
            }
            CURLcode code = message->data.result;
            auto handle = detach(message->easy_handle);
            HttpResult result = conclude(handle->transfer, code);
            done_.emplace_back(std::move(handle), std::move(result));
        }
    }

    void complete_collected() {
        while (!done_.empty()) {
            std::vector<Done> batch;
            batch.swap(done_);
            for (auto& [handle, result] : batch) {
                finish(std::move(handle), std::move(result));
            }
        }
    }

    // Nothing is armed without requests under way: an idle engine does not keep the executor
    // running.
    void arm() {
        if (!done_.empty()) {
            schedule();
        }
        if (active_.empty()) {
            if (waiting_) {
                epoll_.cancel();
            }
            if (armed_for_) {
                armed_for_.reset();
                timer_.cancel();
            }
            return;
        }
        if (deadline_ && (!armed_for_ || *deadline_ < *armed_for_)) {
            armed_for_ = deadline_;
            timer_.expires_at(*deadline_);
            timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
                if (!error) {
                    self->armed_for_.reset();
                    self->pump();
                }
            });
        }
        if (!waiting_) {
            waiting_ = true;
            epoll_.async_wait(
                asio::posix::stream_descriptor::wait_read,
                [self = shared_from_this()](boost::system::error_code) {
                    self->waiting_ = false;
                    self->pump();
                }
            );
        }
    }

    void schedule() {
        if (scheduled_ || pumping_) {
            return;
        }
        scheduled_ = true;
        asio::post(executor_, [self = shared_from_this()] {
            self->scheduled_ = false;
            self->pump();
        });
    }

    void finish(std::unique_ptr<Handle> handle, HttpResult result) {
        Handler handler = std::move(handle->handler);
        handle->transfer.request = HttpRequest();
        if (auto pool = std::move(handle->pool)) {
            pool->idle.push_back(std::move(handle));
        }
        asio::dispatch(executor_, asio::append(std::move(handler), std::move(result)));
    }

    // Takes a handle out of libcurl.
    std::unique_ptr<Handle> detach(CURL* easy) {
        curl_multi_remove_handle(multi_, easy);
        return std::move(active_.extract(easy).mapped());
    }

    using Done = std::pair<std::unique_ptr<Handle>, HttpResult>;

    asio::any_io_executor executor_;
    asio::posix::stream_descriptor epoll_;
    asio::steady_timer timer_;
    CURLM* multi_;
    std::unordered_map<CURL*, std::unique_ptr<Handle>> active_;  // in the multi handle
    std::vector<Done> done_;
    std::optional<SteadyClock::time_point> deadline_;  // when libcurl wants to be called
    std::optional<SteadyClock::time_point> armed_for_;
    bool waiting_ = false;    // for the epoll set
    bool scheduled_ = false;  // a pump is posted
    bool pumping_ = false;
    bool down_ = false;
};

namespace {

class EngineTransport : public HttpTransport {
  public:
    EngineTransport(std::shared_ptr<HttpEngine> engine, std::shared_ptr<Pool> pool)
        : engine_(std::move(engine)), pool_(std::move(pool)) {}

    Task<HttpResult> send(HttpRequest request) override {
        return asio::async_initiate<const asio::use_awaitable_t<>, void(HttpResult)>(
            [](auto handler,
               std::shared_ptr<HttpEngine> engine,
               std::shared_ptr<Pool> pool,
               HttpRequest what) { engine->start(pool, std::move(what), std::move(handler)); },
            asio::use_awaitable,
            engine_,
            pool_,
            std::move(request)
        );
    }

  private:
    std::shared_ptr<HttpEngine> engine_;
    std::shared_ptr<Pool> pool_;
};

}  // namespace

void shut_down(HttpEngine& engine) {
    engine.shutdown();
}

std::unique_ptr<HttpTransport> connect(
    std::shared_ptr<HttpEngine> engine, const CloudSettings& settings
) {
    return std::make_unique<EngineTransport>(std::move(engine), std::make_shared<Pool>(settings));
}

std::shared_ptr<HttpEngine> make_engine(const boost::asio::any_io_executor& executor) {
    return std::make_shared<HttpEngine>(executor);
}

}  // namespace bn::ocs
