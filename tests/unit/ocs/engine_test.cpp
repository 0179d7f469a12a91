// The HTTP engine against a real server on loopback.
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocs/cloud_factory.hpp"
#include "ocs/http_transport.hpp"
#include "ocs/limiter.hpp"
#include "tests/unit/ocs/loopback_server.hpp"

namespace asio = boost::asio;

namespace bn::ocs::engine_test {
namespace {

using bn::testing::Heard;
using bn::testing::http_reply;
using bn::testing::LoopbackServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Holds the server's threads until it is opened.
class Door {
  public:
    ~Door() { open(); }

    void open() {
        std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }

    // Until so many wait inside.
    bool wait_for(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return waiting_ >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};

// A proxy for CONNECT, for one client after another.
class Tunnel {
  public:
    explicit Tunnel(const std::string& to, std::string refuses = {})
        : port_(static_cast<std::uint16_t>(std::stoi(to.substr(to.rfind(':') + 1)))),
          refuses_(std::move(refuses)),
          thread_([this] { serve(); }) {}

    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    ~Tunnel() {
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
    }

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    [[nodiscard]] int connections() const { return connections_; }

  private:
    using tcp = asio::ip::tcp;

    static void copy(tcp::socket& from, tcp::socket& to) {
        std::array<char, 16384> block{};
        boost::system::error_code failed;
        while (!failed) {
            const std::size_t n = from.read_some(asio::buffer(block), failed);
            if (!failed) {
                asio::write(to, asio::buffer(block.data(), n), failed);
            }
        }
        to.shutdown(tcp::socket::shutdown_both, failed);
    }

    void serve() {
        boost::system::error_code failed;
        for (;;) {
            tcp::socket client(io_);
            acceptor_.accept(client, failed);
            if (failed) {
                return;
            }
            ++connections_;
            std::string head;
            asio::read_until(client, asio::dynamic_buffer(head), "\r\n\r\n", failed);
            if (!refuses_.empty()) {
                asio::write(client, asio::buffer(refuses_), failed);
                continue;
            }
            tcp::socket server(io_);
            server.connect({asio::ip::address_v4::loopback(), port_}, failed);
            asio::write(client, asio::buffer("HTTP/1.1 200 Connection established\r\n\r\n", 39));
            std::thread back([&] { copy(server, client); });
            copy(client, server);
            back.join();
        }
    }

    std::uint16_t port_;
    std::string refuses_;
    std::atomic<int> connections_ = 0;
    asio::io_context io_;
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    std::thread thread_;
};

class EngineTest : public ::testing::Test {
  protected:
    CloudSettings settings(const LoopbackServer& server) {
        CloudSettings s;
        s.base_url = server.url() + "/sub/";
        s.ca_file = server.ca_file();
        s.login = "admin";
        s.password = Secret("pass:word");
        return s;
    }

    void connect(const CloudSettings& s) { transport_ = ocs::connect(engine_, s); }

    void spawn(HttpRequest request, std::vector<HttpResult>& results) {
        asio::co_spawn(
            io_,
            transport_->send(std::move(request)),
            [&results](const std::exception_ptr& error, HttpResult result) {
                if (!error) {
                    results.push_back(std::move(result));
                }
            }
        );
    }

    HttpResult fetch(HttpRequest request) {
        std::vector<HttpResult> results;
        spawn(std::move(request), results);
        io_.restart();
        io_.run();
        EXPECT_EQ(results.size(), 1U);
        return results.empty() ? HttpResult() : std::move(results.front());
    }

    HttpResult get(const std::string& target = "/x") {
        HttpRequest request(Method::kGet, target);
        request.want_tls = true;
        return fetch(std::move(request));
    }

