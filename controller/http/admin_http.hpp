// The small HTTP server for people and Prometheus: GET and HEAD of a fixed set of pages.
//
// Runs on the executor that it is given; start, stop and the pages are called on its thread. It is
// not meant for the open network: no TLS, no login, so it listens on loopback unless told
// otherwise. Headers, time and number of connections are bounded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"

namespace boost::asio {
class any_io_executor;
}

namespace bn::controller {

struct HttpAnswer {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;

    HttpAnswer() = default;

    // Plain text.
    HttpAnswer(unsigned s, std::string text) : status(s), body(std::move(text)) {}

    HttpAnswer(unsigned s, std::string type, std::string b)
        : status(s), content_type(std::move(type)), body(std::move(b)) {}
};

struct AdminHttpOptions {
    std::string listen = "127.0.0.1:9632";  // address:port, [address6]:port; port 0: any free one
    // Names, separated by blanks, that a request's Host may have beside "localhost" and IP
    // addresses. Empty: on a loopback address no others, so that no page of a browser reads this by
    // a name of its own that leads here; on any other address all.
    std::string hosts;
    // One more closes the one that has waited longest for its request or its reader.
    std::uint32_t max_connections = 32;
    std::uint32_t max_header_bytes = 8192;
    Duration idle_timeout = std::chrono::seconds(30);  // for one request or the wait for it
};

// Path ("/metrics") -> its page, made when asked.
using HttpPages = std::map<std::string, std::function<HttpAnswer()>, std::less<>>;

class AdminHttp {
  public:
    AdminHttp(
        const boost::asio::any_io_executor& executor, AdminHttpOptions options, HttpPages pages
    );
    ~AdminHttp();  // stops; a connection still open is closed by its own handlers
    AdminHttp(const AdminHttp&) = delete;
    AdminHttp& operator=(const AdminHttp&) = delete;

    // Errors (kHuman): "http.address" not understood, "http.busy" port taken, "http.listen" other.
    Result<void> start();
    // Closes the listener and all connections; may be called twice.
    void stop();
    [[nodiscard]] std::uint16_t port() const;  // 0 before start

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// Splits "127.0.0.1:9632" and "[::1]:9632"; the error says what is expected.
tl::expected<std::pair<std::string, std::uint16_t>, std::string> parse_listen(std::string_view text
);

}  // namespace bn::controller
