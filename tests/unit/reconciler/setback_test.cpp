// What failed waits by its kind, and all else goes on.
#include <gtest/gtest.h>

#include "reconciler/decide/action.hpp"
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
              ActionKind::kMakeGroup,
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
    EXPECT_EQ(left(ActionKind::kSetEmail), "disable set-quota make-group add-group remove-group ");
    EXPECT_EQ(left(ActionKind::kDisable), "set-email set-quota make-group add-group remove-group ");
    EXPECT_EQ(left(ActionKind::kAddGroup), "disable set-email set-quota ")
        << "he keeps the group that he has";
    EXPECT_EQ(left(ActionKind::kRemoveGroup), "disable set-email set-quota make-group add-group ");
    EXPECT_EQ(left(ActionKind::kMakeGroup), "disable set-email set-quota ");
    EXPECT_EQ(left(ActionKind::kCreate), "");
}

TEST(Setbacks, ADoubtWithoutEffectBacksOffAndIsParked) {
    ModelController world;
    world.panel.sell(1, true);
    world.pass();
    ActionRules rules;
    rules.tries = 3;
    Look enabled = OwnedActualAccount();
    enabled->login = "user_1";
    enabled->enabled = true;
    enabled->details_known = true;
    const auto settle = [&](const Look& found) {
        const Action disable(ActionKind::kDisable, ModelController::kServer, ItemId(1), "user_1");
        world.record(ActionIntended{"id", disable, ""});
        const PendingAction doubt = world.ledger.item(ItemId(1))->in_doubt.front();
        for (Event& event : settle_doubt({world.ledger, world.now}, doubt, found, rules).events) {
            world.record(std::move(event));
        }
        return world.ledger.item(ItemId(1))->setback(ActionKind::kDisable);
    };
    Duration last{};
    for (std::uint32_t i = 1; i <= 3; ++i) {
        const Setback* setback = settle(enabled);
        ASSERT_NE(setback, nullptr);
        EXPECT_EQ(setback->failures, i);
        EXPECT_EQ(setback->code, "executor.no_effect");
        EXPECT_EQ(setback->parked, i == 3);
        const Duration wait = *setback->next_attempt_at - world.now;
        EXPECT_GT(wait, last);
        last = wait;
    }
    // A call that a process before this one may not have made is no failure.
    world.record(ItemReplayed{ItemId(1), "a test"});
    const Action again(ActionKind::kDisable, ModelController::kServer, ItemId(1), "user_1");
    world.record(ActionIntended{"id", again, ""});
    const PendingAction doubt = world.ledger.item(ItemId(1))->in_doubt.front();
    EXPECT_EQ(
        settle_doubt({world.ledger, world.now}, doubt, enabled, rules, CallHeard::kNothing)
            .events.size(),
        1U
    );
    enabled->enabled = false;
    EXPECT_EQ(settle(enabled), nullptr) << "that one took effect";
}

}  // namespace
}  // namespace bn::testing::setback_test
