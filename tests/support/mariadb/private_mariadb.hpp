// A real mariadbd of one's own: in a folder under the temp dir, with its own socket and a free TCP
// port, as root or as any user. It dies with the program that started it, however that ends.
//
// Start-up takes one to three seconds: use `shared()` for one instance a test program, and a
// database of your own name in it. Failures throw std::runtime_error with the server's log.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bn::testing {

class PrivateMariaDb {
  public:
    PrivateMariaDb();
    explicit PrivateMariaDb(const std::vector<std::string>& more_options);
    ~PrivateMariaDb();
    PrivateMariaDb(const PrivateMariaDb&) = delete;
    PrivateMariaDb& operator=(const PrivateMariaDb&) = delete;

    // One for this program, started on first use.
    static PrivateMariaDb& shared();

    // The login root needs no password over the socket.
    [[nodiscard]] const std::string& socket() const { return socket_; }

    [[nodiscard]] std::uint16_t port() const { return port_; }  // on 127.0.0.1

    [[nodiscard]] const std::string& folder() const { return folder_; }

    // SIGKILL, as a crash would. `start` brings it back on the same socket and port.
    void kill();
    void start();

  private:
    void install();
    [[nodiscard]] bool ready() const;

    std::string folder_;
    std::string socket_;
    std::vector<std::string> more_options_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace bn::testing
