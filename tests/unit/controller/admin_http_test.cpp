#include "controller/http/admin_http.hpp"

#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/http/http_get.hpp"

namespace bn::controller::admin_http_test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpPages pages() {
    HttpPages all;
    all["/metrics"] = [] { return HttpAnswer(200, "text/plain; version=0.0.4", "up 1\n"); };
    all["/readyz"] = [] { return HttpAnswer(503, "text/plain", "no pass yet\n"); };
    all["/broken"] = []() -> HttpAnswer { throw std::runtime_error("disk full"); };
    return all;
}

class AdminHttpTest : public ::testing::Test {
  protected:
    void start(AdminHttpOptions options = {}) {
        options.listen = options.listen.ends_with(":0") ? options.listen : "127.0.0.1:0";
        server_ = std::make_unique<AdminHttp>(io_.get_executor(), options, pages());
        const auto started = server_->start();
        ASSERT_TRUE(started) << started.error().text();
        thread_ = std::thread([this] { io_.run(); });
    }

    void TearDown() override {
        if (thread_.joinable()) {
            asio::post(io_, [this] { server_->stop(); });
            thread_.join();  // ends by itself once nothing is open: stop is complete
        }
    }

    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    }

    // Sends the bytes and reads until the server closes.
    std::string raw(const std::string& request) {
        tcp::socket socket = connect();
        asio::write(socket, asio::buffer(request));
        std::string answer;
        boost::system::error_code error;
        asio::read(socket, asio::dynamic_buffer(answer), error);
        return answer;
    }

    tcp::socket connect() {
        tcp::socket socket(client_io_);
        socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
        return socket;
    }

    asio::io_context io_{1};
    asio::io_context client_io_{1};
    std::unique_ptr<AdminHttp> server_;
    std::thread thread_;
};

TEST_F(AdminHttpTest, ServesPages) {
    start();
    const auto metrics = http_get_local(url("/metrics?x=1"));
    ASSERT_TRUE(metrics) << metrics.error().text();
    EXPECT_EQ(metrics->status, 200U);
    EXPECT_EQ(metrics->content_type, "text/plain; version=0.0.4");
    EXPECT_EQ(metrics->body, "up 1\n");
    EXPECT_EQ(http_get_local(url("/readyz"))->status, 503U);
    const auto missing = http_get_local(url("/nothing"));
    EXPECT_EQ(missing->status, 404U);
    EXPECT_THAT(missing->body, HasSubstr("/metrics\n"));
    const auto broken = http_get_local(url("/broken"));
    EXPECT_EQ(broken->status, 500U);
    EXPECT_THAT(broken->body, HasSubstr("disk full"));
}

