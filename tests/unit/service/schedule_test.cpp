#include "controller/service/schedule.hpp"

#include <gtest/gtest.h>

namespace bn::controller::schedule_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Steady kStart{std::chrono::hours(1000)};

ScheduleOptions options() {
    ScheduleOptions o;
    o.interval = minutes(5);
    o.jitter = seconds(30);
    o.max_narrow = 3;
    return o;
}

TEST(Schedule, FirstFullPassIsDueAtOnceAndThenAtTheInterval) {
    Schedule schedule(options(), kStart);
    EXPECT_TRUE(schedule.full_due(kStart));
    schedule.full_begun(kStart, 0.5);
    EXPECT_FALSE(schedule.full_due(kStart + minutes(5) - seconds(1)));
    EXPECT_TRUE(schedule.full_due(kStart + minutes(5)));
}

TEST(Schedule, JitterStaysWithinItsBounds) {
    for (const double share : {0.0, 0.25, 0.999}) {
        Schedule schedule(options(), kStart);
        schedule.full_begun(kStart, share);
        EXPECT_GE(schedule.next_full(), kStart + minutes(5) - seconds(30));
        EXPECT_LE(schedule.next_full(), kStart + minutes(5) + seconds(30));
    }
}

TEST(Schedule, TriggersOfOneItemCoalesceAtTheEarliestTime) {
    Schedule schedule(options(), kStart);
    schedule.full_begun(kStart, 0.5);
    schedule.trigger(ItemId(7), kStart + seconds(20));
    schedule.trigger(ItemId(7), kStart + seconds(10));
    schedule.trigger(ItemId(7), kStart + seconds(30));
    EXPECT_EQ(schedule.next_due(), kStart + seconds(10));
    EXPECT_TRUE(schedule.take_due(kStart + seconds(9)).empty());
    EXPECT_EQ(schedule.take_due(kStart + seconds(10)), std::vector<ItemId>{ItemId(7)});
    EXPECT_EQ(schedule.next_due(), schedule.next_full()) << "nothing waits any more";
}

TEST(Schedule, TooManyTriggersBecomeAFullPass) {
    Schedule schedule(options(), kStart);
    schedule.full_begun(kStart, 0.5);
    for (std::uint32_t i = 1; i <= 4; ++i) {
        schedule.trigger(ItemId(i), kStart);
    }
    EXPECT_TRUE(schedule.take_due(kStart).empty());
    EXPECT_TRUE(schedule.full_due(kStart));
}

}  // namespace
}  // namespace bn::controller::schedule_test
