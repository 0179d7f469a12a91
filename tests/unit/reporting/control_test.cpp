// The control socket, with real connections.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "controller/control/answers.hpp"
#include "controller/control/control_server.hpp"
#include "controller/sys/host.hpp"
#include "protocol/tls_client.hpp"
#include "reconciler/model/hold.hpp"

namespace bn::controller::control_test {
namespace {

TEST(ErrorTypes, HaveANameForEveryHold) {
    for (int i = 0; i <= static_cast<int>(HoldCode::kPaused); ++i) {
        const std::string code(to_string(static_cast<HoldCode>(i)));
        const std::string type = error_type(code);
        EXPECT_NE(type, "internal") << code;
        EXPECT_EQ(type.find('-'), std::string::npos);
    }
    const std::pair<const char*, const char*> kTypes[] = {
        {"ocs.401", "auth"},
        {"ocs.997", "auth"},
        {"ocs.429_login", "auth"},
        {"ocs.404_front", "not_a_cloud"},
        {"ocs.not_http", "not_a_cloud"},
        {"ocs.ca_file", "tls"},
        {"ocs.no_route", "connect"},
        {"ocs.password_policy", "refused"},
        {"ocs.403", "not_admin"},
        {"ocs.upgrade", "maintenance"},
        {"ocs.anything", "cloud_error"},
        {"server.quarantined", "cloud_error"},
        {"panel.server", "bad_server"},
        {"panel.refused", "panel_error"},
        {"store.conflict", "store_error"},
        {"controller.busy", "controller_busy"},
        {"nobody.knows", "internal"},
        {"", "internal"},
    };
    for (const auto& [code, type] : kTypes) {
        EXPECT_EQ(error_type(code), type) << code;
    }
}

// A server on a loop of its own thread; the test talks to it as any process would.
class ControlSocket : public ::testing::Test {
  protected:
    ControlSocket() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "bn-control-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        options_.path = folder_ + "/control.sock";
    }

    ~ControlSocket() override {
        if (server_) {
            boost::asio::post(io_, [this] { server_->stop(); });
        }
        if (thread_.joinable()) {
            thread_.join();
        }
        std::filesystem::remove_all(folder_);
    }

    Result<void> start() {
        server_ = std::make_unique<ControlServer>(io_.get_executor(), options_, handler_);
        Result<void> started = server_->start();
        if (started) {
            thread_ = std::thread([this] { io_.run(); });
        }
        return started;
    }

    [[nodiscard]] int connect() const {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, options_.path.c_str(), sizeof address.sun_path - 1);
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            ::close(fd);
            return -1;
        }
        return fd;
    }

    static std::string all(int fd) {
        std::string text;
        char buffer[4096];
        ssize_t size = 0;
        while ((size = ::read(fd, buffer, sizeof buffer)) > 0) {
            text.append(buffer, static_cast<std::size_t>(size));
        }
        ::close(fd);
        return text;
    }

    [[nodiscard]] std::string ask(const std::string& bytes) const {
        const int fd = connect();
        EXPECT_EQ(
            ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size())
        );
        ::shutdown(fd, SHUT_WR);
        return all(fd);
    }

    std::string folder_;
    boost::asio::io_context io_;
    ControlServerOptions options_;
    ControlServer::Handler handler_ = [](std::string line, Peer) -> Task<std::string> {
        co_return "got " + line;
    };
    std::unique_ptr<ControlServer> server_;
    std::thread thread_;
};

