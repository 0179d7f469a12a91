// Calls over real TLS on loopback, against a server that logs in, forgets sessions, and fails in
// the ways that panels and networks fail.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bm_writer/panel_api.hpp"
#include "tests/unit/ocs/loopback_server.hpp"

namespace bn::bm_writer::https_api_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;
using bn::testing::Heard;
using bn::testing::http_reply;
using bn::testing::LoopbackServer;

std::map<std::string, std::string> form_of(const std::string& body) {
    std::map<std::string, std::string> form;
    std::size_t at = 0;
    while (at < body.size()) {
        const std::size_t end = std::min(body.find('&', at), body.size());
        const std::string pair = body.substr(at, end - at);
        const std::size_t equals = pair.find('=');
        std::string value;
        for (std::size_t i = equals + 1; i < pair.size(); ++i) {
            if (pair[i] == '%') {
                value += static_cast<char>(std::stoi(pair.substr(i + 1, 2), nullptr, 16));
                i += 2;
            } else {
                value += pair[i];
            }
        }
        form[pair.substr(0, equals)] = value;
        at = end + 1;
    }
    return form;
}

// A panel with one user, whose sessions can be ended.
class Panel {
  public:
    using Form = std::map<std::string, std::string>;
    using Answer = std::function<std::string(const Form&)>;

    Panel() : server_(true, [this](const Heard& heard) { return reply(heard); }) {}

    HttpsSettings settings() {
        HttpsSettings s;
        s.url = server_.url() + "/billmgr";
        s.user = "admin";
        s.password = Secret("pass&word 1");
        s.ca_file = server_.ca_file();
        s.timeout = 20s;
        return s;
    }

    void answers(Answer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }

    void end_sessions() {
        const std::lock_guard lock(mutex_);
        ++session_;
    }

    std::vector<Form> heard() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

    [[nodiscard]] int logins() const { return logins_; }

    LoopbackServer& server() { return server_; }

    std::atomic<bool> forgetful = false;  // knows no session, ever

  private:
    std::string reply(const Heard& heard) {
        const Form form = form_of(heard.body);
        Answer answer;
        {
            const std::lock_guard lock(mutex_);
            if (heard.method != "POST" || heard.target != "/billmgr" || form.at("out") != "xml") {
                return http_reply(400, "");
            }
            if (form.at("func") == "auth") {
                ++logins_;
                const bool right =
                    form.at("username") == "admin" && form.at("password") == "pass&word 1";
                return http_reply(
                    200,
                    right ? fmt::format(
                                "<doc><auth id=\"s{0}\" level=\"30\">s{0}</auth></doc>", session_
                            )
                          : "<doc><error type=\"auth\" object=\"badpassword\"><msg>wrong: " +
                                form.at("password") + "</msg></error></doc>"
                );
            }
            if (form.at("auth") != fmt::format("s{}", session_) || forgetful) {
                return http_reply(200, "<doc><error type=\"auth\"><msg>log in</msg></error></doc>");
            }
            heard_.push_back(form);
            answer = answer_;
        }
        return answer(form);
    }

    std::mutex mutex_;
    int session_ = 1;
    std::vector<Form> heard_;
    std::atomic<int> logins_ = 0;
    Answer answer_ = [](const Form&) { return http_reply(200, "<doc><ok/></doc>"); };
    LoopbackServer server_;  // last: its threads use the rest
};

PanelCall some_call() {
    return PanelCall("service.postsuspend", {{"elid", "7"}, {"sok", "ok"}});
}

TEST(Https, LogsInOnceAndPostsForms) {
    Panel panel;
    const auto api = make_https_api(panel.settings());
    PanelCall save("service.saveparam", {{"elid", "7"}, {"name", "a&b=c ü%"}});
    save.secrets.emplace_back("value", Secret("x&y=\n%"));
    for (int i = 0; i < 3; ++i) {
        const auto answer = api->call(save);
        ASSERT_TRUE(answer) << answer.error().text();
        EXPECT_TRUE(answer->ok);
    }
    EXPECT_EQ(panel.logins(), 1);
    const auto heard = panel.heard();
    ASSERT_EQ(heard.size(), 3U);
    EXPECT_EQ(
        heard[0],
        (Panel::Form{
            {"auth", "s1"},
            {"elid", "7"},
            {"func", "service.saveparam"},
            {"lang", "en"},
            {"name", "a&b=c ü%"},
            {"out", "xml"},
            {"value", "x&y=\n%"}})
    );
    EXPECT_EQ(panel.server().connections(), 1);
}

