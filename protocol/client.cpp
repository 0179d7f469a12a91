#include "protocol/client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"

namespace bn::protocol {
namespace {

using Clock = std::chrono::steady_clock;
using Failed = tl::unexpected<Refusal>;

Failed error(std::string type, std::string what, std::string remedy, const std::string& path) {
    return Failed(Refusal(std::move(type), std::move(what), std::move(remedy), {{"socket", path}}));
}

Failed down(const std::string& path, const std::string& why) {
    return error(
        "controller_down",
        "the controller does not answer at " + path + ": " + why,
        "start it (systemctl start bill-nextcloud) and read its log (journalctl -u "
        "bill-nextcloud); the panel repeats the operation, nothing is lost",
        path
    );
}

Failed busy(const std::string& path, Duration limit) {
    return error(
        "controller_busy",
        "the controller at " + path + " gave no answer within " + std::to_string(limit.count()) +
            " ms",
        "look at bill-nextcloud status for what it waits for; the panel repeats the operation, "
        "nothing is lost",
        path
    );
}

std::string reason(int code) {
    return std::generic_category().message(code);
}

Duration left(Clock::time_point end) {
    return std::chrono::ceil<Duration>(std::max(end - Clock::now(), Clock::duration::zero()));
}

class Connection {
  public:
    Connection(const std::string& path, Duration limit)
        : path_(path),
          limit_(limit),
          end_(Clock::now() + limit),
          socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

    tl::expected<void, Refusal> connect() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path_.empty() || path_.size() >= sizeof(address.sun_path)) {
            return down(path_, "the path of a socket has 1 to 107 bytes");
        }
        std::ranges::copy(path_, std::begin(address.sun_path));
        if (socket_.get() < 0) {
            return down(path_, reason(errno));
        }
        static_cast<void>(arm(SO_SNDTIMEO));  // a full backlog makes connect wait
        int done = 0;
        do {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
            done = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
        } while (done != 0 && errno == EINTR && arm(SO_SNDTIMEO));
        if (done != 0) {
            return refused(errno);
        }
        return {};
    }

    // A peer that closes before it has read everything may still have answered: what it said
    // counts.
    tl::expected<void, Refusal> send(std::string_view text) {
        while (!text.empty()) {
            if (!arm(SO_SNDTIMEO)) {
                return busy(path_, limit_);
            }
            const ssize_t n = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (n >= 0) {
                text.remove_prefix(static_cast<std::size_t>(n));
            } else if (errno == EPIPE || errno == ECONNRESET) {
                return {};
            } else if (errno != EINTR && errno != EAGAIN) {
                return down(path_, reason(errno));
            }
        }
        return {};
    }

    // Up to the first newline, or to the end of what the peer sends.
    tl::expected<std::string, Refusal> receive_line() {
        std::string line;
        std::array<char, 16384> buffer{};
        for (;;) {
            if (!arm(SO_RCVTIMEO)) {
                return busy(path_, limit_);
            }
            const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
            if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
                continue;
            }
            if (n <= 0) {
                if (line.empty()) {
                    return down(path_, "it closed the connection without an answer");
                }
                return line;
            }
            const std::string_view got(buffer.data(), static_cast<std::size_t>(n));
            const std::size_t newline = got.find('\n');
            line.append(got.substr(0, newline));
            if (line.size() > kLongestAnswer) {
                return Failed(bad_answer("it has more than 8 MiB"));
            }
            if (newline != std::string_view::npos) {
                return line;
            }
        }
    }

  private:
    // Lets the next call of a kind wait until the end of all. False: that has passed. Never for
    // ever, which is what 0 would mean.
    [[nodiscard]] bool arm(int option) const {
        const Duration rest = std::max(left(end_), Duration(1));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
        timeval limit{};
        limit.tv_sec = seconds.count();
        limit.tv_usec = std::chrono::microseconds(rest - seconds).count();
        ::setsockopt(socket_.get(), SOL_SOCKET, option, &limit, sizeof(limit));
        return left(end_).count() > 0;
    }

    [[nodiscard]] Failed refused(int code) const {
        switch (code) {
            case ENOENT:
            case ENOTDIR:
                return down(path_, "there is no socket");
            case ECONNREFUSED:
            case EPROTOTYPE:
                return down(path_, "nobody listens there");
            case EAGAIN:
            case EINTR:
                return busy(path_, limit_);
            case EACCES:
            case EPERM:
                return error(
                    "not_allowed",
                    "this process may not open " + path_,
                    "run it as root or as the controller's user",
                    path_
                );
            default:
                return down(path_, reason(code));
        }
    }

    const std::string& path_;
    Duration limit_;
    Clock::time_point end_;
    base::Descriptor socket_;
};

}  // namespace

Answer ask_controller(const std::string& socket, const Request& request, Duration limit) {
    const std::string line = encode(request) + '\n';
    if (line.size() > kLongestRequest) {
        return error("bad_request", "the request has more than 1 MiB", "shorten the input", socket);
    }
    Connection connection(socket, limit);
    return connection.connect()
        .and_then([&] { return connection.send(line); })
        .and_then([&] { return connection.receive_line(); })
        .and_then([](const std::string& answer) { return decode_answer(answer); })
        .map_error([&](Refusal why) {
            if (why.type == "bad_answer") {
                why.params.insert_or_assign("socket", socket);
            }
            return why;
        });
}

}  // namespace bn::protocol