TEST_F(ControlSocket, AnswersOneLineAndCloses) {
    ASSERT_TRUE(start());
    EXPECT_EQ(ask("hello\n"), "got hello\n");
    EXPECT_EQ(ask("again\nand more"), "got again\n");

    struct stat there {};

    ASSERT_EQ(stat(options_.path.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0660U);
}

TEST_F(ControlSocket, WhoAsksIsWhomTheKernelNames) {
    handler_ = [](std::string, Peer peer) -> Task<std::string> { co_return peer.name; };
    ASSERT_TRUE(start());
    EXPECT_EQ(ask("I am somebody else\n"), who_is(::geteuid(), ::getpid()) + "\n");
}

TEST_F(ControlSocket, ALineThatNeverEndsOrIsTooLongIsRefused) {
    options_.max_line = 64;
    options_.request_timeout = std::chrono::milliseconds(50);
    ASSERT_TRUE(start());
    EXPECT_NE(ask("no end").find("bad_request"), std::string::npos);
    EXPECT_NE(ask(std::string(65, 'x')).find("bad_request"), std::string::npos);
    const int silent = connect();
    EXPECT_NE(all(silent).find("bad_request"), std::string::npos);
    EXPECT_EQ(ask("still there\n"), "got still there\n");
}

TEST_F(ControlSocket, WhoNeverReadsTheAnswerDoesNotHoldUpTheStop) {
    options_.request_timeout = std::chrono::milliseconds(100);
    std::promise<void> called;
    handler_ = [&called](std::string, Peer) -> Task<std::string> {
        called.set_value();
        co_return std::string(8U << 20U, 'x');  // more than the kernel takes from us
    };
    ASSERT_TRUE(start());
    const int deaf = connect();
    ASSERT_EQ(::send(deaf, "x\n", 2, MSG_NOSIGNAL), 2);
    constexpr auto kPatience = std::chrono::seconds(60);
    ASSERT_EQ(called.get_future().wait_for(kPatience), std::future_status::ready);
    auto stopping = [this]() -> Task<void> {
        server_->stop();
        co_await server_->finished();
    };
    std::future<void> finished = boost::asio::co_spawn(io_, stopping, boost::asio::use_future);
    EXPECT_EQ(finished.wait_for(kPatience), std::future_status::ready);
    const std::string part = all(deaf);
    EXPECT_GT(part.size(), 0U);
    EXPECT_LT(part.size(), 8U << 20U);
}

TEST_F(ControlSocket, WhatADeadProcessLeftIsReplacedAndALiveOneIsNot) {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options_.path.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
    ASSERT_TRUE(start());
    EXPECT_EQ(ask("x\n"), "got x\n");
    auto handler = [](std::string line, Peer) -> Task<std::string> { co_return line; };
    boost::asio::io_context other;
    ControlServer second(other.get_executor(), options_, handler);
    const Result<void> refused = second.start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "control.busy");
    EXPECT_EQ(ask("y\n"), "got y\n");
}

TEST_F(ControlSocket, AFileInItsPlaceIsLeftAlone) {
    std::ofstream(options_.path) << "precious";
    const Result<void> refused = start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "control.listen");
    EXPECT_TRUE(std::filesystem::is_regular_file(options_.path));
}

