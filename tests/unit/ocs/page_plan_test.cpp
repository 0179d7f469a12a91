#include "ocs/page_plan.hpp"

#include <chrono>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace bn::ocs::page_plan_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Duration kQuick = milliseconds(50);
const Duration kLong = seconds(10);

TEST(PagePlan, GrowsWhileAnswersComeQuickly) {
    PagePlan plan(500);
    std::vector<std::uint64_t> sizes;
    for (int i = 0; i < 5; ++i) {
        const PageRange range = *plan.next();
        sizes.push_back(range.size);
        plan.read(range, range.size, range.size, i < 3 ? kQuick : kLong);
    }
    EXPECT_EQ(sizes, (std::vector<std::uint64_t>{100, 200, 400, 500, 500}));
    EXPECT_EQ(PagePlan(7).next()->size, 7U) << "no larger than was allowed";
}

TEST(PagePlan, WhatTookTooLongIsHalvedAndSoIsTheNext) {
    PagePlan plan(500);
    PageRange range = *plan.next();
    plan.read(range, 100, 100, kQuick);
    range = *plan.next();
    ASSERT_EQ(range, (PageRange{100, 200}));
    EXPECT_TRUE(plan.failed(range, true));
    EXPECT_EQ(plan.next(), (PageRange{100, 100}));
    EXPECT_EQ(plan.next(), (PageRange{200, 100}));
    for (int i = 0; i < 30; ++i) {
        range = *plan.next();
        EXPECT_EQ(range.size, 100U);
        plan.read(range, 100, 100, kQuick);
    }
    // The next readings remember it, for a while.
    int readings = 0;
    for (bool larger = false; !larger && readings < 100; ++readings) {
        plan.begin(500);
        for (int i = 0; i < 2; ++i) {
            range = *plan.next();
            larger = larger || range.size > 100;
            plan.read(range, range.size, range.size, kQuick);
        }
    }
    EXPECT_GT(readings, 5);
    EXPECT_LT(readings, 20);
}

// Whatever list, whoever cannot be read in it: everybody else is read, and he is looked at alone.
TEST(PagePlan, FindsWhoBreaksHisPage) {
    std::mt19937 dice(11);
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t accounts = 1 + dice() % 700;
        std::vector<bool> broken(accounts);
        for (std::uint64_t i = 0, n = dice() % 4; i < n; ++i) {
            broken[dice() % accounts] = true;
        }
        std::vector<int> seen(accounts);
        PagePlan plan(1 + dice() % 300);
        while (const std::optional<PageRange> range = plan.next()) {
            const std::uint64_t end = std::min(accounts, range->offset + range->size);
            bool fails = false;
            for (std::uint64_t i = range->offset; i < end; ++i) {
                fails = fails || broken[i];
            }
            if (!fails) {
                const std::uint64_t entries = end > range->offset ? end - range->offset : 0;
                plan.read(*range, entries, entries, kQuick);
            } else if (!plan.failed(*range, false)) {
                plan.alone(true);
            }
            for (std::uint64_t i = range->offset; i < end && (!fails || range->size == 1); ++i) {
                ++seen[i];
            }
        }
        ASSERT_TRUE(plan.end());
        ASSERT_FALSE(plan.given_up());
        ASSERT_EQ(seen, std::vector<int>(accounts, 1)) << round;
    }
}

TEST(PagePlan, GivesUpSoonOnACloudThatFailsAtOnceAndLaterOnOneThatWentWell) {
    const auto attempts = [](bool well) {
        PagePlan plan(500);
        if (well) {
            plan.read(*plan.next(), 100, 100, kQuick);
        }
        int failures = 0;
        while (const auto range = plan.next()) {
            ++failures;
            if (!plan.failed(*range, false)) {
                plan.alone(false);
            }
        }
        EXPECT_TRUE(plan.given_up());
        EXPECT_FALSE(plan.end());
        return failures;
    };
    EXPECT_LE(attempts(false), 4);
    EXPECT_LE(attempts(true), 12);
    EXPECT_GT(attempts(true), 8) << "several broken accounts stop nobody";
}

TEST(PagePlan, APageOfKnownOnesIsTheEnd) {
    PagePlan plan(10);
    plan.read(*plan.next(), 14, 14, kQuick);
    plan.read(*plan.next(), 14, 0, kQuick);
    EXPECT_FALSE(plan.next());
    EXPECT_TRUE(plan.end());
    EXPECT_FALSE(plan.repeats()) << "it was no page of ten";
    plan.begin(10);
    EXPECT_FALSE(plan.end());
    plan.read(*plan.next(), 10, 10, kQuick);
    plan.read(*plan.next(), 10, 0, kQuick);
    EXPECT_TRUE(plan.repeats());
    const PageRange end = plan.not_the_end();
    EXPECT_EQ(end.offset, 10U);
    EXPECT_TRUE(plan.next());
}

}  // namespace
}  // namespace bn::ocs::page_plan_test
