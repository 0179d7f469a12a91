#include "base/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "base/descriptor.hpp"

namespace bn::base {

namespace {

using Clock = std::chrono::steady_clock;

// One output of the child. Its text lies in the result.
class Output {
  public:
    Output(std::string& text, std::size_t most) : text_(text), most_(most) {}

    // Both ends above 2: the child's own 0, 1 and 2 are laid over them. False: see errno.
    bool open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            return false;
        }
        read_.reset(ends[0]);
        write_.reset(ends[1]);
        for (Descriptor* end : {&read_, &write_}) {
            if (end->get() <= STDERR_FILENO) {
                const int higher = ::fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
                if (higher < 0) {
                    return false;
                }
                end->reset(higher);
            }
        }
        return ::fcntl(read_.get(), F_SETFL, O_NONBLOCK) == 0;
    }

    // Takes what is there now; what exceeds `most` is dropped, and the reading ends there.
    void drain() {
        std::array<char, 65536> block;
        while (read_.is_open()) {
            const ssize_t got = ::read(read_.get(), block.data(), block.size());
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < 0 && errno == EAGAIN) {
                return;
            }
            if (got <= 0) {
                read_.reset();
                return;
            }
            const auto size = static_cast<std::size_t>(got);
            const std::size_t room = most_ - text_.size();
            text_.append(block.data(), std::min(size, room));
            if (size > room) {
                over_ = true;
                return;
            }
        }
    }

    [[nodiscard]] int write_end() const { return write_.get(); }

    void close_write_end() { write_.reset(); }

    [[nodiscard]] bool is_open() const { return read_.is_open(); }

    [[nodiscard]] bool over() const { return over_; }

    [[nodiscard]] pollfd waits() const { return {read_.get(), POLLIN, 0}; }

  private:
    std::string& text_;
    std::size_t most_;
    Descriptor read_;
    Descriptor write_;
    bool over_ = false;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        list.push_back(const_cast<char*>(text.c_str()));
    }
    list.push_back(nullptr);
    return list;
}

class Spawner {
  public:
    Spawner() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }

    ~Spawner() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    Spawner(const Spawner&) = delete;
    Spawner& operator=(const Spawner&) = delete;

    // 0 or an errno.
    int start(const ChildCommand& command, int out, int err, pid_t& pid) {
        auto* a = &actions_;
        const std::array<int, 5> prepared = {
            ::posix_spawn_file_actions_addopen(a, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
            ::posix_spawn_file_actions_adddup2(a, out, STDOUT_FILENO),
            ::posix_spawn_file_actions_adddup2(a, err, STDERR_FILENO),
            // Descriptors that some library of ours opened without close-on-exec stay here too.
            ::posix_spawn_file_actions_addclosefrom_np(a, STDERR_FILENO + 1),
            command.working_dir.empty()
                ? 0
                : ::posix_spawn_file_actions_addchdir_np(a, command.working_dir.c_str())};
        for (const int error : prepared) {
            if (error != 0) {
                return error;
            }
        }
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        );
        const std::vector<char*> argv = pointers(command.argv);
        const std::vector<char*> envp = pointers(command.environment);
        return ::posix_spawn(
            &pid, command.argv.front().c_str(), a, &attributes_, argv.data(), envp.data()
        );
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

// A started child until it is collected: while it is not, its number cannot become another's.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}

    ~Child() { end(); }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // Kills it and its group, if it has not ended.
    void end() {
        if (!collected_) {
            ::kill(-pid_, SIGKILL);
            ::kill(pid_, SIGKILL);
            collect(0);
        }
    }

    // True once the child has ended.
    bool collect(int options) {
        while (!collected_) {
            const pid_t got = ::waitpid(pid_, &status_, options);
            if (got == 0) {
                return false;
            }
            lost_ = got < 0;
            collected_ = got > 0 || errno != EINTR;
        }
        return true;
    }

    void tell(ChildResult& result) const {
        if (lost_) {
            result.end = ChildEnd::kLost;
        } else if (WIFSIGNALED(status_)) {
            result.end = ChildEnd::kSignalled;
            result.signal_number = WTERMSIG(status_);
        } else {
            result.end = ChildEnd::kExited;
            result.exit_code = WEXITSTATUS(status_);
        }
    }

  private:
    pid_t pid_;
    int status_ = 0;
    bool collected_ = false;
    bool lost_ = false;
};

// Until the child has ended, or it took too long or said too much: then it is killed.
void follow(
    Child& child, Output& out, Output& err, Clock::time_point deadline, ChildResult& result
) {
    Duration pause(1);
    for (;;) {
        const bool ended = child.collect(WNOHANG);
        if (!ended) {
            // In slices: a grandchild may hold the pipes open after the child has ended. With its
            // output closed, it ends in this moment, or went on without one.
            const bool open = out.is_open();
            const auto left = std::chrono::ceil<Duration>(deadline - Clock::now());
            const Duration wait = std::clamp(left, Duration(0), open ? Duration(50) : pause);
            std::array<pollfd, 2> fds = {out.waits(), err.waits()};
            ::poll(fds.data(), open ? fds.size() : 0, static_cast<int>(wait.count()));
            pause = open ? pause : std::min(pause * 2, Duration(20));
        }
        out.drain();
        err.drain();
        if (ended && !out.over()) {
            child.tell(result);
            return;
        }
        if (out.over() || Clock::now() >= deadline) {
            result.end = out.over() ? ChildEnd::kTooMuch : ChildEnd::kTimeout;
            child.end();
            return;
        }
    }
}

}  // namespace

ChildResult run_child(const ChildCommand& command) {
    const auto deadline = Clock::now() + command.timeout;
    ChildResult result;
    Output out(result.out, command.max_stdout);
    Output err(result.err, command.max_stderr);
    if (!out.open() || !err.open()) {
        result.start_errno = errno;
        return result;
    }
    pid_t pid = -1;
    Spawner spawner;
    result.start_errno = spawner.start(command, out.write_end(), err.write_end(), pid);
    if (result.start_errno != 0) {
        return result;
    }
    out.close_write_end();
    err.close_write_end();
    Child child(pid);
    follow(child, out, err, deadline, result);
    return result;
}

}  // namespace bn::base
