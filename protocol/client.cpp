#include "protocol/client.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "protocol/exchange.hpp"

namespace bn::protocol {
namespace {

class LocalWire final : public Wire {
  public:
    LocalWire(const Called& called, base::Descriptor socket)
        : called_(called), socket_(std::move(socket)) {}

    tl::expected<void, Refusal> connect() {
        const std::string& path = called_.address;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.empty() || path.size() >= sizeof(address.sun_path)) {
            return tl::unexpected(called_.down("the path of a socket has 1 to 107 bytes"));
        }
        std::ranges::copy(path, std::begin(address.sun_path));
        if (socket_.get() < 0) {
            return tl::unexpected(called_.down(reason_of(errno)));
        }
        static_cast<void>(arm());  // a full backlog makes connect wait
        int done = 0;
        do {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
            done = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
        } while (done != 0 && errno == EINTR && arm());
        if (done != 0) {
            return tl::unexpected(refused(errno));
        }
        return {};
    }

    Step send(std::string_view text) override {
        return step_of(
            ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT), POLLOUT
        );
    }

    Step receive(std::span<char> room) override {
        return step_of(::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT), POLLIN);
    }

    [[nodiscard]] int descriptor() const override { return socket_.get(); }

  private:
    [[nodiscard]] Step step_of(ssize_t n, short events) const {
        if (n > 0) {
            return {Step::State::kMoved, static_cast<std::size_t>(n), 0, {}};
        }
        if (n == 0 || errno == EPIPE || errno == ECONNRESET) {
            return {Step::State::kClosed, 0, 0, {}};
        }
        if (errno == EAGAIN || errno == EINTR) {
            return {Step::State::kWaits, 0, events, {}};
        }
        return {Step::State::kFailed, 0, 0, called_.down(reason_of(errno))};
    }

    // Lets connect wait until the end of the call. False: that has passed. Never for ever, which is
    // what 0 would mean.
    [[nodiscard]] bool arm() const {
        const Duration rest = std::max(called_.left(), Duration(1));
        const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
        timeval limit{};
        limit.tv_sec = seconds.count();
        limit.tv_usec = std::chrono::microseconds(rest - seconds).count();
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
        return called_.left().count() > 0;
    }

    [[nodiscard]] Refusal refused(int code) const {
        switch (code) {
            case ENOENT:
            case ENOTDIR:
                return called_.down("there is no socket");
            case ECONNREFUSED:
            case EPROTOTYPE:
                return called_.down("nobody listens there");
            case EAGAIN:
            case EINTR:
                return called_.busy();
            case EACCES:
            case EPERM:
                return called_.refusal(
                    "not_allowed",
                    "this process may not open " + called_.address,
                    "run it as root or as the controller's user"
                );
            default:
                return called_.down(reason_of(code));
        }
    }

    const Called& called_;
    base::Descriptor socket_;
};

// Starts a program whose input and output are the other end of `wire`. Ended with this.
class Helper {
  public:
    explicit Helper(std::vector<std::string> words) : words_(std::move(words)) {}

    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;

    ~Helper() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);  // it has nothing to lose
            while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
    }

    // Our end; an error number where it does not start.
    tl::expected<base::Descriptor, int> start() {
        std::array<int, 2> ends{-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            return tl::unexpected(errno);
        }
        base::Descriptor ours(ends[0]);
        const base::Descriptor theirs(ends[1]);
        std::vector<char*> argv;
        argv.reserve(words_.size() + 1);
        for (std::string& word : words_) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
        const int failed =
            ::posix_spawn(&process_, argv.front(), &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) {
            process_ = -1;
            return tl::unexpected(failed);
        }
        return ours;
    }

  private:
    std::vector<std::string> words_;
    pid_t process_ = -1;
};

// `talk` gives the line that comes back to a line.
template <class Talk>
Answer ask(const Called& called, const Request& request, Talk talk) {
    const std::string line = encode(request) + '\n';
    if (line.size() > kLongestRequest) {
        return tl::unexpected(
            called.refusal("bad_request", "the request has more than 1 MiB", "shorten the input")
        );
    }
    tl::expected<std::string, Refusal> got = talk(line);
    if (!got) {
        return tl::unexpected(std::move(got.error()));
    }
    return decode_answer(*got).map_error([&](Refusal why) {
        if (why.type == "bad_answer") {
            why.params.insert_or_assign(std::string(called.param), called.address);
        }
        return why;
    });
}

}  // namespace

Answer ask_controller(const std::string& socket, const Request& request, Duration limit) {
    const Called called(
        "socket",
        socket,
        "start it (systemctl start bill-nextcloud) and read its log (journalctl -u bill-nextcloud)",
        limit
    );
    return ask(called, request, [&](const std::string& line) {
        LocalWire wire(called, base::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
        return wire.connect().and_then([&] { return exchange(wire, line, called); });
    });
}

Answer ask_controller(const DistantController& controller, const Request& request, Duration limit) {
    constexpr Duration kItsOwnEnd = std::chrono::milliseconds(500);
    const Called called(kDistantParam, controller.address, kDistantStart, limit + kItsOwnEnd);
    const auto talk = [&](const std::string& line) -> tl::expected<std::string, Refusal> {
        Helper helper(
            {controller.program,
             controller.address,
             controller.key_file,
             std::to_string(limit.count())}
        );
        auto end = helper.start();
        if (!end) {
            return tl::unexpected(called.refusal(
                "controller_down",
                controller.program + " cannot be started, which asks the controller at " +
                    controller.address + ": " + reason_of(end.error()),
                "install it again with deploy/billmanager/install; the panel repeats the "
                "operation, nothing is lost"
            ));
        }
        LocalWire wire(called, std::move(*end));
        return exchange(wire, line, called);
    };
    return ask(called, request, talk);
}

}  // namespace bn::protocol
