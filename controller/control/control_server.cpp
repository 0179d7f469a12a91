#include "controller/control/control_server.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/tokenizer.hpp>

#include "protocol/request.hpp"

namespace bn::controller {

namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

std::string refuse(const char* type, const char* what, const char* remedy) {
    return protocol::encode(protocol::Refusal(type, what, remedy)) + '\n';
}

Error failed(std::string code, const std::string& what, const std::string& path) {
    return Error(
        NextMove::kHuman,
        std::move(code),
        "the control socket " + path + " cannot be used: " + what,
        "make its folder, writable for the service, or change control.socket"
    );
}

// A socket file that nobody listens on is left over from a dead process.
bool somebody_listens(const std::string& path) {
    asio::io_context io;
    Local::socket probe(io);
    boost::system::error_code error;
    probe.connect(Local::endpoint(path), error);
    return !error;
}

// Cancels what the socket is waiting for when the time is over; while this lives.
class Deadline {
  public:
    Deadline(
        const asio::any_io_executor& executor, Duration time, std::shared_ptr<Local::socket> socket
    )
        : timer_(executor, time) {
        auto expire = [socket = std::move(socket),
                       over = over_](boost::system::error_code stopped) {
            // It may have been under way already when this ended: the next wait is not its.
            if (!stopped && !*over) {
                boost::system::error_code ignored;
                socket->cancel(ignored);
            }
        };
        timer_.async_wait(std::move(expire));
    }

    ~Deadline() { *over_ = true; }

    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

  private:
    std::shared_ptr<bool> over_ = std::make_shared<bool>(false);
    asio::steady_timer timer_;
};

}  // namespace

struct ControlServer::Impl : std::enable_shared_from_this<ControlServer::Impl> {
    Impl(const asio::any_io_executor& e, ControlServerOptions o, Handler h)
        : executor(e), options(std::move(o)), handler(std::move(h)), acceptor(e), idle(e) {}

    asio::any_io_executor executor;
    ControlServerOptions options;
    Handler handler;
    Local::acceptor acceptor;
    asio::steady_timer idle;  // cancelled when the last connection has ended
    std::set<std::shared_ptr<Local::socket>> reading;
    std::size_t open = 0;
    bool stopped = false;

    [[nodiscard]] bool may_talk(Local::socket& socket) const;
    Task<void> accept_loop();
    Task<void> serve(std::shared_ptr<Local::socket> socket);
    Task<std::string> answer_to(std::shared_ptr<Local::socket> socket);
    Task<std::string> read_line(std::shared_ptr<Local::socket> socket);
};

bool ControlServer::Impl::may_talk(Local::socket& socket) const {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    return peer.uid == 0 || peer.uid == geteuid() ||
           std::find(options.users.begin(), options.users.end(), peer.uid) != options.users.end();
}

Task<std::string> ControlServer::Impl::read_line(std::shared_ptr<Local::socket> socket) {
    const Deadline deadline(executor, options.request_timeout, socket);
    std::string line;
    auto buffer = asio::dynamic_buffer(line, options.max_line);
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    reading.insert(socket);
    const std::size_t size = co_await asio::async_read_until(*socket, buffer, '\n', token);
    reading.erase(socket);
    line.resize(error ? 0 : size - 1);
    co_return line;
}

Task<std::string> ControlServer::Impl::answer_to(std::shared_ptr<Local::socket> socket) {
    if (!may_talk(*socket)) {
        co_return refuse(
            "not_allowed",
            "this user may not use the control socket",
            "run it as root, or name the user in control.users"
        );
    }
    if (open > options.max_connections) {
        co_return refuse("controller_busy", "too many requests at once", "try again in a moment");
    }
    std::string line = co_await read_line(socket);
    if (line.empty()) {
        co_return refuse(
            "bad_request", "the request is not one line of JSON", "send one line of at most 1 MiB"
        );
    }
    std::string answer = co_await handler(std::move(line));
    answer += '\n';
    co_return answer;
}

Task<void> ControlServer::Impl::serve(std::shared_ptr<Local::socket> socket) {
    const std::string answer = co_await answer_to(socket);
    // Who asks and never reads must not keep the service from stopping.
    const Deadline deadline(executor, options.request_timeout, socket);
    auto bytes = asio::buffer(answer);
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await asio::async_write(*socket, bytes, token);
    boost::system::error_code ignored;
    socket->shutdown(Local::socket::shutdown_both, ignored);
    socket->close(ignored);
    if (--open == 0) {
        idle.cancel();
    }
}

Task<void> ControlServer::Impl::accept_loop() {
    while (!stopped) {
        auto socket = std::make_shared<Local::socket>(executor);
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await acceptor.async_accept(*socket, token);
        if (stopped) {
            co_return;
        }
        if (error) {  // out of descriptors, for instance: not at full speed
            asio::steady_timer pause(executor, std::chrono::milliseconds(100));
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        ++open;
        auto self = shared_from_this();
        auto work = [self, socket]() -> Task<void> { co_await self->serve(socket); };
        asio::co_spawn(executor, std::move(work), asio::detached);
    }
}

ControlServer::ControlServer(
    const asio::any_io_executor& executor, ControlServerOptions options, Handler handler
)
    : impl_(std::make_shared<Impl>(executor, std::move(options), std::move(handler))) {}

ControlServer::~ControlServer() {
    stop();
}

Result<void> ControlServer::start() {
    const std::string& path = impl_->options.path;

    struct stat there {};

    if (lstat(path.c_str(), &there) == 0) {
        if (!S_ISSOCK(there.st_mode)) {
            return tl::unexpected(failed("control.listen", "something else is there", path));
        }
        if (somebody_listens(path)) {
            return tl::unexpected(failed("control.busy", "another process listens on it", path));
        }
        unlink(path.c_str());
    }
    boost::system::error_code error;
    impl_->acceptor.open(Local(), error);
    if (!error) {
        const mode_t before = umask(0117);
        impl_->acceptor.bind(Local::endpoint(path), error);
        umask(before);
    }
    if (!error) {
        impl_->acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return tl::unexpected(failed("control.listen", error.message(), path));
    }
    auto self = impl_;
    auto work = [self]() -> Task<void> { co_await self->accept_loop(); };
    asio::co_spawn(impl_->executor, std::move(work), asio::detached);
    return {};
}

void ControlServer::stop() {
    if (impl_->stopped || !impl_->acceptor.is_open()) {
        impl_->stopped = true;
        return;
    }
    impl_->stopped = true;
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    unlink(impl_->options.path.c_str());
    for (const auto& socket : impl_->reading) {
        socket->cancel(ignored);
    }
}

Task<void> ControlServer::finished() {
    const std::shared_ptr<Impl> self = impl_;
    while (self->open > 0) {
        self->idle.expires_after(std::chrono::seconds(1));
        boost::system::error_code ignored;
        auto token = asio::redirect_error(asio::use_awaitable, ignored);
        co_await self->idle.async_wait(token);
    }
}

Result<std::vector<uid_t>> user_ids(const std::string& names) {
    std::vector<uid_t> ids;
    for (const std::string& name : boost::tokenizer(names, boost::char_separator<char>(" ,"))) {
        const passwd* user = getpwnam(name.c_str());
        if (user == nullptr) {
            return tl::unexpected(Error(
                NextMove::kHuman,
                "control.user",
                "control.users names " + name + ", and there is no such user",
                "correct control.users"
            ));
        }
        ids.push_back(user->pw_uid);
    }
    return ids;
}

}  // namespace bn::controller
