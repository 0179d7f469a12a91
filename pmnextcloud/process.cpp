#include "pmnextcloud/process.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>

namespace bn::pmnextcloud {

tl::expected<std::string, Failure> read_input(int fd, Duration limit) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + limit;
    std::string text;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto rest = std::chrono::ceil<Duration>(end - Clock::now());
        pollfd entry{fd, POLLIN, 0};
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::max(rest.count(), Duration::rep{0})));
        if (ready == 0) {
            return tl::unexpected(failure(
                "document_bad", "it did not end within " + std::to_string(limit.count()) + " ms"
            ));
        }
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (n < 0) {
            return tl::unexpected(failure("document_bad", "the input is closed"));
        }
        if (n == 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(n));
        if (text.size() > kMaxDocument) {
            return tl::unexpected(failure("document_big", "more than 1 MiB"));
        }
    }
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace bn::pmnextcloud
