#include "state/process_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "state/files.hpp"

namespace bn::state {

namespace {

std::string read_holder(int fd) {
    std::array<char, 256> text{};
    const auto size = ::pread(fd, text.data(), text.size(), 0);
    std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!holder.empty() && holder.back() == '\n') {
        holder.pop_back();
    }
    return holder.empty() ? "an unknown process" : holder;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "?";
}

}  // namespace

Result<ProcessLock> ProcessLock::acquire(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tl::unexpected(explain_errno(
            "store.lock",
            "cannot open the lock file",
            path,
            errno,
            "give the service's user write permission on the directory"
        ));
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int number = errno;
        Error error =
            number == EWOULDBLOCK
                ? Error(
                      Concern::kStore,
                      NextMove::kHuman,
                      "store.locked",
                      fmt::format("{} is held by {}", path, read_holder(fd)),
                      "only one process may write to the store: stop that one first, or use the "
                      "commands that only read"
                  )
                : explain_errno(
                      "store.lock",
                      "cannot lock",
                      path,
                      number,
                      "put the store on a local file system"
                  );
        ::close(fd);
        return tl::unexpected(std::move(error));
    }
    const auto text = fmt::format("process {} on {}\n", ::getpid(), host_name());
    // For people only: the lock holds whether or not this can be written.
    if (::ftruncate(fd, 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(fd, text.data(), text.size(), 0);
    }
    return ProcessLock(fd);
}

ProcessLock::~ProcessLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

}  // namespace bn::state
