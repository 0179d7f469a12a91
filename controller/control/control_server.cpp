#include "controller/control/control_server.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <list>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/tokenizer.hpp>

#include "base/host_port.hpp"
#include "base/tasks.hpp"
#include "controller/at_end.hpp"
#include "controller/control/channel.hpp"

namespace bn::controller {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
using Kept = std::shared_ptr<Channel>;

std::string refuse(const char* type, const char* what, const char* remedy) {
    return protocol::encode(protocol::Refusal(type, what, remedy));
}

Error failed(std::string code, const std::string& what, const std::string& path) {
    return Error(
        NextMove::kHuman,
        std::move(code),
        "the control socket " + path + " cannot be used: " + what,
        "make its folder, writable for the service, or change control.socket"
    );
}

Error not_listening(const std::string& place, const std::string& what) {
    return Error(
        NextMove::kHuman,
        "control.listen",
        "cannot listen on " + place + " for the panel: " + what,
        "correct control.listen, or stop what listens there; empty turns it off"
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

// Ends what the channel is waiting for when the time is over; while this lives.
class Deadline {
  public:
    using End = void (Channel::*)();

    Deadline(const asio::any_io_executor& executor, Duration time, Kept channel, End end)
        : timer_(executor, time) {
        auto expire =
            [channel = std::move(channel), end, over = over_](boost::system::error_code stopped) {
                // It may have been under way already when this ended: the next wait is not its.
                if (!stopped && !*over) {
                    ((*channel).*end)();
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

// A line for the log, at most once a minute; the others are counted.
class TurnedAway {
  public:
    void note(const ControlServerOptions& options, const Channel& channel, const std::string& why) {
        constexpr auto kPause = std::chrono::minutes(1);
        const auto now = std::chrono::steady_clock::now();
        if (why.empty() || !options.turned_away) {
            return;
        }
        if (last_ && now - *last_ < kPause) {
            ++unsaid_;
            options.turned_away({});
            return;
        }
        options.turned_away(
            channel.address() + " was turned away at control.listen: " + why +
            (unsaid_ == 0 ? "" : "; " + std::to_string(unsaid_) + " more since the last such line")
        );
        last_ = now;
        unsaid_ = 0;
    }

  private:
    std::optional<std::chrono::steady_clock::time_point> last_;
    std::size_t unsaid_ = 0;
};

}  // namespace

// Kept alive by each of its tasks.
struct ControlServer::Impl {
    Impl(const asio::any_io_executor& e, ControlServerOptions o, Handler h)
        : executor(e), options(std::move(o)), handler(std::move(h)), local(e), work(e) {}

    // Has not shown yet that it may talk.
    struct Stranger {
        Kept channel;
        std::chrono::steady_clock::time_point since;
    };

    asio::any_io_executor executor;
    ControlServerOptions options;
    Handler handler;
    Local::acceptor local;
    std::list<tcp::acceptor> distant;
    std::optional<TlsGate> gate;
    base::TaskGroup work;
    std::list<Stranger> strangers;  // the oldest first
    std::set<Kept> reading;
    TurnedAway turned_away;
    std::size_t open = 0;
    bool stopped = false;

    template <class Acceptor, class Greet>
    Task<void> accept_loop(std::shared_ptr<Impl> keeps_itself, Acceptor& acceptor, Greet greet) {
        while (!stopped) {
            if constexpr (std::is_same_v<Acceptor, tcp::acceptor>) {
                co_await room_for_a_stranger();
            }
            typename Acceptor::protocol_type::socket socket(executor);
            boost::system::error_code error;
            auto token = asio::redirect_error(asio::use_awaitable, error);
            co_await acceptor.async_accept(socket, token);
            if (stopped) {
                co_return;
            }
            if (error) {  // out of descriptors, for instance: not at full speed
                co_await base::rest(std::chrono::milliseconds(100));
                continue;
            }
            ++open;
            work.spawn(serve(keeps_itself, greet(std::move(socket))));
        }
    }

    // Who connects and then says nothing must not keep the others out.
    Task<void> room_for_a_stranger() {
        while (!stopped && strangers.size() >= options.max_strangers) {
            const Stranger& oldest = strangers.front();
            if (std::chrono::steady_clock::now() - oldest.since >= options.stranger_moment) {
                oldest.channel->close();
            }
            co_await base::rest(std::chrono::milliseconds(20));
        }
    }

    Task<void> serve([[maybe_unused]] std::shared_ptr<Impl> keeps_itself, Kept channel) {
        const AtEnd closed([this] { --open; });
        const Greeting greeting = co_await admitted(channel);
        std::string answer = greeting.refusal;
        if (greeting.peer) {
            answer = co_await answer_to(channel, *greeting.peer);
        }
        if (answer.empty()) {
            if (!stopped) {
                turned_away.note(options, *channel, greeting.why);
            }
            channel->close();
            co_return;
        }
        answer += '\n';
        // Who asks and never reads must not keep the service from stopping.
        const Deadline deadline(executor, options.request_timeout, channel, &Channel::close);
        co_await channel->write(answer);
        co_await channel->finish();
    }

    Task<Greeting> admitted(Kept channel) {
        const Deadline deadline(executor, options.request_timeout, channel, &Channel::close);
        const Stranger stranger{channel, std::chrono::steady_clock::now()};
        const auto place = strangers.insert(strangers.end(), stranger);
        const AtEnd known([this, place] { strangers.erase(place); });
        Greeting greeting = co_await channel->admit();
        co_return greeting;
    }

    Task<std::string> answer_to(Kept channel, Peer peer) {
        if (open > options.max_connections) {
            co_return refuse(
                "controller_busy", "too many requests at once", "try again in a moment"
            );
        }
        std::string line = co_await read_line(channel);
        if (line.empty()) {
            co_return refuse(
                "bad_request",
                "the request is not one line of JSON",
                "send one line of at most 1 MiB"
            );
        }
        std::string answer = co_await handler(std::move(line), std::move(peer));
        co_return answer;
    }

    Task<std::string> read_line(Kept channel) {
        const Deadline deadline(executor, options.request_timeout, channel, &Channel::stop_reading);
        reading.insert(channel);
        const AtEnd read([this, channel] { reading.erase(channel); });
        if (stopped) {
            channel->stop_reading();
        }
        std::string line = co_await channel->read_line(options.max_line);
        co_return line;
    }

    Result<void> listen_here() {
        const std::string& path = options.path;

        struct stat there {};

        if (lstat(path.c_str(), &there) == 0) {
            if (!S_ISSOCK(there.st_mode)) {
                return tl::unexpected(failed("control.listen", "something else is there", path));
            }
            if (somebody_listens(path)) {
                return tl::unexpected(failed("control.busy", "another process listens on it", path)
                );
            }
            unlink(path.c_str());
        }
        boost::system::error_code error;
        local.open(Local(), error);
        if (!error) {
            const mode_t before = umask(0117);
            local.bind(Local::endpoint(path), error);
            umask(before);
        }
        if (!error) {
            local.listen(asio::socket_base::max_listen_connections, error);
        }
        if (error) {
            return tl::unexpected(failed("control.listen", error.message(), path));
        }
        return {};
    }

    Result<void> listen_on(const std::string& place) {
        const auto parsed = base::host_and_port(place);
        boost::system::error_code error;
        const asio::ip::address address =
            parsed ? asio::ip::make_address(parsed->first, error) : asio::ip::address();
        if (!parsed || error) {
            return tl::unexpected(not_listening(place, "that is no address with a port"));
        }
        const tcp::endpoint endpoint(address, parsed->second);
        tcp::acceptor& acceptor = distant.emplace_back(executor);
        acceptor.open(endpoint.protocol(), error);
        if (!error) {
            acceptor.set_option(tcp::acceptor::reuse_address(true), error);
            acceptor.bind(endpoint, error);
        }
        if (!error) {
            acceptor.listen(asio::socket_base::max_listen_connections, error);
        }
        if (error) {
            return tl::unexpected(not_listening(place, error.message()));
        }
        return {};
    }

    Result<void> listen_for_panels() {
        for (const std::string& place :
             boost::tokenizer(options.listen, boost::char_separator<char>(" ,"))) {
            if (Result<void> listening = listen_on(place); !listening) {
                return listening;
            }
        }
        return {};
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
    Impl& impl = *impl_;
    if (!impl.options.listen.empty()) {
        if (Result<void> ready =
                use_key(impl.options.key).and_then([&] { return impl.listen_for_panels(); });
            !ready) {
            impl.distant.clear();
            return ready;
        }
    }
    if (!impl.options.path.empty()) {
        if (Result<void> listening = impl.listen_here(); !listening) {
            impl.distant.clear();
            return listening;
        }
        impl.work.spawn(impl.accept_loop(impl_, impl.local, [&impl](Local::socket socket) {
            return local_channel(std::move(socket), impl.options.users);
        }));
    }
    for (tcp::acceptor& acceptor : impl.distant) {
        impl.work.spawn(impl.accept_loop(impl_, acceptor, [&impl](tcp::socket socket) {
            return impl.gate->channel(std::move(socket));
        }));
    }
    return {};
}

Result<void> ControlServer::use_key(const Secret& key) {
    return TlsGate::make(key).map([this](TlsGate gate) { impl_->gate = std::move(gate); });
}

void ControlServer::stop() {
    if (std::exchange(impl_->stopped, true)) {
        return;
    }
    boost::system::error_code ignored;
    if (impl_->local.is_open()) {
        impl_->local.close(ignored);
        unlink(impl_->options.path.c_str());
    }
    for (tcp::acceptor& acceptor : impl_->distant) {
        acceptor.close(ignored);
    }
    for (const Impl::Stranger& stranger : impl_->strangers) {
        stranger.channel->close();
    }
    for (const Kept& channel : impl_->reading) {
        channel->stop_reading();
    }
}

std::vector<std::uint16_t> ControlServer::ports() const {
    std::vector<std::uint16_t> all;
    for (const tcp::acceptor& acceptor : impl_->distant) {
        all.push_back(acceptor.local_endpoint().port());
    }
    return all;
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
