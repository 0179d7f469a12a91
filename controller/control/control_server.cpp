#include "controller/control/control_server.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/tokenizer.hpp>

#include "base/tasks.hpp"
#include "controller/at_end.hpp"
#include "controller/sys/host.hpp"
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

// Kept alive by each of its tasks.
struct ControlServer::Impl {
    Impl(const asio::any_io_executor& e, ControlServerOptions o, Handler h)
        : executor(e), options(std::move(o)), handler(std::move(h)), acceptor(e), work(e) {}

    asio::any_io_executor executor;
    ControlServerOptions options;
    Handler handler;
    Local::acceptor acceptor;
    base::TaskGroup work;
    std::set<std::shared_ptr<Local::socket>> reading;
    std::size_t open = 0;
    bool stopped = false;

    // Nothing: it may not talk.
    [[nodiscard]] std::optional<std::string> peer_of(Local::socket& socket) const {
        ucred peer{};
        socklen_t size = sizeof peer;
        if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
            return std::nullopt;
        }
        const bool may =
            peer.uid == 0 || peer.uid == geteuid() ||
            std::find(options.users.begin(), options.users.end(), peer.uid) != options.users.end();
        return may ? std::optional(who_is(peer.uid, peer.pid)) : std::nullopt;
    }

    Task<void> accept_loop(std::shared_ptr<Impl> keeps_itself) {
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
            work.spawn(serve(keeps_itself, socket));
        }
    }

    Task<void> serve(
        [[maybe_unused]] std::shared_ptr<Impl> keeps_itself, std::shared_ptr<Local::socket> socket
    ) {
        const AtEnd closed([this] { --open; });
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
    }

    Task<std::string> answer_to(std::shared_ptr<Local::socket> socket) {
        std::optional<std::string> peer = peer_of(*socket);
        if (!peer) {
            co_return refuse(
                "not_allowed",
                "this user may not use the control socket",
                "run it as root, or name the user in control.users"
            );
        }
        if (open > options.max_connections) {
            co_return refuse(
                "controller_busy", "too many requests at once", "try again in a moment"
            );
        }
        std::string line = co_await read_line(socket);
        if (line.empty()) {
            co_return refuse(
                "bad_request",
                "the request is not one line of JSON",
                "send one line of at most 1 MiB"
            );
        }
        std::string answer = co_await handler(std::move(line), *std::move(peer));
        answer += '\n';
        co_return answer;
    }

    Task<std::string> read_line(std::shared_ptr<Local::socket> socket) {
        const Deadline deadline(executor, options.request_timeout, socket);
        std::string line;
        auto buffer = asio::dynamic_buffer(line, options.max_line);
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        reading.insert(socket);
        const AtEnd read([this, socket] { reading.erase(socket); });
        const std::size_t size = co_await asio::async_read_until(*socket, buffer, '\n', token);
        line.resize(error ? 0 : size - 1);
        co_return line;
    }
};

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
    impl_->work.spawn(impl_->accept_loop(impl_));
    return {};
}

void ControlServer::stop() {
    if (std::exchange(impl_->stopped, true) || !impl_->acceptor.is_open()) {
        return;
    }
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    unlink(impl_->options.path.c_str());
    for (const auto& socket : impl_->reading) {
        socket->cancel(ignored);
    }
}

Task<void> ControlServer::finished() {
    return impl_->work.join();
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
