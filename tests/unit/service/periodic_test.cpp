#include "controller/service/periodic.hpp"

#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.hpp"

namespace bn::controller::periodic_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class PeriodicTest : public ::testing::Test {
  protected:
    PeriodicTest()
        : clock_(io_),
          start_(clock_.now()),
          periodic_(
              clock_, [this] { return period_; }, [this] { return step(); }
          ) {}

    Task<bool> step() {
        steps_.push_back(std::chrono::duration_cast<seconds>(clock_.now() - start_));
        co_return fine_;
    }

    void run() {
        boost::asio::co_spawn(io_, periodic_.run(), [this](const std::exception_ptr&) {
            ended_ = true;
        });
        clock_.settle();
    }

    boost::asio::io_context io_;
    testing::ManualClock clock_;
    Time start_;
    Period period_{minutes(1), seconds(10)};
    bool fine_ = true;
    bool ended_ = false;
    std::vector<seconds> steps_;
    Periodic periodic_;
};

TEST_F(PeriodicTest, StepsAfterEachPeriodAndSoonerAfterAFailure) {
    run();
    clock_.advance(minutes(1));
    fine_ = false;
    clock_.advance(minutes(1) + seconds(20));
    const std::vector<seconds> expected{seconds(60), seconds(120), seconds(130), seconds(140)};
    EXPECT_EQ(steps_, expected);
}

TEST_F(PeriodicTest, StepsAfterEachPeriodAsItIsThen) {
    run();
    clock_.advance(minutes(1));
    period_ = Period(seconds(10));
    clock_.advance(minutes(1) + seconds(20));
    const std::vector<seconds> expected{seconds(60), seconds(120), seconds(130), seconds(140)};
    EXPECT_EQ(steps_, expected);
}

TEST_F(PeriodicTest, AWakeStepsAtOnce) {
    run();
    clock_.advance(seconds(5));
    periodic_.wake();
    clock_.settle();
    EXPECT_EQ(steps_, std::vector<seconds>{seconds(5)});
}

TEST_F(PeriodicTest, AStopEndsTheSleep) {
    run();
    periodic_.stop();
    clock_.settle();
    EXPECT_TRUE(ended_);
    EXPECT_TRUE(steps_.empty());
}

}  // namespace
}  // namespace bn::controller::periodic_test
