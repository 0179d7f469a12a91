// Observed time, and the sizes that readings are judged by.
#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::observed_test {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

// Three items with accounts of ours, and many accounts of others.
class Sizes : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t i = 1; i <= 3; ++i) {
            world.panel.sell(i);
        }
        grow(96);
        world.pass();
        world.pass();
        world.watch_whole(2);
        ASSERT_EQ(server().judged_actual, 100U);
    }

    void grow(int count) {
        for (int i = 0; i < count; ++i) {
            ModelAccount other;
            other.login = "other_" + std::to_string(world.cloud.births);
            world.cloud.add(other);
        }
    }

    void shrink_to(std::size_t count) {
        for (auto at = world.cloud.accounts.begin(); world.cloud.accounts.size() > count;) {
            at = at->first.starts_with("other_") ? world.cloud.accounts.erase(at) : std::next(at);
        }
    }

    [[nodiscard]] const LedgerServer& server() const {
        return *world.ledger.server(ModelController::kServer);
    }

    struct World : ModelController {
        // Whole passes, twelve hours apart.
        void watch_whole(int days) {
            for (int half = 0; half < 2 * days; ++half) {
                now += std::chrono::hours(12) - std::chrono::minutes(10);
                pass();
            }
        }
    } world;
};

TEST_F(Sizes, ADoubtedSizeNeverSinks) {
    shrink_to(50);
    world.watch_whole(30);
    EXPECT_EQ(server().judged_actual, 100U);
    EXPECT_EQ(server().last_actual, 50U);
    EXPECT_NE(server().cloud_doubt.find("from 100 to 50"), std::string::npos);
    EXPECT_TRUE(server().panel_doubt.empty());
    ModelItem next;
    next.id = ItemId(9);
    next.login = "user_9";
    world.panel.items[next.id] = next;
    EXPECT_TRUE(world.plan().actions.empty()) << "nothing is made in a cloud that is not believed";
    grow(40);
    world.pass();
    EXPECT_TRUE(server().cloud_doubt.empty());
}

TEST_F(Sizes, ASizeGrowsAtOnce) {
    grow(50);
    world.pass();
    EXPECT_EQ(server().judged_actual, 150U);
}

TEST_F(Sizes, ASmallLossIsBelievedAndTakenOverADayLater) {
    shrink_to(85);
    world.pass();
    EXPECT_TRUE(server().cloud_doubt.empty());
    EXPECT_EQ(server().judged_actual, 85U) << "the last one was long ago";
    shrink_to(75);
    world.pass();
    EXPECT_TRUE(server().cloud_doubt.empty());
    EXPECT_EQ(server().judged_actual, 85U);
    world.watch_whole(2);
    EXPECT_EQ(server().judged_actual, 75U);
}

// Whichever of the two was lowered last: it is the same day.
TEST_F(Sizes, ALossOfEitherSideIsTakenOverOnceADay) {
    for (const bool panel : {true, false}) {
        PassCompleted pass;
        PassServerSummary& seen = pass.servers.emplace_back();
        seen.server = ModelController::kServer;
        seen.complete = true;
        seen.judged_desired = server().judged_desired - (panel ? 1 : 0);
        seen.judged_actual = server().judged_actual - (panel ? 0 : 1);
        seen.observed = kDay;
        world.record(pass);
        EXPECT_EQ(server().sunk_at, server().observed) << panel;
        pass.servers.front().judged_desired = server().judged_desired;
        pass.servers.front().judged_actual = server().judged_actual;
        world.record(pass);
        EXPECT_EQ(server().sunk_at, server().observed - kDay) << "nothing was lowered";
    }
}

TEST_F(Sizes, APersonsWordIsForTheSizesThatWereLastSeen) {
    PassCompleted pass;
    PassServerSummary& seen = pass.servers.emplace_back();
    seen.server = ModelController::kServer;
    seen.complete = true;
    seen.desired = 2;
    seen.judged_desired = 3;
    seen.actual = 50;
    seen.judged_actual = 100;
    seen.observed = kDay;
    seen.cloud_doubt = "It shrank.";
    world.record(pass);
    world.record(ServerResumed{ModelController::kServer});
    EXPECT_EQ(server().judged_desired, 2U);
    EXPECT_EQ(server().judged_actual, 50U);
    EXPECT_EQ(server().sunk_at, server().observed);
    shrink_to(30);
    world.pass();
    EXPECT_NE(server().cloud_doubt.find("from 50 to 30"), std::string::npos);
}

TEST_F(Sizes, ADecayInSmallStepsIsSeen) {
    for (const std::size_t left : {85U, 75U}) {
        shrink_to(left);
        world.pass();
        EXPECT_TRUE(server().cloud_doubt.empty()) << left;
    }
    shrink_to(66);
    world.pass();
    EXPECT_FALSE(server().cloud_doubt.empty());
    world.watch_whole(3);
    EXPECT_EQ(server().judged_actual, 85U);
}

TEST_F(Sizes, ANarrowReadingIsBelievedNoMoreThanTheLastWholeOne) {
    shrink_to(50);
    world.pass();
    world.panel.items.at(ItemId(1)).wanted = Wanted::kDisabled;
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    actual.narrow = true;
    PlanOptions options = world.options;
    options.diff.now = world.now;
    options.guards.now = world.now;
    const auto plan = [&] {
        return make_server_plan({desired.servers.front(), desired, actual, world.ledger}, options);
    };
    EXPECT_EQ(plan().destructive_count(), 0U);
    grow(50);
    world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    world.pass();
    EXPECT_EQ(plan().destructive_count(), 1U);
    PassCompleted pass;
    PassServerSummary& seen = pass.servers.emplace_back();
    seen.server = ModelController::kServer;
    seen.complete = true;
    seen.panel_doubt = "The panel's items of this server shrank from 30 to 3";
    world.record(pass);
    EXPECT_EQ(plan().destructive_count(), 0U) << "so with the panel";
    world.ledger = Ledger();
    world.record(AccountAdopted{ItemId(1), ModelController::kServer, "user_1", "by hand"});
    EXPECT_EQ(plan().destructive_count(), 1U) << "nothing was read whole yet, nothing is doubted";
}

TEST(ObservedTime, OfAStepAQuarterOfTheRetentionCountsOrADayOrAnHour) {
    EXPECT_EQ(longest_step(14 * kDay), std::chrono::hours(25));
    EXPECT_EQ(longest_step(kDay), std::chrono::hours(6));
    EXPECT_EQ(longest_step(Duration{0}), std::chrono::hours(1));
    LedgerServer server;
    const Time now(1000 * kDay);
    EXPECT_EQ(step_to(&server, now, kDay), Duration{0}) << "nothing was seen before";
    server.seen_at = now - Duration(7);
    EXPECT_EQ(step_to(&server, now, kDay), Duration(7));
    server.seen_at = now + kDay;
    EXPECT_EQ(step_to(&server, now, kDay), Duration{0}) << "the clock went back";
}

}  // namespace
}  // namespace bn::testing::observed_test
