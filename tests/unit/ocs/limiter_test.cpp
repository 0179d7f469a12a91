#include "ocs/limiter.hpp"

#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "ocs/ocs_client.hpp"

namespace bn::ocs::limiter_test {
namespace {

using Micros = ParallelLimit::Micros;

// A server with `cores` that needs `work` for a call: more calls at once only wait.
std::uint32_t settle(ParallelLimit& limit, std::uint32_t cores, Micros work, int calls) {
    Micros now{0};
    for (int i = 0; i < calls; ++i) {
        std::uint32_t level = limit.level();
        Micros took = work * std::max(level, cores) / cores;
        now += work / std::min(level, cores);
        limit.on_done(1, took, now, true);
    }
    return limit.level();
}

TEST(ParallelLimit, StartsAtTwoOrBelow) {
    EXPECT_EQ(ParallelLimit(8).level(), 2U);
    EXPECT_EQ(ParallelLimit(1).level(), 1U);
    EXPECT_EQ(ParallelLimit(0).level(), 1U);
}

TEST(ParallelLimit, ClimbsWhileTheRateGrows) {
    ParallelLimit limit(16);
    EXPECT_GE(settle(limit, 8, Micros(30000), 3000), 8U);
}

TEST(ParallelLimit, StaysWhereTheServerIsFull) {
    ParallelLimit limit(16);
    std::uint32_t level = settle(limit, 2, Micros(30000), 3000);
    EXPECT_GE(level, 2U);
    EXPECT_LE(level, 3U);  // one step up under trial at most
}

TEST(ParallelLimit, HalvesUnderOverload) {
    ParallelLimit limit(16);
    settle(limit, 16, Micros(1000), 5000);
    std::uint32_t before = limit.level();
    ASSERT_GE(before, 8U);
    limit.on_overload(Micros(0));
    EXPECT_EQ(limit.level(), before / 2);
    for (int i = 0; i < 10; ++i) {
        limit.on_overload(Micros(0));
    }
    EXPECT_EQ(limit.level(), 1U);
}

TEST(ParallelLimit, LearnsNothingWithoutAQueue) {
    ParallelLimit limit(16);
    for (int i = 0; i < 1000; ++i) {
        limit.on_done(1, Micros(1000), Micros(i * 1000), false);
    }
    EXPECT_EQ(limit.level(), 2U);
}

Time at(int seconds) {
    return Time(std::chrono::seconds(seconds));
}

// A server that answers each call a little later, and how many it had at once.
class Busy : public ::testing::Test {
  protected:
    struct Server : HttpTransport {
        explicit Server(Busy& t) : test(t) {}

        Task<HttpResult> send(HttpRequest request) override {
            int& here = request.single         ? test.singles
                        : request.form.empty() ? test.reads
                                               : test.writes;
            int& most = request.single         ? test.most_singles
                        : request.form.empty() ? test.most_reads
                                               : test.most_writes;
            most = std::max(most, ++here);
            boost::asio::steady_timer pause(test.io, std::chrono::milliseconds(1));
            co_await pause.async_wait(boost::asio::use_awaitable);
            --here;
            HttpResponse answer;
            answer.status = request.form.empty() ? 200 : test.status;
            answer.body = test.body;
            co_return answer;
        }

        Busy& test;
    };

    void spawn(Method method, int count, bool single = false) {
        for (int i = 0; i < count; ++i) {
            HttpRequest request(method, "/x", method == Method::kGet ? "" : "a=b");
            request.single = single;
            boost::asio::co_spawn(
                io,
                limited.send(std::move(request)),
                [this](const std::exception_ptr&, auto) { ++answered; }
            );
        }
    }

    void finish() {
        io.restart();
        io.run();
    }

