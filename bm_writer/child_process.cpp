#include "bm_writer/child_process.hpp"

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
#include <thread>

#include "base/descriptor.hpp"

namespace bn::bm_writer {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    base::Descriptor read;
    base::Descriptor write;
};

// Both ends above 2: the child's own 0, 1 and 2 are laid over them.
bool open_pipe(Pipe& pipe) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return false;
    }
    pipe.read.reset(ends[0]);
    pipe.write.reset(ends[1]);
    for (base::Descriptor* end : {&pipe.read, &pipe.write}) {
        if (end->get() <= STDERR_FILENO) {
            const int higher = ::fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
            if (higher < 0) {
                return false;
            }
            end->reset(higher);
        }
    }
    return ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) == 0;
}

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
    Child(pid_t pid, Clock::time_point deadline) : pid_(pid), deadline_(deadline) {}

    ~Child() {
        if (!collected_) {
            kill_group();
            collect(0);
        }
    }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void kill_group() const {
        if (!collected_) {
            ::kill(-pid_, SIGKILL);
            ::kill(pid_, SIGKILL);
        }
    }

    // True once the child has ended.
    bool collect(int options) {
        while (!collected_) {
            const pid_t got = ::waitpid(pid_, &status_, options);
            if (got == 0) {
                return false;
            }
            if (got < 0 && errno == EINTR) {
                continue;
            }
            lost_ = got < 0;
            collected_ = true;
        }
        return true;
    }

    [[nodiscard]] bool late() const { return Clock::now() >= deadline_; }

    [[nodiscard]] int poll_wait() const {
        // In slices: a grandchild may hold the pipes open after the child has ended.
        constexpr std::int64_t kSlice = 50;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, kSlice));
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
    Clock::time_point deadline_;
    int status_ = 0;
    bool collected_ = false;
    bool lost_ = false;
};

enum class Drained { kMore, kEnd };

// Reads what is there now; what exceeds `most` is counted in `over` and dropped.
Drained drain(const base::Descriptor& fd, std::string& into, std::size_t most, bool& over) {
    std::array<char, 65536> block;
    for (;;) {
        const ssize_t got = ::read(fd.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return Drained::kMore;
        }
        if (got <= 0) {
            return Drained::kEnd;
        }
        const auto size = static_cast<std::size_t>(got);
        const std::size_t room = most - std::min(most, into.size());
        into.append(block.data(), std::min(size, room));
        over = over || size > room;
        if (over) {
            return Drained::kMore;
        }
    }
}

struct Stream {
    base::Descriptor* fd;
    std::string* text;
    std::size_t most;
    bool over = false;
};

void read_once(Stream& stream) {
    if (stream.fd->is_open() &&
        drain(*stream.fd, *stream.text, stream.most, stream.over) == Drained::kEnd) {
        stream.fd->reset();
    }
}

// Until the child has ended, or it took too long or said too much: then it is killed.
void follow(Child& child, Stream& out, Stream& err, ChildResult& result) {
    auto pause = std::chrono::microseconds(200);
    for (;;) {
        const bool ended = child.collect(WNOHANG);
        if (!ended && out.fd->is_open()) {
            std::array<pollfd, 2> fds = {
                pollfd{out.fd->get(), POLLIN, 0}, pollfd{err.fd->get(), POLLIN, 0}};
            ::poll(fds.data(), fds.size(), child.poll_wait());
        } else if (!ended) {
            // Its output is closed: it ends in this moment, or went on without one.
            std::this_thread::sleep_for(pause);
            pause = std::min(pause * 2, std::chrono::microseconds(20000));
        }
        read_once(out);
        err.over = false;
        read_once(err);
        if (out.over) {
            result.end = ChildEnd::kTooMuch;
            child.kill_group();
            child.collect(0);
            return;
        }
        if (ended) {
            child.tell(result);
            return;
        }
        if (child.late()) {
            result.end = ChildEnd::kTimeout;
            child.kill_group();
            child.collect(0);
            return;
        }
    }
}

}  // namespace

ChildResult run_child(const ChildCommand& command) {
    ChildResult result;
    const Clock::time_point deadline = Clock::now() + command.timeout;
    Pipe out;
    Pipe err;
    if (!open_pipe(out) || !open_pipe(err)) {
        result.start_errno = errno;
        return result;
    }
    pid_t pid = -1;
    Spawner spawner;
    result.start_errno = spawner.start(command, out.write.get(), err.write.get(), pid);
    if (result.start_errno != 0) {
        return result;
    }
    out.write.reset();
    err.write.reset();
    Child child(pid, deadline);
    Stream out_stream{&out.read, &result.out, command.max_stdout};
    Stream err_stream{&err.read, &result.err, command.max_stderr};
    follow(child, out_stream, err_stream, result);
    return result;
}

}  // namespace bn::bm_writer
