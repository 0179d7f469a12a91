// Which fields of an account differ from what was sold, and what is done about each.
#include "reconciler/plan/comparison.hpp"

#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::comparison_test {
namespace {

DriftMask bit(DriftField field) {
    return static_cast<DriftMask>(field);
}

// One open item whose account is as it was sold.
class Comparing : public ::testing::Test {
  protected:
    void SetUp() override {
        world.cloud.groups = {"admin", "basic", "staff", "pro", "friends"};
        world.panel.managed_groups = {"staff", "basic", "pro"};
        ModelItem item;
        item.id = ItemId(7);
        item.login = "user_7";
        item.email = "a@example.org";
        item.group = "basic";
        world.panel.items[item.id] = item;
        world.pass();
        world.pass();
        account().groups.insert("friends");
        ASSERT_EQ(drift(), 0);
    }

    ModelItem& sold() { return world.panel.items.at(ItemId(7)); }

    ModelAccount& account() { return world.cloud.accounts.at("user_7"); }

    [[nodiscard]] DriftMask drift() const {
        const ServerPlan plan = world.plan();
        return plan.drift.empty() ? DriftMask{0} : plan.drift.front().mask();
    }

    // The only action of the plan.
    [[nodiscard]] Action step() const {
        const ServerPlan plan = world.plan();
        EXPECT_EQ(plan.actions.size(), 1U) << plan.canonical_text();
        return plan.actions.empty() ? Action() : plan.actions.front();
    }

