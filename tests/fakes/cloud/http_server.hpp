// A small HTTP/1.1 server on loopback with keep-alive, with or without TLS, on threads of its own.
// The handler runs on those threads, one call per thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/fakes/cloud/request.hpp"
#include "tests/fakes/cloud/tls_identity.hpp"

namespace bn::testing::cloud {

struct HttpServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    unsigned threads = 1;
    const TlsIdentity* tls = nullptr;  // read by the constructor only; null: plain HTTP
};

class HttpServer {
  public:
    // First half of a call: how long to wait before `serve` (the server "works" meanwhile).
    using Admission = std::function<Duration(const Request&)>;
    using Handler = std::function<Reply(const Request&)>;

    // Throws std::system_error when the address cannot be bound.
    HttpServer(const HttpServerOptions& options, Admission admit, Handler serve);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    // Connections accepted so far.
    [[nodiscard]] std::uint64_t connections() const;
    // Ends all connections now; new ones are accepted.
    void close_connections();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::testing::cloud
