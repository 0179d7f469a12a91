// What failed waits by its kind, and all else goes on.
#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::setback_test {
namespace {

TEST(Setbacks, WhatFailedHoldsOnlyWhatWaitsForIt) {
    ModelController world;
    world.panel.sell(1, true);
    world.panel.sell(2, true);
    world.pass();
    const auto left = [&world](ActionKind failed_one) {
        ActionFailed failed;
        failed.item = ItemId(1);
        failed.server = ModelController::kServer;
        failed.kind = failed_one;
        failed.next_attempt_at = world.now + std::chrono::hours(6);
        world.record(failed);
        ServerPlan plan;
        plan.server = ModelController::kServer;
        for (const ActionKind kind :
             {ActionKind::kDisable,
              ActionKind::kSetEmail,
              ActionKind::kSetQuota,
              ActionKind::kAddGroup,
              ActionKind::kRemoveGroup}) {
            plan.actions.emplace_back(kind, plan.server, ItemId(1), "user_1");
        }
        const DesiredSnapshot desired =
            world.panel.read(ModelController::kServer, world.now, world.seed);
        const ActualSnapshot actual =
            world.cloud.observe(ModelController::kServer, world.now, world.seed);
        std::string kinds;
        GuardOptions options = world.options.guards;
        options.now = world.now;
        const PlanFacts facts{
            desired.servers.front(), desired, actual, world.ledger, world.identities};
        for (const Action& action : apply_guards(plan, facts, options).actions) {
            kinds += std::string(to_string(action.kind)) + " ";
        }
        world.record(DriftCleared{ItemId(1)});
        return kinds;
    };
    EXPECT_EQ(left(ActionKind::kSetEmail), "disable set-quota add-group remove-group ");
    EXPECT_EQ(left(ActionKind::kDisable), "set-email set-quota add-group remove-group ");
    EXPECT_EQ(left(ActionKind::kAddGroup), "disable set-email set-quota ")
        << "he keeps the group that he has";
    EXPECT_EQ(left(ActionKind::kRemoveGroup), "disable set-email set-quota add-group ");
    EXPECT_EQ(left(ActionKind::kCreate), "");
}

}  // namespace
}  // namespace bn::testing::setback_test