    ModelController world;
};

TEST_F(Comparing, EqualByMeaningIsNoDrift) {
    account().email = "A@Example.org";
    EXPECT_EQ(drift(), 0);
    sold().email = "";  // not known: not compared
    account().email = "b@example.org";
    EXPECT_EQ(drift(), 0);
    sold().quota = Quota();
    EXPECT_EQ(drift(), 0);
    account().quota = Quota();
    sold().quota = Quota::unlimited();
    EXPECT_EQ(drift(), 0);
}

TEST_F(Comparing, EachFieldHasItsOwnBitAndItsOwnAction) {
    account().enabled = false;
    EXPECT_EQ(drift(), bit(DriftField::kEnabled));
    EXPECT_EQ(step().kind, ActionKind::kEnable);
    EXPECT_EQ(step().reason, "the item is active");
    account().enabled = true;
    sold().quota = Quota::bytes(5'000'000'000);
    EXPECT_EQ(drift(), bit(DriftField::kQuota));
    EXPECT_EQ(step().kind, ActionKind::kSetQuota);
    EXPECT_EQ(step().quota, canonical(sold().quota)) << "what the cloud will keep";
    account().quota = canonical(sold().quota);
    EXPECT_EQ(drift(), 0);
    account().email = "b@example.org";
    EXPECT_EQ(drift(), bit(DriftField::kEmail));
    EXPECT_EQ(step().kind, ActionKind::kSetEmail);
    EXPECT_EQ(step().value, "a@example.org");
    account().email = "a@example.org";
    account().groups = {"friends"};
    EXPECT_EQ(drift(), bit(DriftField::kGroup));
    EXPECT_EQ(step().kind, ActionKind::kAddGroup);
    EXPECT_EQ(step().value, "basic");
    account().groups = {"basic", "pro"};
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "the group of another tariff";
    EXPECT_EQ(step().kind, ActionKind::kRemoveGroup);
    EXPECT_EQ(step().value, "pro");
    sold().wanted = Wanted::kDisabled;
    EXPECT_EQ(drift(), DriftField::kGroup | DriftField::kEnabled);
}

TEST_F(Comparing, ANameIsComparedWhereItIsKept) {
    account().display_name = "Somebody";
    world.cloud.names = true;
    EXPECT_EQ(drift(), 0);
    world.options.diff.keep_names = true;
    sold().display_name = "Anna";
    EXPECT_EQ(drift(), bit(DriftField::kName));
    EXPECT_EQ(step().kind, ActionKind::kSetName);
}

TEST_F(Comparing, ASuspendedItemIsComparedAsWell) {
    sold().wanted = Wanted::kDisabled;
    EXPECT_EQ(step().kind, ActionKind::kDisable);
    EXPECT_FALSE(step().closing) << "its retention does not begin";
    account().enabled = false;
    EXPECT_EQ(drift(), 0);
    sold().quota = Quota::unlimited();
    EXPECT_EQ(step().kind, ActionKind::kSetQuota);
}

TEST_F(Comparing, ClosedAndUnpaidItemsAreNotCompared) {
    account().quota = Quota::unlimited();
    sold().wanted = Wanted::kAbsent;
    EXPECT_EQ(drift(), bit(DriftField::kOrphan));
    sold().wanted = Wanted::kNothing;
    EXPECT_EQ(drift(), 0);
    EXPECT_TRUE(world.plan().actions.empty());
}

TEST_F(Comparing, WhatIsNotManagedDoesNotDiffer) {
    account().quota = Quota::unlimited();
    account().email = "b@example.org";
    account().groups = {"pro"};
    DiffOptions& options = world.options.diff;
    options.manage_quota = false;
    EXPECT_EQ(drift(), DriftField::kEmail | DriftField::kGroup);
    options.manage_email = false;
    EXPECT_EQ(drift(), bit(DriftField::kGroup));
    options.manage_groups = false;
    EXPECT_EQ(drift(), 0);
}

TEST_F(Comparing, AnAccountWithoutDetailsIsHeld) {
    account().quota = Quota::unlimited();
    account().details = false;
    const ServerPlan plan = world.plan();
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kIncompleteRead);
}

TEST_F(Comparing, AGroupOfDigitsThatNameNoneMovesNobodyAndIsToldByTariff) {
    world.panel.managed_groups = {"0", "1", "3", "pro", "basic"};
    sold().group = "0";
    sold().tariff = 5;
    account().groups = {"pro", "friends"};
    EXPECT_EQ(drift(), 0) << "whatever group he is in";
    const ServerPlan plan = world.plan();
    EXPECT_TRUE(plan.actions.empty());
    EXPECT_TRUE(plan.held.empty());
    EXPECT_EQ(plan.unsaid_groups, (std::vector<UnsaidGroup>{{5, "0", 1}}));
    sold().group = "3";
    EXPECT_EQ(drift(), 0) << "it is no position";
    sold().group = "basic";
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "chosen, it is given";
    EXPECT_TRUE(world.plan().unsaid_groups.empty());
    sold().group = "gone";
    EXPECT_EQ(drift(), bit(DriftField::kGroup));
    EXPECT_TRUE(world.plan().actions.empty());
    sold().group = "";
    EXPECT_EQ(step().kind, ActionKind::kRemoveGroup) << "no group is sold, pro is a tariff's";
    account().groups = {"friends"};
    EXPECT_EQ(drift(), 0);
}

// Nothing differs, and yet there is something to say.
TEST_F(Comparing, AnAccountInOrderIsQuietOnlyWhenNothingIsNoted) {
    world.record(ActionIntended{
        "x", Action(ActionKind::kEnable, ModelController::kServer, ItemId(7), "user_7"), ""});
    ASSERT_EQ(world.plan().held.size(), 1U);
    EXPECT_EQ(world.plan().held.front().hold.code, HoldCode::kInDoubt);
    ActionSucceeded done;
    done.action_id = "x";
    done.item = ItemId(7);
    done.server = ModelController::kServer;
    done.kind = ActionKind::kEnable;
    world.record(done);
    ASSERT_TRUE(world.plan().held.empty());
    world.record(ItemPaused{ItemId(7), "a look by hand"});
    ASSERT_EQ(world.plan().held.size(), 1U);
    EXPECT_EQ(world.plan().held.front().hold.code, HoldCode::kPaused);
    world.ledger = Ledger();  // a stranger's account that looks just like ours
    sold().login_saved = false;
    account().groups = {"basic"};
    ASSERT_EQ(world.plan().held.size(), 1U);
    EXPECT_EQ(world.plan().held.front().hold.code, HoldCode::kNotOurs);
}

TEST_F(Comparing, EachTariffKeepsItsOwnQuota) {
    for (std::uint32_t i = 100; i < 400; ++i) {
        ModelItem item;
        item.id = ItemId(i);
        item.login = "many_" + std::to_string(i);
        item.quota = Quota::bytes(std::int64_t{i} * 1'000'000'000);
        world.panel.items[item.id] = item;
    }
    world.pass();
    EXPECT_TRUE(world.plan().actions.empty());
}

// Taking a group is not giving it: a client who changes tariffs to and fro is not fought over.
TEST_F(Comparing, TariffsMayChangeToAndFro) {
    for (int change = 0; change < 5; ++change) {
        sold().group = change % 2 == 0 ? "pro" : "basic";
        const ServerPlan plan = world.pass();
        EXPECT_EQ(plan.actions.size(), 2U) << plan.canonical_text();
    }
}

TEST_F(Comparing, DriftThatSomebodyMendedIsNotNotedAnyMore) {
    world.options.policy = Policy::kObserve;
    account().quota = Quota::unlimited();
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(7))->drift, bit(DriftField::kQuota));
    account().quota = canonical(sold().quota);
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(7))->drift, 0);
}

TEST_F(Comparing, AllGroupsOfOtherTariffsGoInOrder) {
    account().groups = {"staff", "pro", "friends"};
    const ServerPlan plan = world.plan();
    ASSERT_EQ(plan.actions.size(), 3U) << plan.canonical_text();
    EXPECT_EQ(plan.actions[0].kind, ActionKind::kAddGroup);
    EXPECT_EQ(plan.actions[1].value, "pro");
    EXPECT_EQ(plan.actions[2].value, "staff");
}

}  // namespace
}  // namespace bn::testing::comparison_test
