#include "ocs/limiter.hpp"

#include <algorithm>

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
