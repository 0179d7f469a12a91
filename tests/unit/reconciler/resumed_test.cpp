// What a person's word that what is seen is right is good for.
#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::resumed_test {
namespace {

// Nine accounts of ours, one of somebody else, and a person who may say that what is seen is right.
class Word : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t i = 1; i <= 9; ++i) {
            world.panel.sell(i);
        }
        ModelAccount other;
        other.login = "other";
        world.cloud.add(other);
        world.pass();
        world.pass();
        ASSERT_TRUE(world.plan().actions.empty());
        world.show_itself();
    }

    void lose(std::uint32_t first, std::uint32_t last) {
        for (std::uint32_t i = first; i <= last; ++i) {
            world.cloud.accounts.erase("user_" + std::to_string(i));
        }
    }

    void resume() {
        for (const Event& event : accept_readings(world.ledger, ModelController::kServer)) {
            world.record(event);
        }
    }

    ModelController world;
};

TEST_F(Word, IsForWhatWasMissingThen) {
    lose(1, 4);
    world.pass();
    ASSERT_EQ(world.plan().held.size(), 4U);
    resume();
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 4U);
    EXPECT_TRUE(world.plan().held.empty());
    lose(5, 9);
    const ServerPlan made = world.pass();
    EXPECT_EQ(made.count(ActionKind::kCreate), 4U);
    ASSERT_EQ(made.held.size(), 5U) << "nobody has seen that these are gone";
    EXPECT_EQ(made.held.front().hold.item, ItemId(5));
    lose(1, 4);
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U) << "a word counts once";
    world.pass();
    resume();
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 9U);
}

TEST_F(Word, LeavesAFewMoreToBeMadeAnewAsBefore) {
    lose(1, 4);
    world.pass();
    resume();
    lose(5, 5);
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 5U);
    lose(6, 9);
    world.options.guards.max_absent = 9;
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 4U) << "now none of ours is there";
}

TEST_F(Word, ForAClockIsNoneForACloudThatIsEmptiedLater) {
    world.record(ClockWentBack{world.now, world.now - std::chrono::hours(24)});
    resume();
    ASSERT_FALSE(world.ledger.server(ModelController::kServer)->clock_doubted);
    lose(1, 9);
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U);
    EXPECT_EQ(world.plan().held.size(), 9U);
}

}  // namespace
}  // namespace bn::testing::resumed_test
