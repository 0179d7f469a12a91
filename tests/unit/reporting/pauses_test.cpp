#include <gtest/gtest.h>

#include "controller/reporting/growing_pauses.hpp"
#include "controller/reporting/import_memory.hpp"

namespace bn::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart{hours(1000)};

TEST(GrowingPauses, DoubleUpToTheLongest) {
    GrowingPauses<int> pauses{minutes(1), hours(1)};
    EXPECT_TRUE(pauses.due(7, kStart));
    Time now = kStart;
    for (const auto pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
        pauses.failed(7, now, "away");
        EXPECT_FALSE(pauses.due(7, now + minutes(pause) - seconds(1))) << pause;
        now += minutes(pause);
        EXPECT_TRUE(pauses.due(7, now)) << pause;
    }
}

TEST(GrowingPauses, OneKeyDoesNotHoldUpAnother) {
    GrowingPauses<int> pauses{minutes(1), hours(1)};
    pauses.failed(7, kStart, "refused");
    EXPECT_FALSE(pauses.due(7, kStart));
    EXPECT_TRUE(pauses.due(8, kStart));
}

TEST(GrowingPauses, SameFailureIsNoNews) {
    GrowingPauses<int> pauses{minutes(1), hours(1)};
    EXPECT_TRUE(pauses.failed(7, kStart, "refused"));
    EXPECT_FALSE(pauses.failed(7, kStart + minutes(1), "refused"));
    EXPECT_TRUE(pauses.failed(7, kStart + minutes(3), "another reason"));
    EXPECT_FALSE(pauses.failed(7, kStart + minutes(7), "another reason"));
    EXPECT_TRUE(pauses.failed(8, kStart, "refused"));
}

TEST(GrowingPauses, SuccessForgets) {
    GrowingPauses<int> pauses{minutes(1), hours(1)};
    pauses.failed(7, kStart, "refused");
    pauses.failed(7, kStart + minutes(1), "refused");
    pauses.succeeded(7);
    EXPECT_TRUE(pauses.due(7, kStart + minutes(1)));
    EXPECT_TRUE(pauses.failed(7, kStart + minutes(1), "refused"));
    EXPECT_TRUE(pauses.due(7, kStart + minutes(2)));
}

TEST(GrowingPauses, TryOutOfTurnMovesNothing) {
    GrowingPauses<int> pauses{minutes(1), hours(1)};
    pauses.failed(7, kStart, "refused");
    for (int i = 0; i < 30; ++i) {
        pauses.failed(7, kStart + seconds(i), "refused");
    }
    EXPECT_TRUE(pauses.due(7, kStart + minutes(1)));
}

TEST(GrowingPauses, ClockThatWasSetBackKeepsNobodyWaiting) {
    GrowingPauses<int> pauses{minutes(1), hours(1)};
    pauses.failed(7, kStart + hours(300), "refused");
    EXPECT_TRUE(pauses.due(7, kStart));
    pauses.failed(7, kStart, "refused");
    EXPECT_FALSE(pauses.due(7, kStart));
    EXPECT_TRUE(pauses.due(7, kStart + minutes(2)));
}

TEST(ImportMemory, HoldsAnAccountUntilThePanelShowsIt) {
    ImportMemory memory;
    const ServerId server(3);
    EXPECT_FALSE(memory.has(server, "bob", kStart));
    memory.note(server, "bob", kStart);
    EXPECT_TRUE(memory.has(server, "bob", kStart + minutes(59)));
    EXPECT_FALSE(memory.has(ServerId(4), "bob", kStart)) << "another cloud's bob";
    EXPECT_FALSE(memory.has(server, "carol", kStart));
    memory.seen(server, "bob");
    EXPECT_FALSE(memory.has(server, "bob", kStart)) << "deleted in the panel: free again";
}

TEST(ImportMemory, LetsGoWhenThePanelNeverShowsIt) {
    ImportMemory memory;
    memory.note(ServerId(3), "bob", kStart);
    EXPECT_FALSE(memory.has(ServerId(3), "bob", kStart + ImportMemory::kKept));
}

}  // namespace
}  // namespace bn::controller
