// A small HTTP/1.1 server on 127.0.0.1 for tests of the HTTP engine: one blocking thread a
// connection, plain or TLS with a certificate of its own, keep-alive.
//
// Threads: `Reply` runs on the connection's thread and may block; whoever blocks it must let it go
// before the server is destroyed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

struct ssl_ctx_st;

namespace bn::testing {

struct Heard {
    std::string method;
    std::string target;
    std::string body;
    std::map<std::string, std::string> headers;  // names in lower case

    Heard() = default;
};

class LoopbackServer {
  public:
    // Returns the whole response, headers included; empty: the connection is closed.
    using Reply = std::function<std::string(const Heard&)>;

    LoopbackServer(bool tls, Reply reply);
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    [[nodiscard]] std::string url() const;

    // PEM file of the certificate; removed with the server.
    [[nodiscard]] const std::string& ca_file() const { return ca_file_; }

    [[nodiscard]] int connections() const { return connections_; }

    [[nodiscard]] int requests() const { return requests_; }

  private:
    void accept_loop();
    void serve(int fd);

    Reply reply_;
    bool tls_;
    std::shared_ptr<ssl_ctx_st> context_;
    std::string ca_file_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    std::mutex mutex_;
    std::list<int> open_;         // guarded by mutex_
    std::list<std::thread> all_;  // guarded by mutex_
    std::thread acceptor_;
};

// "HTTP/1.1 <status>" with a length and a JSON body; `extra` are whole header lines with \r\n.
std::string http_reply(int status, const std::string& body, const std::string& extra = {});

}  // namespace bn::testing