    asio::io_context io_{1};
    std::shared_ptr<HttpEngine> engine_ = make_engine(io_.get_executor());
    std::unique_ptr<HttpTransport> transport_;
};

TEST_F(EngineTest, SpeaksTlsAndKeepsTheConnection) {
    Heard last;
    LoopbackServer server(true, [&](const Heard& heard) {
        last = heard;
        return http_reply(
            200,
            "{}",
            "Date: Mon, 23 Nov 2026 10:00:00 GMT\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        );
    });
    connect(settings(server));
    for (int i = 0; i < 5; ++i) {
        auto result = get("/ocs?x=1");
        ASSERT_TRUE(result) << result.error().text;
        EXPECT_EQ(result->status, 200);
        EXPECT_EQ(result->body, "{}");
        EXPECT_THAT(result->tls.text, StartsWith("TLSv1."));
        EXPECT_THAT(result->tls.text, HasSubstr("CN=loopback.test"));
        ASSERT_TRUE(result->tls.certificate_end);
        EXPECT_THAT(
            result->tls.text,
            HasSubstr("valid until " + format_time(*result->tls.certificate_end).substr(0, 10))
        );
        EXPECT_EQ(result->set_cookies.size(), 2U);
        EXPECT_EQ(result->date, Time(std::chrono::seconds(1795428000)));
    }
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(last.target, "/sub/ocs?x=1");
    EXPECT_EQ(last.headers["ocs-apirequest"], "true");
    EXPECT_EQ(last.headers["accept"], "application/json");
    EXPECT_EQ(last.headers["accept-language"], "en");
    EXPECT_EQ(last.headers["authorization"], "Basic YWRtaW46cGFzczp3b3Jk");
    EXPECT_EQ(last.headers.count("cookie"), 0U);
}

TEST_F(EngineTest, OfSeveralHeadersTheLastOneCounts) {
    LoopbackServer server(false, [](const Heard&) {
        return http_reply(
            503,
            "{}",
            "X-Nextcloud-Maintenance-Mode: 0\r\nX-Nextcloud-Maintenance-Mode:  1 \r\n"
            "Retry-After: 7\r\nRetry-After: soon\r\nSet-Cookie: a=1\r\nSet-Cookie:\r\n"
            "Set-Cookie: b=2\r\n"
        );
    });
    connect(settings(server));
    auto result = get();
    ASSERT_TRUE(result) << result.error().text;
    EXPECT_TRUE(result->maintenance);
    EXPECT_EQ(result->retry_after, std::chrono::seconds(7));
    EXPECT_THAT(result->set_cookies, ::testing::Contains("a=1"));
    EXPECT_THAT(result->set_cookies, ::testing::Contains("b=2"));
}

TEST_F(EngineTest, ADateToComeBackAtIsCountedFromTheAnswersOwn) {
    std::string until = "Mon, 02 Nov 2026 08:01:30 GMT";
    LoopbackServer server(false, [&](const Heard&) {
        return http_reply(
            503, "", "Date: Mon, 02 Nov 2026 08:00:00 GMT\r\nRetry-After: " + until + "\r\n"
        );
    });
    connect(settings(server));
    EXPECT_EQ(get()->retry_after, std::chrono::seconds(90));
    until = "Mon, 02 Nov 2025 08:00:00 GMT";
    EXPECT_EQ(get()->retry_after, std::chrono::seconds(0)) << "over already";
    until = "Tue, 02 Nov 2027 08:00:00 GMT";
    EXPECT_EQ(get()->retry_after, std::chrono::hours(24)) << "nobody waits for a year";
}

TEST_F(EngineTest, AProxysRefusalIsNotTheClouds) {
    LoopbackServer server(true, [](const Heard&) { return http_reply(200, "{}"); });
    const Tunnel proxy(
        server.url(), "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    );
    CloudSettings s = settings(server);
    s.proxy = proxy.url();
    connect(s);
    const auto result = fetch(HttpRequest(Method::kPost, "/x", "a=1"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().fault, TransportFault::kProxy);
    EXPECT_FALSE(result.error().sent) << "nothing reached the cloud";
    EXPECT_THAT(result.error().text, HasSubstr("407"));
    EXPECT_EQ(server.requests(), 0);
}

TEST_F(EngineTest, ANewConnectionIsNotAKeptOne) {
    LoopbackServer server(false, [](const Heard&) { return http_reply(200, "{}"); });
    connect(settings(server));
    get();
    get();
    EXPECT_EQ(server.connections(), 1);
    HttpRequest request(Method::kGet, "/x");
    request.new_connection = true;
    EXPECT_TRUE(fetch(std::move(request)));
    EXPECT_EQ(server.connections(), 2);
}

// The proxy's answer comes first, without TLS: the text must be of the connection behind it.
TEST_F(EngineTest, SaysWhatTlsItSpeaksThroughAProxy) {
    LoopbackServer server(true, [](const Heard&) {
        return http_reply(200, "{}", "Connection: close\r\n");  // ends the tunnel
    });
    const Tunnel proxy(server.url());
    CloudSettings s = settings(server);
    s.proxy = proxy.url();
    connect(s);
    auto result = get();
    ASSERT_TRUE(result) << result.error().text;
    EXPECT_THAT(result->tls.text, StartsWith("TLSv1."));
    EXPECT_EQ(proxy.connections(), 1);
}

TEST_F(EngineTest, SendsFormsAndCookies) {
    std::vector<Heard> all;
    LoopbackServer server(false, [&](const Heard& heard) {
        all.push_back(heard);
        return http_reply(200, "{}");
    });
    connect(settings(server));
    HttpRequest put(Method::kPut, "/u", "key=quota&value=1");
    put.cookies = "s=1";
    ASSERT_TRUE(fetch(std::move(put)));
    ASSERT_TRUE(fetch(HttpRequest(Method::kDelete, "/u")));
    ASSERT_TRUE(fetch(HttpRequest(Method::kPost, "/u", "a=b")));
    ASSERT_TRUE(fetch(HttpRequest(Method::kPropfind, "/dav/", "<xml/>")));
    ASSERT_TRUE(get());
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[0].method, "PUT");
    EXPECT_EQ(all[0].body, "key=quota&value=1");
    EXPECT_EQ(all[0].headers["cookie"], "s=1");
    EXPECT_EQ(all[0].headers["content-type"], "application/x-www-form-urlencoded");
    EXPECT_EQ(all[1].method, "DELETE");
    EXPECT_EQ(all[1].body, "");
    EXPECT_EQ(all[1].headers.count("cookie"), 0U);
    EXPECT_EQ(all[2].method, "POST");
    EXPECT_EQ(all[3].method, "PROPFIND");
    EXPECT_EQ(all[3].body, "<xml/>");
    EXPECT_EQ(all[3].headers["depth"], "0");
    EXPECT_EQ(all[3].headers["content-type"], "application/xml");
    EXPECT_EQ(all[4].method, "GET");
    EXPECT_EQ(all[4].headers.count("depth"), 0U);
    EXPECT_EQ(all[4].headers.count("content-length"), 0U);
}

TEST_F(EngineTest, RefusesACertificateThatItDoesNotKnow) {
    LoopbackServer server(true, [](const Heard&) { return http_reply(200, "{}"); });
    CloudSettings s = settings(server);
    s.ca_file.clear();
    connect(s);
    auto result = get();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().fault, TransportFault::kTls);
    EXPECT_FALSE(result.error().sent);
    EXPECT_EQ(server.requests(), 0);
    s.verify_tls = false;
    connect(s);
    EXPECT_TRUE(get());
}

TEST_F(EngineTest, DoesNotFollowRedirects) {
    LoopbackServer server(false, [](const Heard&) {
        return http_reply(302, "", "Location: https://evil.test/ocs\r\n");
    });
    connect(settings(server));
    auto result = get();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 302);
    EXPECT_EQ(result->location, "https://evil.test/ocs");
    EXPECT_EQ(server.requests(), 1);
}

TEST_F(EngineTest, AbortsAnOversizedBody) {
    LoopbackServer server(false, [](const Heard&) {
        return http_reply(200, std::string(100000, 'x'));
    });
    CloudSettings s = settings(server);
    s.max_body_bytes = 99999;
    connect(s);
    auto result = get();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().fault, TransportFault::kTooLarge);
    s.max_body_bytes = 100000;
    connect(s);
    EXPECT_TRUE(get());
}

TEST_F(EngineTest, TimesOut) {
    Door door;
    std::atomic<bool> heard = false;
    LoopbackServer server(false, [&](const Heard&) {
        heard = true;
        door.pass();
        return std::string();
    });
    CloudSettings s = settings(server);
    // On a slow machine the request may need longer than the time-out to get there at all.
    for (s.timeout = Duration(100); !heard && s.timeout < std::chrono::minutes(1); s.timeout *= 2) {
        connect(s);
        auto result = fetch(HttpRequest(Method::kPost, "/u", "a=b"));
        EXPECT_FALSE(result);
        EXPECT_EQ(result.error().fault, TransportFault::kTimeout);
        EXPECT_TRUE(!heard || result.error().sent);
    }
    EXPECT_TRUE(heard);
    door.open();
}

TEST_F(EngineTest, NobodyThere) {
    CloudSettings s;
    {
        LoopbackServer server(false, [](const Heard&) { return std::string(); });
        s = settings(server);
    }
    connect(s);
    auto result = fetch(HttpRequest(Method::kPost, "/u", "a=b"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().fault, TransportFault::kConnect);
    EXPECT_FALSE(result.error().sent);
    s.base_url = "ftp://127.0.0.1";
    connect(s);
    EXPECT_EQ(get().error().fault, TransportFault::kAddress);
}

// A kept connection that dies under a request: libcurl repeats a GET by itself, a write never.
TEST_F(EngineTest, AWriteIsNeverSentTwice) {
    std::mutex mutex;  // each connection has a thread of its own
    int answered = 0;
    std::vector<std::string> methods;
    LoopbackServer server(false, [&](const Heard& heard) {
        const std::lock_guard lock(mutex);
        methods.push_back(heard.method);
        return ++answered % 2 == 1 ? http_reply(200, "{}") : std::string();
    });
    connect(settings(server));
    ASSERT_TRUE(get());
    auto result = fetch(HttpRequest(Method::kPost, "/u", "a=b"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().fault, TransportFault::kBroken);
    EXPECT_TRUE(result.error().sent);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(methods, (std::vector<std::string>{"GET", "POST"}));
}

TEST_F(EngineTest, ServesManyAtOnce) {
    LoopbackServer server(true, [](const Heard& heard) { return http_reply(200, heard.target); });
    connect(settings(server));
    std::vector<HttpResult> results;
    for (int i = 0; i < 200; ++i) {
        spawn(HttpRequest(Method::kGet, "/" + std::to_string(i)), results);
    }
    io_.run();
    ASSERT_EQ(results.size(), 200U);
    std::set<std::string> bodies;
    for (auto& result : results) {
        ASSERT_TRUE(result) << result.error().text;
        bodies.insert(result->body);
    }
    EXPECT_EQ(bodies.size(), 200U);
}

TEST_F(EngineTest, ATokenIsSentAsOneAndWithoutTheLogin) {
    std::string said;
    LoopbackServer server(true, [&](const Heard& heard) {
        said = heard.headers.at("authorization");
        return http_reply(200, "{}");
    });
    CloudSettings s = settings(server);
    s.bearer = true;
    connect(s);
    EXPECT_EQ(get()->status, 200);
    EXPECT_EQ(said, "Bearer pass:word");
}

TEST_F(EngineTest, CallersUnderACapShareItsConnections) {
    LoopbackServer server(false, [](const Heard&) { return http_reply(200, "{}"); });
    CloudSettings s = settings(server);
    transport_ = std::make_unique<LimitedTransport>(ocs::connect(engine_, s), 4);
    std::vector<HttpResult> results;
    for (int i = 0; i < 64; ++i) {
        spawn(HttpRequest(Method::kGet, "/x"), results);
    }
    io_.run();
    EXPECT_EQ(results.size(), 64U);
    EXPECT_LE(server.connections(), 4);
}

TEST_F(EngineTest, ShutdownEndsWhatIsInFlight) {
    Door door;
    LoopbackServer server(true, [&](const Heard&) {
        door.pass();
        return std::string();
    });
    connect(settings(server));
    std::vector<HttpResult> results;
    for (int i = 0; i < 8; ++i) {
        spawn(HttpRequest(Method::kPost, "/u", "a=b"), results);
    }
    std::thread helper([&] {
        EXPECT_TRUE(door.wait_for(8));
        asio::post(io_, [&] { shut_down(*engine_); });
    });
    io_.run();
    helper.join();
    ASSERT_EQ(results.size(), 8U);
    for (auto& result : results) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().fault, TransportFault::kShutdown);
        EXPECT_TRUE(result.error().sent);
    }
    EXPECT_EQ(get().error().fault, TransportFault::kShutdown);
    shut_down(*engine_);
    door.open();
}

}  // namespace
}  // namespace bn::ocs::engine_test