TEST(Https, AnEndedSessionIsRenewedAndTheCallMadeAgain) {
    Panel panel;
    const auto api = make_https_api(panel.settings());
    ASSERT_TRUE(api->call(some_call()));
    panel.end_sessions();
    const auto answer = api->call(some_call());
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->ok);
    EXPECT_EQ(panel.logins(), 2);
    EXPECT_EQ(panel.heard().size(), 2U);
}

TEST(Https, OnlyOnceIfThePanelKeepsRefusing) {
    Panel panel;
    panel.forgetful = true;
    const auto answer = make_https_api(panel.settings())->call(some_call());
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->ok);
    EXPECT_EQ(answer->error_type, "auth");
    EXPECT_EQ(panel.logins(), 2);
}

TEST(Https, TheLoginFormIsNoSuccess) {
    Panel panel;
    panel.answers([](const auto&) { return http_reply(200, "<doc><func>logon</func></doc>"); });
    const auto answer = make_https_api(panel.settings())->call(some_call());
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->ok);
    EXPECT_EQ(panel.logins(), 2);
}

TEST(Https, AnOldSessionIsRenewedBeforeThePanelForgetsIt) {
    Panel panel;
    HttpsSettings settings = panel.settings();
    settings.session_life = 0ms;
    const auto api = make_https_api(settings);
    ASSERT_TRUE(api->call(some_call()));
    ASSERT_TRUE(api->call(some_call()));
    EXPECT_EQ(panel.logins(), 2);
}

TEST(Https, ARefusedLoginIsNotTriedAgainAtOnce) {
    Panel panel;
    HttpsSettings settings = panel.settings();
    settings.password = Secret("not the word");
    const auto api = make_https_api(settings);
    for (int i = 0; i < 3; ++i) {
        const auto answer = api->call(some_call());
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, "panel.login");
        EXPECT_EQ(answer.error().move, NextMove::kHuman);
        EXPECT_FALSE(answer.error().effect_unknown);
        EXPECT_THAT(answer.error().what, HasSubstr("wrong: ***"));
        EXPECT_THAT(answer.error().text(), Not(HasSubstr("not the word")));
    }
    EXPECT_EQ(panel.logins(), 1);
    settings.login_pause = 0ms;
    const auto eager = make_https_api(settings);
    EXPECT_FALSE(eager->call(some_call()));
    EXPECT_FALSE(eager->call(some_call()));
    EXPECT_EQ(panel.logins(), 3);
}

TEST(Https, ErrorDocumentsAreAnswersWithoutSecrets) {
    Panel panel;
    panel.answers([](const Panel::Form& form) {
        return http_reply(
            200,
            "<doc><ok/><error type=\"value\" object=\"value\"><msg>bad " + form.at("value") +
                " in " + form.at("auth") + "</msg></error></doc>"
        );
    });
    PanelCall save("service.saveparam");
    save.secrets.emplace_back("value", Secret("Geheim"));
    const auto answer = make_https_api(panel.settings())->call(save);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->short_text(), "error value (value): bad *** in ***");
}

TEST(Https, CertificatesAreChecked) {
    Panel panel;
    HttpsSettings settings = panel.settings();
    settings.ca_file.clear();
    const auto answer = make_https_api(settings)->call(some_call());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.tls");
    EXPECT_EQ(answer.error().move, NextMove::kHuman);
    EXPECT_FALSE(answer.error().effect_unknown);
    EXPECT_EQ(panel.server().requests(), 0);
    settings.verify_tls = false;
    EXPECT_TRUE(make_https_api(settings)->call(some_call()));
}

TEST(Https, NobodyThere) {
    // A port that is taken but not listened on.
    const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t size = sizeof(address);
    ASSERT_EQ(::bind(taken, generic, size), 0);
    ASSERT_EQ(::getsockname(taken, generic, &size), 0);
    HttpsSettings settings;
    settings.url = fmt::format("https://127.0.0.1:{}/billmgr", ntohs(address.sin_port));
    const auto answer = make_https_api(settings)->call(some_call());
    ::close(taken);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.unreachable");
    EXPECT_EQ(answer.error().move, NextMove::kRetryCall);
    EXPECT_FALSE(answer.error().effect_unknown);
}

