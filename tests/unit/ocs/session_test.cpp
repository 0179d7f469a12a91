#include "ocs/session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ocs/scripted.hpp"

namespace bn::ocs::session_test {
namespace {

TEST(CookieJar, KeepsReplacesAndDeletes) {
    CookieJar jar;
    jar.absorb("a=1; path=/; HttpOnly");
    jar.absorb("b=2");
    jar.absorb("a=3; Secure");
    EXPECT_EQ(jar.header(), "a=3; b=2");
    jar.absorb("b=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0");
    EXPECT_EQ(jar.header(), "a=3");
    jar.absorb("a=4; Max-Age=0");
    EXPECT_TRUE(jar.empty());
}

TEST(CookieJar, IgnoresNonsenseAndExcess) {
    CookieJar jar;
    jar.absorb("");
    jar.absorb("=x");
    jar.absorb("novalue");
    jar.absorb("big=" + std::string(5000, 'x'));
    EXPECT_TRUE(jar.empty());
    for (int i = 0; i < 100; ++i) {
        jar.absorb("c" + std::to_string(i) + "=1");
    }
    EXPECT_LT(jar.header().size(), 300U);
}

TEST(InstanceOf, IsTheNameOfThePhpSessionCookie) {
    const std::vector<std::string> answer = {
        "oc_sessionPassphrase=p; path=/",
        "__Host-nc_sameSiteCookielax=true; path=/",
        "SERVERID=octo; path=/",
        " ocz2tm7qqvvd=s1; path=/; HttpOnly",
        "cookie_test=test",
        "oc_username=anna"};
    EXPECT_EQ(instance_of(answer, ""), "ocz2tm7qqvvd");
    EXPECT_EQ(instance_of(answer, "oc1111111111"), "ocz2tm7qqvvd");
    EXPECT_EQ(instance_of({}, "oc1111111111"), "") << "not shown is not the expected one";
    EXPECT_EQ(instance_of({"ocz2tm7qqvv=1", "octz2tm7qqvvd=1", "oc", "", "="}, ""), "");
    EXPECT_EQ(instance_of({"oc2222222222=1", "oc1111111111=1"}, "oc1111111111"), "oc1111111111");
}

class SessionTest : public ::testing::Test {
  protected:
    SessionTest() {
        auto scripted = std::make_unique<ScriptedTransport>([this](const HttpRequest& request) {
            seen_.push_back(request.cookies);
            HttpResponse response = json_response(status_, body_);
            response.set_cookies = {"s=" + std::to_string(seen_.size())};
            status_ = 200;
            body_ = "{}";
            return HttpResult(std::move(response));
        });
        transport_ =
            std::make_unique<SessionTransport>(std::move(scripted), [this] { return now_; });
    }

    HttpResult send(Method method, bool fresh = false) {
        HttpRequest request(method, "/x");
        request.fresh = fresh;
        return run(transport_->send(std::move(request)));
    }

    Time now_{std::chrono::hours(1)};
    int status_ = 200;
    std::string body_ = "{}";
    std::vector<std::string> seen_;
    std::unique_ptr<SessionTransport> transport_;
};

TEST_F(SessionTest, KeepsASessionForTwentyFiveMinutes) {
    send(Method::kGet);
    send(Method::kGet);
    now_ += std::chrono::minutes(24);
    send(Method::kPut);
    now_ += std::chrono::minutes(1);
    send(Method::kPut);
    EXPECT_EQ(seen_, (std::vector<std::string>{"", "s=1", "s=2", ""}));
}

TEST_F(SessionTest, AFreshCallBeginsASessionInThePlaceOfTheWarmOne) {
    send(Method::kGet);
    send(Method::kGet, true);
    send(Method::kGet);
    EXPECT_EQ(seen_, (std::vector<std::string>{"", "", "s=2"}));
}

TEST_F(SessionTest, AnOldSessionsRefusalIsRepeatedOnceWithANewOne) {
    send(Method::kGet);
    status_ = 403;
    body_ = R"({"ocs":{"meta":{"statuscode":403,"message":"Password confirmation is required"}}})";
    auto result = send(Method::kPut);
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(seen_, (std::vector<std::string>{"", "s=1", ""}));
}

TEST_F(SessionTest, WithoutASessionTheRefusalIsFinal) {
    status_ = 403;
    body_ = R"({"ocs":{"meta":{"statuscode":403,"message":"Password confirmation is required"}}})";
    auto result = send(Method::kPut);
    EXPECT_EQ(result->status, 403);
    EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(SessionTest, ASessionThatIsRefusedIsNoRefusedLogin) {
    for (const Method method : {Method::kGet, Method::kPut}) {
        seen_.clear();
        send(Method::kGet);
        status_ = 401;
        EXPECT_EQ(send(method)->status, 200);
        ASSERT_EQ(seen_.size(), 3U);
        EXPECT_FALSE(seen_[1].empty());
        EXPECT_EQ(seen_[2], "") << "with the password alone";
    }
}

TEST_F(SessionTest, ACallThatBeginsNoSessionIsPrecededByOneThatDoes) {
    const auto send_opened = [this] {
        HttpRequest request(Method::kPut, "/x");
        request.opener = "/user";
        return run(transport_->send(std::move(request)));
    };
    const HttpResult opened = send_opened();
    EXPECT_EQ(opened->opener_cookies, (std::vector<std::string>{"s=1"}))
        << "what only the first call shows is not swallowed";
    EXPECT_EQ(opened->set_cookies, (std::vector<std::string>{"s=2"}));
    EXPECT_TRUE(send_opened()->opener_cookies.empty());
    EXPECT_EQ(seen_, (std::vector<std::string>{"", "s=1", "s=2"})) << "once a session";
    seen_.clear();
    status_ = 401;
    EXPECT_EQ(send_opened()->status, 200);
    EXPECT_EQ(seen_, (std::vector<std::string>{"s=3", "", "s=2"}))
        << "a session that was refused is begun again as the first one was";
    now_ += std::chrono::minutes(25);
    seen_.clear();
    status_ = 401;
    EXPECT_EQ(send_opened()->status, 401) << "and is not asked twice";
    EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(SessionTest, ARefusedLoginIsTriedOnce) {
    status_ = 401;
    EXPECT_EQ(send(Method::kGet)->status, 401);
    EXPECT_EQ(seen_.size(), 1U);
}

}  // namespace
}  // namespace bn::ocs::session_test
