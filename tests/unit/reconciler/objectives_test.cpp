// The promise of a login within seconds does not count the time in which a cloud was silent.
#include "reconciler/decide/objectives.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bn::objectives_test {
namespace {

constexpr ServerId kServer{3};

Steady at(std::int64_t ms) {
    return Steady(Duration(ms));
}

TEST(SilentTimes, AServerThatAlwaysAnswersWasNeverSilent) {
    SilentTimes times;
    EXPECT_EQ(times.between(kServer, at(0), at(1000)), Duration{0});
    times.note(kServer, true, at(10), at(20));
    EXPECT_EQ(times.between(kServer, at(0), at(1000)), Duration{0});
}

TEST(SilentTimes, CountFromTheLookThatFailedToTheOneThatWentWell) {
    SilentTimes times;
    times.note(kServer, false, at(100), at(130));
    EXPECT_EQ(times.between(kServer, at(0), at(200)), Duration{100}) << "it goes on";
    times.note(kServer, false, at(200), at(230));
    times.note(kServer, true, at(300), at(310));
    EXPECT_EQ(times.between(kServer, at(0), at(1000)), Duration{210});
    EXPECT_EQ(times.between(kServer, at(150), at(250)), Duration{100});
    EXPECT_EQ(times.between(kServer, at(400), at(1000)), Duration{0});
    EXPECT_EQ(times.between(ServerId(4), at(0), at(1000)), Duration{0});
}

RC_GTEST_PROP(SilentTimes, AreNeverLongerThanWhatTheyAreAskedAbout, ()) {
    SilentTimes times;
    std::int64_t now = 0;
    for (int i = 0; i < 200; ++i) {
        const auto took = *rc::gen::inRange<std::int64_t>(0, 50);
        now += *rc::gen::inRange<std::int64_t>(0, 50);
        times.note(kServer, *rc::gen::arbitrary<bool>(), at(now - took), at(now));
    }
    const auto from = *rc::gen::inRange<std::int64_t>(0, now + 1);
    const auto to = *rc::gen::inRange<std::int64_t>(from, now + 2);
    const Duration silent = times.between(kServer, at(from), at(to));
    RC_ASSERT(silent >= Duration{0});
    RC_ASSERT(silent <= at(to) - at(from));
    const auto middle = *rc::gen::inRange<std::int64_t>(from, to + 1);
    RC_ASSERT(
        silent ==
        times.between(kServer, at(from), at(middle)) + times.between(kServer, at(middle), at(to))
    );
}

}  // namespace
}  // namespace bn::objectives_test