TEST(Https, ALateAnswerMayHaveHadItsEffect) {
    std::mutex mutex;
    std::condition_variable released;
    bool go = false;
    Panel panel;
    panel.answers([&](const auto&) {
        std::unique_lock lock(mutex);
        released.wait(lock, [&] { return go; });
        return http_reply(200, "<doc><ok/></doc>");
    });
    HttpsSettings settings = panel.settings();
    settings.timeout = 3s;  // of the login as well
    const auto answer = make_https_api(settings)->call(some_call());
    {
        const std::lock_guard lock(mutex);
        go = true;
    }
    released.notify_all();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.unreachable");
    EXPECT_TRUE(answer.error().effect_unknown);
}

TEST(Https, ADyingConnectionIsNotUsedTwiceForOneCall) {
    Panel panel;
    const auto api = make_https_api(panel.settings());
    ASSERT_TRUE(api->call(some_call()));
    panel.answers([](const auto&) { return std::string(); });
    const auto answer = api->call(some_call());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.unreachable");
    EXPECT_TRUE(answer.error().effect_unknown);
    EXPECT_EQ(panel.heard().size(), 2U);
}

TEST(Https, OtherStatuses) {
    Panel panel;
    const auto api = make_https_api(panel.settings());
    for (const auto& [status, code] : std::vector<std::pair<int, std::string>>{
             {302, "panel.url"},
             {404, "panel.url"},
             {403, "panel.login"},
             {500, "panel.unreachable"},
             {503, "panel.unreachable"}}) {
        panel.answers([status = status](const auto&) {
            return http_reply(status, "<doc><ok/></doc>", "Location: https://127.0.0.1:1/x\r\n");
        });
        const auto answer = api->call(some_call());
        ASSERT_FALSE(answer) << status;
        EXPECT_EQ(answer.error().code, code) << status;
        EXPECT_EQ(answer.error().concern, Concern::kPanel) << status;
        EXPECT_EQ(answer.error().effect_unknown, code == "panel.unreachable");
    }
    EXPECT_EQ(panel.heard().size(), 5U);
}

TEST(Https, GarbageAndFloodsAreNoAnswer) {
    Panel panel;
    HttpsSettings settings = panel.settings();
    settings.max_answer_bytes = 100000;
    const auto api = make_https_api(settings);
    for (const std::string& body :
         {std::string("<html>nginx</html>"), std::string(), std::string(200000, ' ')}) {
        panel.answers([body](const auto&) { return http_reply(200, body); });
        const auto answer = api->call(some_call());
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, "panel.answer");
        EXPECT_TRUE(answer.error().effect_unknown);
    }
}

TEST(Https, AddressesThatAreNone) {
    for (const char* url :
         {"http://panel/billmgr",
          "panel",
          "",
          "https://root:secret@panel/billmgr",
          "https:///root:secret@panel:1500/billmgr",
          "https://panel/billmgr?func=x",
          "ftp://panel/"}) {
        HttpsSettings settings;
        settings.url = url;
        const auto answer = make_https_api(settings)->call(some_call());
        ASSERT_FALSE(answer) << url;
        EXPECT_EQ(answer.error().code, "panel.url") << url;
        EXPECT_EQ(answer.error().move, NextMove::kHuman);
        EXPECT_THAT(answer.error().text(), Not(HasSubstr("secret")));
    }
    Panel panel;
    const auto bad = make_https_api(panel.settings())->call(PanelCall("f&func=g"));
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, "panel.argument");
    EXPECT_EQ(panel.server().requests(), 0);
}

TEST(Https, ManyThreadsShareOneSession) {
    Panel panel;
    panel.answers([](const Panel::Form& form) {
        return http_reply(200, "<doc><ok/><n>" + form.at("n") + "</n></doc>");
    });
    const auto api = make_https_api(panel.settings());
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string n = std::to_string(t * 100 + i);
                const auto answer = api->call(PanelCall("f", {{"n", n}}));
                right += answer && answer->fields.at("n") == n ? 1 : 0;
                if (t == 0 && i == 10) {
                    panel.end_sessions();
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(right, 100);
    EXPECT_EQ(panel.logins(), 2);
    EXPECT_LE(panel.server().connections(), 8);
}

}  // namespace
}  // namespace bn::bm_writer::https_api_test
