#include "controller/control/ask.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <system_error>

#include "base/descriptor.hpp"

namespace bn::controller {

Result<std::optional<std::string>> ask_service(const std::string& path, std::string line) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return std::optional<std::string>();
    }
    std::ranges::copy(path, std::begin(address.sun_path));
    const base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    timeval longest{};
    longest.tv_sec = 10;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof(longest));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest));
    const auto failed = [&path](const std::string& why) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "control.ask",
            "the service does not answer at " + path + ": " + why,
            "run the command as root or as the service's user; `bill-nextcloud status` says what "
            "it "
            "does"
        ));
    };
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        const bool nobody = errno == ENOENT || errno == ECONNREFUSED;
        if (nobody) {
            return std::optional<std::string>();
        }
        return failed(std::generic_category().message(errno));
    }
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
        const ssize_t sent = ::send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return failed(std::generic_category().message(errno));
        }
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    std::string answer;
    std::array<char, 4096> buffer{};
    while (answer.find('\n') == std::string::npos) {
        const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            return failed("it closed the connection, or took too long");
        }
        answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
    answer.erase(answer.find('\n'));
    return std::optional(std::move(answer));
}

}  // namespace bn::controller
