#include "controller/sys/output.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

namespace bn::controller {
namespace {

// The errno of the first failure; 0: none.
std::atomic<int>& first_failure() {
    static std::atomic<int> reason = 0;
    return reason;
}

void failed(int reason) {
    int none = 0;
    first_failure().compare_exchange_strong(none, reason == 0 ? EIO : reason);
}

}  // namespace

void write_to_output(std::string_view text) {
    if (!output_good()) {
        return;
    }
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
        std::fflush(stdout) != 0) {
        failed(errno);
    }
}

bool output_good() {
    return first_failure() == 0;
}

Result<bool> close_output() {
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        failed(errno);
    }
    // A disk elsewhere may say only now that it is full. One that was closed from the beginning,
    // and into which nothing was written, is no failure.
    if (std::fclose(stdout) != 0 && errno != EBADF) {
        failed(errno);
    }
    const int reason = first_failure();
    if (reason == 0 || reason == EPIPE) {
        return reason == 0;
    }
    return tl::unexpected(Error(
        NextMove::kHuman,
        "output.write",
        fmt::format("cannot write to standard output: {}", std::strerror(reason)),
        "what was printed is not whole: free space there, or print elsewhere, and run it again"
    ));
}

}  // namespace bn::controller
