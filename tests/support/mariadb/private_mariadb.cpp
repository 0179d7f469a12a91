#include "tests/support/mariadb/private_mariadb.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace bn::testing {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(90);  // sanitizers, loaded machines

std::string file_text(const std::string& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// A port that was free a moment ago.
std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    const bool fine = ::bind(fd, raw, size) == 0 && ::getsockname(fd, raw, &size) == 0;
    ::close(fd);
    if (!fine) {
        throw std::runtime_error("no free TCP port");
    }
    return ntohs(address.sin_port);
}

// Runs a program with its output in `log`. The child is killed when this thread ends.
pid_t spawn(const std::vector<std::string>& args, const std::string& log) {
    std::vector<char*> argv;
    for (const std::string& arg : args) {
        argv.push_back(const_cast<char*>(arg.c_str()));
    }
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) {
            ::_exit(126);
        }
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    if (pid < 0) {
        throw std::runtime_error("fork failed");
    }
    return pid;
}

std::string as_user() {
    return ::geteuid() == 0 ? "--user=root" : "--skip-name-resolve";
}

}  // namespace

PrivateMariaDb::PrivateMariaDb() : PrivateMariaDb(std::vector<std::string>{}) {}

PrivateMariaDb::PrivateMariaDb(const std::vector<std::string>& more_options)
    : more_options_(more_options) {
    std::string pattern = (fs::temp_directory_path() / "bn-mariadb-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("no folder for MariaDB under " + pattern);
    }
    folder_ = pattern;
    socket_ = folder_ + "/s";  // a socket's path may have 107 bytes only
    try {
        install();
        start();
    } catch (...) {
        kill();
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
        throw;
    }
}

PrivateMariaDb::~PrivateMariaDb() {
    kill();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

PrivateMariaDb& PrivateMariaDb::shared() {
    static PrivateMariaDb instance;
    return instance;
}

void PrivateMariaDb::install() {
    const std::string log = folder_ + "/install.log";
    const pid_t pid = spawn(
        {BN_MARIADB_INSTALL_DB,
         "--no-defaults",
         "--datadir=" + folder_ + "/data",
         "--tmpdir=" + folder_,  // each start removes what others left in it
         "--auth-root-authentication-method=normal",
         "--skip-test-db",
         as_user()},
        log
    );
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) {
        throw std::runtime_error("mariadb-install-db failed:\n" + file_text(log));
    }
}

void PrivateMariaDb::start() {
    const std::string log = folder_ + "/server.log";
    const auto deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline) {
        port_ = port_ == 0 ? free_port() : port_;
        std::vector<std::string> args = {
            BN_MARIADBD,
            "--no-defaults",
            "--datadir=" + folder_ + "/data",
            "--socket=" + socket_,
            "--pid-file=" + folder_ + "/pid",
            "--bind-address=127.0.0.1",
            "--port=" + std::to_string(port_),
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=32M",
            "--skip-log-bin",
            "--character-set-server=utf8mb4",
            "--lower-case-table-names=0",
            "--tmpdir=" + folder_,
            as_user()};
        args.insert(args.end(), more_options_.begin(), more_options_.end());
        pid_ = spawn(args, log);
        while (Clock::now() < deadline) {
            if (ready()) {
                return;
            }
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = -1;
                port_ = 0;  // somebody took the port: another one
                break;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    throw std::runtime_error("mariadbd does not start:\n" + file_text(log));
}

bool PrivateMariaDb::ready() const {
    // The server greets on its socket only when it is ready for logins.
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
    char byte = 0;
    const timeval patience{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const bool greeted =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::recv(fd, &byte, 1, 0) == 1;
    ::close(fd);
    return greeted;
}

void PrivateMariaDb::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
}

}  // namespace bn::testing
