#include <gtest/gtest.h>

#include "reconciler/plan/plan.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn::retry_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToItsCap) {
    BackoffOptions options;
    options.jitter = 0;
    EXPECT_EQ(backoff_delay(1, 7, options), seconds(5));
    EXPECT_EQ(backoff_delay(2, 7, options), seconds(10));
    EXPECT_EQ(backoff_delay(5, 7, options), seconds(80));
    EXPECT_EQ(backoff_delay(11, 7, options), hours(1));
    EXPECT_EQ(backoff_delay(4'000'000'000U, 7, options), hours(1));
    EXPECT_EQ(backoff_delay(0, 7, options), seconds(5));
}

TEST(Backoff, JitterStaysInItsShareAndFollowsTheSeed) {
    BackoffOptions options;
    Duration least = hours(99);
    Duration most{0};
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const Duration delay = backoff_delay(3, seed, options);
        EXPECT_EQ(delay, backoff_delay(3, seed, options));
        least = std::min(least, delay);
        most = std::max(most, delay);
    }
    EXPECT_GE(least, seconds(16));
    EXPECT_LE(most, seconds(24));
    EXPECT_LT(least, seconds(17));
    EXPECT_GT(most, seconds(23));
}

TEST(Backoff, JitterNeverLeadsBeyondTheCap) {
    const BackoffOptions options;
    Duration least = options.cap;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        EXPECT_LE(backoff_delay(40, seed, options), options.cap);
        least = std::min(least, backoff_delay(40, seed, options));
    }
    EXPECT_LT(least, minutes(50)) << "not all at once, at the cap as well";
}

TEST(Jittered, SpreadsAPeriodBothWays) {
    EXPECT_EQ(jittered(minutes(5), 0, 3), minutes(5));
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        EXPECT_GE(jittered(minutes(10), 0.1, seed), minutes(9));
        EXPECT_LE(jittered(minutes(10), 0.1, seed), minutes(11));
    }
}

TEST(RetryBudget, IsPaidForBySuccesses) {
    RetryBudget budget(2, 0.1);
    EXPECT_TRUE(budget.take());
    EXPECT_TRUE(budget.take());
    EXPECT_FALSE(budget.take());
    for (int i = 0; i < 10; ++i) {
        budget.success();
    }
    EXPECT_TRUE(budget.take());
    EXPECT_FALSE(budget.take());
    for (int i = 0; i < 1000; ++i) {
        budget.success();
    }
    EXPECT_TRUE(budget.take());
    EXPECT_TRUE(budget.take());
    EXPECT_FALSE(budget.take());
}

TEST(TimeForPuts, CountsWindows) {
    const PutBudget limited(50, minutes(10), true);
    EXPECT_EQ(time_for_puts(0, limited), Duration{0});
    EXPECT_EQ(time_for_puts(50, limited), Duration{0});
    EXPECT_EQ(time_for_puts(51, limited), minutes(10));
    EXPECT_EQ(time_for_puts(100, limited), minutes(10));
    EXPECT_EQ(time_for_puts(101, limited), minutes(20));
    EXPECT_EQ(time_for_puts(1'000'000, PutBudget(50, minutes(10), false)), Duration{0});
}

}  // namespace
}  // namespace bn::retry_test