    boost::asio::io_context io{1};
    LimitedTransport limited{std::make_unique<Server>(*this), 8};
    int status = 200;
    std::string body = "{}";
    int answered = 0, reads = 0, writes = 0, singles = 0;
    int most_reads = 0, most_writes = 0, most_singles = 0;
};

TEST_F(Busy, WritesBeginOneByOneAndClimbWhileTheyGoWell) {
    spawn(Method::kGet, 8);
    spawn(Method::kPut, 8);
    finish();
    EXPECT_EQ(answered, 16);
    EXPECT_EQ(most_writes, 1);
    EXPECT_EQ(most_reads, 2);
    spawn(Method::kPut, 400);
    finish();
    EXPECT_GT(most_writes, 1);
}

TEST_F(Busy, WritesThatFailInsideTheServerGoOneByOne) {
    spawn(Method::kPut, 400);
    finish();
    for (const auto& [said, text] : {std::pair(500, ""), std::pair(400, "Bad request")}) {
        status = said;
        body = text;
        spawn(Method::kPost, 8);
        finish();
        most_writes = 0;
        spawn(Method::kPost, 20);
        finish();
        EXPECT_EQ(most_writes, 1) << said;
    }
}

TEST_F(Busy, ASingleCallWaitsForItsLike) {
    spawn(Method::kPut, 400);
    finish();
    spawn(Method::kPost, 20, true);
    spawn(Method::kPut, 20);
    finish();
    EXPECT_EQ(answered, 440);
    EXPECT_EQ(most_singles, 1);
}

TEST(PutWindow, GivesFiftyPerTenMinutes) {
    PutWindow window{PutBudget()};
    for (int i = 0; i < 50; ++i) {
        ASSERT_FALSE(window.take(at(i)));
        window.done(at(i), true);
    }
    EXPECT_EQ(window.take(at(100)), Duration(500000));
    EXPECT_FALSE(window.take(at(600)));
}

TEST(PutWindow, CountsCallsUnderWay) {
    PutWindow window{PutBudget(2, std::chrono::minutes(10), true)};
    EXPECT_FALSE(window.take(at(0)));
    EXPECT_FALSE(window.take(at(0)));
    EXPECT_TRUE(window.take(at(0)));
    window.done(at(1), false);  // never reached the server
    EXPECT_FALSE(window.take(at(1)));
}

TEST(PutWindow, RefusalsWaitLongerEachTimeUpToTheWindow) {
    PutWindow window{PutBudget()};
    int now = 0;
    std::vector<long> waits;
    for (int i = 0; i < 6; ++i) {
        Duration wait = window.refused(at(now));
        waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(wait).count());
        EXPECT_TRUE(window.take(at(now)));
        now += static_cast<int>(waits.back());
        EXPECT_FALSE(window.take(at(now)));
        window.done(at(now), false);
    }
    EXPECT_EQ(waits, (std::vector<long>{60, 120, 240, 480, 600, 600}));
}

TEST(PutWindow, UnlimitedGivesAlways) {
    PutWindow window;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_FALSE(window.take(at(0)));
        window.done(at(0), true);
    }
}

TEST(Encode, GroupsWithPlusOrPercentAreEncodedTwice) {
    EXPECT_EQ(group_segment("basic plan/2", Product::kNextcloud), "basic%20plan%2F2");
    EXPECT_EQ(group_segment("a+b", Product::kNextcloud), "a%252Bb");
    EXPECT_EQ(group_segment("50%", Product::kNextcloud), "50%2525");
    EXPECT_EQ(group_segment("R+D", Product::kOwncloud), "R%2BD");
}

TEST(Encode, KnowsAppPasswords) {
    EXPECT_TRUE(looks_like_app_password("aB3dE-fG7iJ-kL9nO-pQ2sT-uV4xY"));
    EXPECT_TRUE(looks_like_app_password(std::string(72, 'x')));
    EXPECT_FALSE(looks_like_app_password("correct horse battery staple"));
    EXPECT_FALSE(looks_like_app_password(std::string(71, 'x')));
    EXPECT_FALSE(looks_like_app_password("aB3dE+fG7iJ-kL9nO-pQ2sT-uV4xY"));
}

}  // namespace
}  // namespace bn::ocs::limiter_test
