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
    PageSizes sizes;
    PagePlan plan(sizes, 500);
    std::vector<std::uint64_t> asked;
    for (int i = 0; i < 5; ++i) {
        const PageRange range = *plan.next();
        asked.push_back(range.size);
        plan.read(range, range.size, range.size, i < 3 ? kQuick : kLong);
    }
    EXPECT_EQ(asked, (std::vector<std::uint64_t>{100, 200, 400, 500, 500}));
    EXPECT_EQ(PagePlan(sizes, 7).next()->size, 7U) << "no larger than was allowed";
    EXPECT_EQ(PagePlan(sizes, 500).next()->size, 500U) << "the next reading begins with it";
}

TEST(PagePlan, WhatTookTooLongIsHalvedAndSoIsTheNext) {
    PageSizes sizes;
    PagePlan plan(sizes, 500);
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
        PagePlan later(sizes, 500);
        for (int i = 0; i < 2; ++i) {
            range = *later.next();
            larger = larger || range.size > 100;
            later.read(range, range.size, range.size, kQuick);
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
        PageSizes sizes;
        PagePlan plan(sizes, 1 + dice() % 300);
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
        ASSERT_TRUE(plan.done());
        ASSERT_EQ(seen, std::vector<int>(accounts, 1)) << round;
    }
}

TEST(PagePlan, GivesUpSoonOnACloudThatFailsAtOnceAndLaterOnOneThatWentWell) {
    const auto attempts = [](bool well) {
        PageSizes sizes;
        PagePlan plan(sizes, 500);
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
    PageSizes sizes;
    PagePlan plan(sizes, 10);
    plan.read(*plan.next(), 14, 14, kQuick);
    plan.read(*plan.next(), 14, 0, kQuick);
    EXPECT_FALSE(plan.next());
    EXPECT_TRUE(plan.done());
    EXPECT_FALSE(plan.repeats()) << "it was no page of ten";
    PagePlan full(sizes, 10);
    full.read(*full.next(), 10, 10, kQuick);
    full.read(*full.next(), 10, 0, kQuick);
    EXPECT_TRUE(full.repeats());
    const PageRange end = full.not_the_end();
    EXPECT_EQ(end.offset, 10U);
    EXPECT_FALSE(full.done());
    EXPECT_TRUE(full.next());
    // What was not read yet keeps it from being done, wherever it ends.
    EXPECT_TRUE(full.failed(end, false));
    full.read({50, 10}, 0, 0, kQuick);
    EXPECT_TRUE(full.end());
    EXPECT_FALSE(full.done());
}

}  // namespace
}  // namespace bn::ocs::page_plan_test