TEST_F(AdminHttpTest, HeadHasTheLengthAndNoBody) {
    start();
    const std::string answer =
        raw("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
}

TEST_F(AdminHttpTest, RefusesOtherMethodsAndNonsense) {
    start();
    const std::string post =
        raw("DELETE /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(post, StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(post, HasSubstr("Allow: GET, HEAD"));
    EXPECT_THAT(raw("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
    const std::string body =
        raw("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_THAT(body, StartsWith("HTTP/1.1 4"));
}

TEST_F(AdminHttpTest, BoundsTheHeader) {
    start();
    EXPECT_THAT(
        raw("GET /metrics HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"),
        StartsWith("HTTP/1.1 431")
    );
}

TEST_F(AdminHttpTest, SilentConnectionsAreClosed) {
    AdminHttpOptions options;
    options.idle_timeout = std::chrono::milliseconds(50);
    start(options);
    EXPECT_EQ(raw(""), "");
    EXPECT_EQ(raw("GET /met"), "");
}

// Connections that say nothing, or read nothing, shut nobody out.
TEST_F(AdminHttpTest, BoundsConnectionsByClosingTheOneThatWaitedLongest) {
    AdminHttpOptions options;
    options.max_connections = 2;
    start(options);
    tcp::socket first = connect();
    asio::write(first, asio::buffer(std::string("GET /met")));
    std::vector<tcp::socket> silent;
    for (int i = 0; i < 50; ++i) {
        silent.push_back(connect());
    }
    EXPECT_THAT(
        raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        StartsWith("HTTP/1.1 200")
    );
    boost::system::error_code error;
    char byte = 0;
    EXPECT_EQ(first.read_some(asio::buffer(&byte, 1), error), 0U);
    EXPECT_TRUE(error);
}

TEST_F(AdminHttpTest, ServesUnderItsOwnNamesOnly) {
    const auto status = [this](const std::string& host) {
        const std::string answer =
            raw("GET /metrics HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
        return answer.substr(9, 3);
    };
    start();
    for (const char* host :
         {"",
          "Host:\r\n",
          "Host: localhost\r\n",
          "Host: LOCALHOST:9632\r\n",
          "Host: 127.0.0.1:1\r\n",
          "Host: [::1]:9632\r\n",
          "Host: [::1]\r\n"}) {
        EXPECT_EQ(status(host), "200") << host;
    }
    for (const char* host :
         {"Host: evil.example\r\n",
          "Host: evil.example:9632\r\n",
          "Host: localhost.evil.example\r\n",
          "Host: 127.0.0.1.evil.example\r\n",
          "Host: :\r\nHost: evil.example\r\n"}) {
        EXPECT_NE(status(host), "200") << host;
    }
    TearDown();
    AdminHttpOptions options;
    options.hosts = "billing.example.com prom";
    io_.restart();
    start(options);
    EXPECT_EQ(status("Host: Billing.example.com:9632\r\n"), "200");
    EXPECT_EQ(status("Host: prom\r\n"), "200");
    EXPECT_EQ(status("Host: localhost\r\n"), "200");
    EXPECT_EQ(status("Host: example.com\r\n"), "421");
}

TEST_F(AdminHttpTest, OnAnAddressForOthersAnyNameIsServedUnlessSomeAreNamed) {
    for (const bool named : {false, true}) {
        AdminHttpOptions options;
        options.listen = "0.0.0.0:0";
        options.hosts = named ? "prom" : "";
        io_.restart();
        start(options);
        const std::string answer =
            raw("GET /metrics HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
        EXPECT_EQ(answer.substr(9, 3), named ? "421" : "200");
        TearDown();
    }
}

TEST_F(AdminHttpTest, KeepsTheConnectionForTheNextRequest) {
    start();
    const std::string answer =
        raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\nHost: "
            "localhost\r\n"
            "Connection: close\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("up 1\n"));
    EXPECT_THAT(answer, HasSubstr("no pass yet\n"));
}

TEST_F(AdminHttpTest, StopsWithOpenConnections) {
    start();
    tcp::socket idle = connect();
    asio::write(idle, asio::buffer(std::string("GET /met")));
    TearDown();
    boost::system::error_code error;
    char byte = 0;
    EXPECT_EQ(idle.read_some(asio::buffer(&byte, 1), error), 0U);
}

TEST_F(AdminHttpTest, PortInUseSaysSo) {
    start();
    AdminHttpOptions options;
    options.listen = "127.0.0.1:" + std::to_string(server_->port());
    asio::io_context other;
    AdminHttp second(other.get_executor(), options, {});
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, "http.busy");
    EXPECT_THAT(started.error().what, HasSubstr(options.listen));
}

TEST(HttpGet, NobodyListens) {
    asio::io_context io;
    tcp::acceptor held(io, tcp::v4());  // bound and not listening: nobody else is given the port
    held.bind({asio::ip::make_address("127.0.0.1"), 0});
    const auto port = held.local_endpoint().port();
    const auto answer = http_get_local("http://127.0.0.1:" + std::to_string(port) + "/");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.unreachable");
}

TEST(ParseListen, AddressAndPort) {
    EXPECT_EQ(parse_listen("127.0.0.1:9632")->second, 9632);
    EXPECT_EQ(parse_listen("[::1]:1")->first, "::1");
    EXPECT_EQ(parse_listen("localhost:1")->first, "127.0.0.1");
    for (const char* bad : {"", "9632", ":9632", "1.2.3.4:", "1.2.3.4:70000", "::1:80", "a:b"}) {
        EXPECT_FALSE(parse_listen(bad)) << bad;
    }
}

}  // namespace
}  // namespace bn::controller::admin_http_test
