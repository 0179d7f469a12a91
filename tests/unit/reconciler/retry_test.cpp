#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "reconciler/plan/plan.hpp"
#include "reconciler/retry/backoff.hpp"
#include "reconciler/retry/pace.hpp"

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

TEST(Pace, AFewAttemptsAtATimeUntilOneGoesWell) {
    const PaceRules rules{minutes(1)};
    const Time start{hours(1000)};
    std::vector<Time> attempts;
    EXPECT_EQ(attempts_left(attempts, start, rules), kNoLimit);
    for (std::size_t i = 0; i < kAttempts; ++i) {
        EXPECT_EQ(attempt_wait(attempts, 0, start + seconds(i), rules), Duration{0});
        note_attempt(attempts, start + seconds(i));
    }
    const Time now = start + seconds(10);
    EXPECT_EQ(attempts_left(attempts, now, rules), 0U);
    EXPECT_EQ(attempt_wait(attempts, 0, now, rules), seconds(50)) << "the oldest makes room";
    EXPECT_EQ(attempt_wait(attempts, 0, start + minutes(1), rules), Duration{0});
    EXPECT_GT(attempt_wait(attempts, 1, start + minutes(1), rules), Duration{0});
    attempts.clear();
    EXPECT_EQ(attempt_wait(attempts, kAttempts - 1, now, rules), Duration{0});
    EXPECT_EQ(attempt_wait(attempts, kAttempts, now, rules), minutes(1)) << "others are starting";
}

// Whatever comes when: in no minute more than kAttempts begin, and none waits for longer than one.
TEST(Pace, HoldsInEveryMinute) {
    const PaceRules rules{minutes(1)};
    std::mt19937 dice(7);
    for (int round = 0; round < 50; ++round) {
        Time now{hours(1000)};
        std::vector<Time> attempts;
        std::vector<Time> begun;
        for (int i = 0; i < 200; ++i) {
            now += Duration(dice() % 20000);
            const Duration wait = attempt_wait(attempts, 0, now, rules);
            ASSERT_LE(wait, minutes(1));
            ASSERT_EQ(wait == Duration{0}, attempts_left(attempts, now, rules) > 0);
            if (wait == Duration{0}) {
                note_attempt(attempts, now);
                begun.push_back(now);
            } else {
                ASSERT_EQ(attempt_wait(attempts, 0, now + wait, rules), Duration{0});
            }
        }
        for (std::size_t i = kAttempts; i < begun.size(); ++i) {
            ASSERT_GE(begun[i] - begun[i - kAttempts], minutes(1));
        }
    }
}

// A clock that was set back and not noticed yet.
TEST(Pace, TimesOfTheFutureHoldNobodyForLonger) {
    const PaceRules rules{minutes(1)};
    const Time now{hours(1000)};
    const std::vector<Time> attempts(kAttempts, now + hours(5));
    EXPECT_EQ(attempts_left(attempts, now, rules), 0U);
    EXPECT_EQ(attempt_wait(attempts, 0, now, rules), minutes(1));
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
