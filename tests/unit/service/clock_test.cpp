#include <chrono>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "controller/sys/system_clock.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace bn::controller::clock_test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

Task<void> note_waking(Clock& clock, Steady until, const void* bell, std::vector<Time>& woken) {
    co_await clock.sleep_until(until, bell);
    woken.push_back(clock.now());
}

void spawn(boost::asio::io_context& io, Task<void> task) {
    boost::asio::co_spawn(io, std::move(task), boost::asio::detached);
}

TEST(ManualClock, WakesEachAtItsOwnTimeAndInOrder) {
    boost::asio::io_context io;
    testing::ManualClock clock(io);
    const Time start = clock.now();
    std::vector<Time> woken;
    spawn(io, note_waking(clock, clock.steady() + minutes(2), nullptr, woken));
    spawn(io, note_waking(clock, clock.steady() + minutes(1), nullptr, woken));
    spawn(io, note_waking(clock, clock.steady() + hours(1), nullptr, woken));
    clock.advance(minutes(5));
    EXPECT_EQ(woken, (std::vector<Time>{start + minutes(1), start + minutes(2)}));
    EXPECT_EQ(clock.now(), start + minutes(5));
}

TEST(ManualClock, ABellWakesItsSleepersOnly) {
    boost::asio::io_context io;
    testing::ManualClock clock(io);
    const Time start = clock.now();
    std::vector<Time> woken;
    const int mine = 0;
    const int other = 0;
    spawn(io, note_waking(clock, clock.steady() + hours(1), &mine, woken));
    spawn(io, note_waking(clock, clock.steady() + hours(1), &other, woken));
    clock.advance(minutes(1));
    clock.wake(&mine);
    clock.settle();
    EXPECT_EQ(woken, std::vector<Time>{start + minutes(1)});
}

TEST(ManualClock, ASetClockLetsNobodySleepLongerOrShorter) {
    boost::asio::io_context io;
    testing::ManualClock clock(io);
    const Time start = clock.now();
    std::vector<Time> woken;
    spawn(io, note_waking(clock, clock.steady() + minutes(2), nullptr, woken));
    clock.settle();
    clock.set(-hours(1));
    EXPECT_EQ(clock.next_due(), start + minutes(2) - hours(1));
    clock.advance(minutes(1));
    clock.set(hours(3));
    EXPECT_TRUE(woken.empty());
    clock.advance(minutes(1));
    EXPECT_EQ(woken, std::vector<Time>{start + hours(2) + minutes(2)});
}

TEST(SystemClock, ABellEndsALongSleepAtOnce) {
    boost::asio::io_context io;
    const std::unique_ptr<Clock> clock = make_system_clock(io.get_executor());
    std::vector<Time> woken;
    const int bell = 0;
    const Steady soon = clock->steady() + milliseconds(1);
    spawn(io, note_waking(*clock, soon + hours(1), &bell, woken));
    spawn(io, note_waking(*clock, soon, nullptr, woken));
    while (woken.empty() && io.run_one() > 0) {
    }
    ASSERT_EQ(woken.size(), 1U);
    EXPECT_GE(clock->steady(), soon);  // the host's clock may have been set meanwhile
    clock->wake(&bell);
    io.restart();
    io.run();
    EXPECT_EQ(woken.size(), 2U);
}

TEST(SystemClock, MayGoBeforeItsSleepers) {
    boost::asio::io_context io;
    std::vector<Time> woken;
    auto clock = make_system_clock(io.get_executor());
    spawn(io, note_waking(*clock, clock->steady() + hours(1), nullptr, woken));
    io.poll();
    clock.reset();
    EXPECT_TRUE(woken.empty());  // the context ends with a coroutine that still sleeps
}

}  // namespace
}  // namespace bn::controller::clock_test