TEST_F(ControlSocket, AStrangerIsToldSo) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "needs root to become somebody else";
    }
    ASSERT_TRUE(start());
    ASSERT_EQ(chmod(options_.path.c_str(), 0666), 0);
    ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
    constexpr int kNoWayThere = 3;
    const pid_t child = fork();
    if (child == 0) {
        if (setuid(65534) != 0) {
            _exit(2);
        }
        if (access(options_.path.c_str(), W_OK) != 0) {
            _exit(kNoWayThere);
        }
        const int fd = connect();
        const std::string line = "x\n";
        static_cast<void>(::send(fd, line.data(), line.size(), MSG_NOSIGNAL));
        _exit(all(fd).find("not_allowed") != std::string::npos ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == kNoWayThere) {
        GTEST_SKIP() << "nobody else gets through the folders to " << folder_;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// For a panel on another host, as nclink asks.
class PanelsDoor : public ControlSocket {
  protected:
    PanelsDoor() {
        options_.path.clear();
        options_.listen = "127.0.0.1:0 [::1]:0";
        options_.key = Secret(std::string(64, '5'));
        options_.turned_away = [this](const std::string& text) { turned_away_.push_back(text); };
        handler_ = [](std::string line, Peer peer) -> Task<std::string> {
            co_return peer.name + (peer.distant ? " from afar: " : ": ") + line;
        };
    }

    [[nodiscard]] std::string place(std::size_t which) const {
        return (which == 0 ? "127.0.0.1:" : "[::1]:") + std::to_string(server_->ports().at(which));
    }

    [[nodiscard]] std::string ask_there(const Secret& key, std::size_t which = 0) const {
        const auto got =
            protocol::ask_over_tls(place(which), key, "hello\n", std::chrono::seconds(60));
        return got ? *got : got.error().type + " " + got.error().what;
    }

    [[nodiscard]] int knock() const {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server_->ports().front());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return fd;
    }

    // What `ask` gives in the server's thread.
    template <class Ask>
    auto on_server(Ask ask) {
        std::promise<decltype(ask())> answer;
        boost::asio::post(io_, [&] { answer.set_value(ask()); });
        return answer.get_future().get();
    }

    std::vector<std::string> turned_away_;  // of the server's thread
};

TEST_F(PanelsDoor, HearsWhoHasTheKeyOnEachAddress) {
    ASSERT_TRUE(start());
    EXPECT_EQ(ask_there(options_.key, 0), "panel 127.0.0.1 from afar: hello");
    EXPECT_EQ(ask_there(options_.key, 1), "panel ::1 from afar: hello");
}

TEST_F(PanelsDoor, RefusesAnotherKeyAndTakesANewOne) {
    ASSERT_TRUE(start());
    const Secret other(std::string(64, '6'));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(
            ask_there(other), "not_allowed the controller at " + place(0) + " has another key"
        );
    }
    const std::vector<std::string> once{
        "127.0.0.1 was turned away at control.listen: its key is another one", "", ""};
    // It is noted a moment after the other end was told.
    std::vector<std::string> said;
    for (int i = 0; i < 3000 && said.size() < once.size(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        said = on_server([&] { return turned_away_; });
    }
    EXPECT_EQ(said, once) << "said once a minute, counted each time";
    on_server([&] {
        EXPECT_TRUE(server_->use_key(other));
        EXPECT_EQ(server_->use_key(Secret("short")).error().code, "control.key");
        return true;
    });
    EXPECT_EQ(ask_there(other), "panel 127.0.0.1 from afar: hello");
    EXPECT_EQ(ask_there(options_.key).substr(0, 11), "not_allowed");
}

TEST_F(PanelsDoor, StrangersWhoSayNothingKeepNobodyOutAndHoldNoStopUp) {
    options_.max_strangers = 2;
    options_.stranger_moment = std::chrono::milliseconds(50);
    options_.request_timeout = std::chrono::hours(1);
    ASSERT_TRUE(start());
    std::vector<int> silent;
    for (int i = 0; i < 7; ++i) {
        silent.push_back(knock());
    }
    EXPECT_EQ(ask_there(options_.key), "panel 127.0.0.1 from afar: hello");
    silent.push_back(knock());
    auto stopping = [this]() -> Task<void> {
        server_->stop();
        co_await server_->finished();
    };
    std::future<void> finished = boost::asio::co_spawn(io_, stopping, boost::asio::use_future);
    EXPECT_EQ(finished.wait_for(std::chrono::seconds(60)), std::future_status::ready);
    for (const int fd : silent) {
        ::close(fd);
    }
}

TEST_F(PanelsDoor, AnAddressOrAKeyThatIsNoneIsAnErrorAtTheStart) {
    options_.listen = "127.0.0.1:0 nowhere:1";
    EXPECT_EQ(start().error().code, "control.listen");
    options_.listen = "127.0.0.1:0";
    options_.key = Secret("no key");
    EXPECT_EQ(start().error().code, "control.key");
}

TEST(ControlUsers, AreFoundByName) {
    const auto ids = user_ids("root, nobody");
    ASSERT_TRUE(ids);
    EXPECT_EQ(ids->size(), 2U);
    EXPECT_EQ(user_ids("nobody-of-this-name").error().code, "control.user");
}

}  // namespace
}  // namespace bn::controller::control_test
