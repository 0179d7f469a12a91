// The diff where the life cycles and properties do not go: servers that are switched off, items
// that moved, plans of one item, narrow readings, and the comparison of a single account.
#include "reconciler/plan/diff.hpp"

#include <algorithm>
#include <iterator>

#include <gtest/gtest.h>

#include "reconciler/events/decide.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing {
namespace {

const ServerId kOther{4};

DriftMask bit(DriftField field) {
    return static_cast<DriftMask>(field);
}

// ---- compare

class Compare : public ::testing::Test {
  protected:
    void SetUp() override {
        desired.item = ItemId(7);
        desired.login = "user_7";
        desired.email = "a@example.org";
        desired.group = "basic";
        desired.quota = Quota::bytes(std::int64_t{5} << 30);
        desired.wanted = Wanted::kEnabled;
        actual.login = "User_7";
        actual.email = "A@example.org";
        actual.quota = canonical(desired.quota);
        actual.groups = {"basic", "friends"};
    }

    [[nodiscard]] DriftMask drift() const {
        return compare(desired, actual, managed, options, cloud_groups);
    }

    DesiredAccount desired;
    ActualAccount actual;
    std::vector<std::string> managed{"2", "basic", "pro"};
    std::vector<std::string> cloud_groups{"admin", "basic", "staff", "pro", "friends"};
    DiffOptions options;
};

TEST_F(Compare, EqualByMeaningIsNoDrift) {
    EXPECT_EQ(drift(), 0);
    actual.email = "a@example.org";
    desired.email = "";  // not known: not compared
    EXPECT_EQ(drift(), 0);
}

TEST_F(Compare, EachFieldHasItsOwnBit) {
    actual.enabled = false;
    EXPECT_EQ(drift(), bit(DriftField::kEnabled));
    actual.enabled = true;
    actual.quota = Quota::unlimited();
    EXPECT_EQ(drift(), bit(DriftField::kQuota));
    actual.quota = canonical(desired.quota);
    actual.email = "b@example.org";
    EXPECT_EQ(drift(), bit(DriftField::kEmail));
    actual.email = desired.email;
    actual.groups = {"friends"};
    EXPECT_EQ(drift(), bit(DriftField::kGroup));
    actual.groups = {"basic", "pro"};
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "the group of another tariff";
    desired.wanted = Wanted::kDisabled;
    EXPECT_EQ(drift(), DriftField::kGroup | DriftField::kEnabled);
}

TEST_F(Compare, ClosedAndUnpaidItems) {
    actual.quota = Quota::unlimited();
    desired.wanted = Wanted::kAbsent;
    EXPECT_EQ(drift(), bit(DriftField::kOrphan));
    actual.enabled = false;
    EXPECT_EQ(drift(), 0) << "a closed item's account is disabled until its retention ends";
    desired.wanted = Wanted::kNothing;
    EXPECT_EQ(drift(), 0);
}

TEST_F(Compare, WhatIsNotKnownOrNotManagedDoesNotDiffer) {
    actual.quota = Quota::unlimited();
    actual.email = "b@example.org";
    actual.groups = {"pro"};
    options.manage_quota = false;
    options.manage_email = false;
    options.manage_groups = false;
    EXPECT_EQ(drift(), 0);
    options = DiffOptions();
    actual.details_known = false;
    EXPECT_EQ(drift(), 0);
}

TEST_F(Compare, GroupsByPosition) {
    desired.group = "3";
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "3 is pro";
    actual.groups = {"pro", "friends"};
    EXPECT_EQ(drift(), 0);
    desired.group = "2";
    actual.groups = {"staff"};
    EXPECT_EQ(drift(), 0);
    desired.group = "17";
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "there is no such position";
    desired.group = "0";
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "admin is given to nobody";
    desired.group = "";
    EXPECT_EQ(drift(), bit(DriftField::kGroup)) << "no group is sold, but staff is a tariff's";
    actual.groups = {"friends"};
    EXPECT_EQ(drift(), 0);
}

TEST_F(Compare, WithoutTheCloudsListNamesCountAndPositionsDoNot) {
    cloud_groups.clear();
    EXPECT_EQ(drift(), 0);
    actual.groups = {"pro"};
    EXPECT_EQ(drift(), bit(DriftField::kGroup));
    desired.group = "3";
    EXPECT_EQ(drift(), 0);
}

// ---- diff

// Items 1 to 6, made and in order.
class Diff : public ::testing::Test {
  protected:
    void SetUp() override {
        world.cloud.groups = {"admin", "basic", "pro"};
        world.panel.managed_groups = {"basic", "pro"};
        for (std::uint32_t i = 1; i <= 6; ++i) {
            ModelItem item;
            item.id = ItemId(i);
            item.login = "user_" + std::to_string(i);
            item.email = item.login + "@example.org";
            item.group = "basic";
            world.panel.items[item.id] = item;
        }
        world.pass();
        world.pass();  // records that the drift is gone
        ASSERT_TRUE(world.plan().actions.empty());
        world.options.diff.now = world.now;
    }

    // Each item differs in something else; 4 is closed, 5 is in order, 6 has no account any more.
    void disturb() {
        world.cloud.accounts.at("user_1").enabled = false;
        world.panel.items.at(ItemId(2)).quota = Quota::bytes(std::int64_t{7} << 30);
        world.panel.items.at(ItemId(3)).group = "pro";
        world.panel.items.at(ItemId(4)).wanted = Wanted::kAbsent;
        world.cloud.accounts.erase("user_6");
    }

    [[nodiscard]] DesiredSnapshot desired() const {
        return world.panel.read(ModelController::kServer, world.now, 1);
    }

    [[nodiscard]] ActualSnapshot actual() const {
        return world.cloud.observe(ModelController::kServer, world.now, 1);
    }

    [[nodiscard]] ServerPlan plan_of(
        const DesiredSnapshot& sold, const ActualSnapshot& seen, const DiffOptions& options
    ) const {
        return diff(sold.servers.front(), sold, seen, world.ledger, options);
    }

    ModelController world;
};

TEST_F(Diff, AServerThatIsSwitchedOffHasItsActionsHeld) {
    disturb();
    DesiredSnapshot sold = desired();
    const ServerPlan active = plan_of(sold, actual(), world.options.diff);
    ASSERT_GE(active.actions.size(), 5U);
    sold.servers.front().active = false;
    const ServerPlan inactive = plan_of(sold, actual(), world.options.diff);
    EXPECT_TRUE(inactive.actions.empty());
    EXPECT_EQ(inactive.held.size(), active.actions.size() + active.held.size());
    for (const HeldAction& held : inactive.held) {
        EXPECT_EQ(held.hold.code, HoldCode::kServerDisabled);
        EXPECT_EQ(held.hold.where, "processingmodule 3");
        EXPECT_TRUE(held.action.has_value());
    }
    EXPECT_EQ(inactive.drift, active.drift) << "drift is told whether or not it is mended";
}

TEST_F(Diff, ThePlanOfOneItemIsItsPartOfTheWhole) {
    disturb();
    DesiredSnapshot sold = desired();
    sold.holds.emplace_back(
        ItemId(9), ModelController::kServer, HoldCode::kNoDisk, "pricelist 2", "No disk.", "Add it."
    );
    const ServerPlan whole = plan_of(sold, actual(), world.options.diff);
    ASSERT_EQ(whole.held.size(), 1U);
    for (std::uint32_t id = 1; id <= 9; ++id) {
        DiffOptions options = world.options.diff;
        options.only_item = ItemId(id);
        const ServerPlan part = plan_of(sold, actual(), options);
        std::vector<Action> expected;
        std::copy_if(
            whole.actions.begin(),
            whole.actions.end(),
            std::back_inserter(expected),
            [&](const Action& action) { return action.item == ItemId(id); }
        );
        EXPECT_EQ(part.actions, expected) << id;
        EXPECT_EQ(part.actions.empty(), id == 5 || id > 6) << id;
        EXPECT_EQ(part.held.size(), id == 9 ? 1U : 0U) << id;
    }
}

TEST_F(Diff, TheVanishedRowOfAnotherItemIsNotPartOfThePlanOfOne) {
    world.panel.items.erase(ItemId(3));
    DiffOptions options = world.options.diff;
    options.only_item = ItemId(1);
    EXPECT_TRUE(plan_of(desired(), actual(), options).held.empty());
    options.only_item = ItemId(3);
    const ServerPlan plan = plan_of(desired(), actual(), options);
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kVanished);
}

// The panel gives item 2 another server, which has no such account.
class Moved : public Diff {
  protected:
    void SetUp() override {
        Diff::SetUp();
        const ModelItem item = world.panel.items.at(ItemId(2));
        world.panel.items.erase(ItemId(2));
        sold = desired();
        sold.items.insert(sold.items.begin() + 1, ItemId(2));
        DesiredServer& other = sold.servers.emplace_back();
        other.id = kOther;
        other.name = "second";
        DesiredAccount account;
        account.item = item.id;
        account.login = item.login;
        account.quota = item.quota;
        account.wanted = Wanted::kEnabled;
        account.login_saved = true;
        DesiredTable::Builder builder;
        builder.add(account);
        other.accounts = std::move(builder).finish();
    }

    DesiredSnapshot sold;
};

TEST_F(Moved, HeldOnBothServersAndTouchedOnNeither) {
    const ServerPlan old_home = plan_of(sold, actual(), world.options.diff);
    EXPECT_TRUE(old_home.actions.empty()) << old_home.canonical_text();
    ASSERT_EQ(old_home.held.size(), 1U);
    EXPECT_EQ(old_home.held.front().hold.code, HoldCode::kMovedServer);
    EXPECT_EQ(old_home.held.front().hold.item, ItemId(2));

    ActualSnapshot empty;
    empty.server = kOther;
    empty.complete = true;
    const ServerPlan new_home =
        diff(sold.servers.back(), sold, empty, world.ledger, world.options.diff);
    EXPECT_TRUE(new_home.actions.empty()) << new_home.canonical_text();
    ASSERT_EQ(new_home.held.size(), 1U);
    EXPECT_EQ(new_home.held.front().hold.code, HoldCode::kMovedServer);
    EXPECT_NE(new_home.held.front().hold.detail.find("server 3"), std::string::npos);
}

TEST_F(Moved, OnlyTheServerOfTheRowSpeaksOfIt) {
    const ServerPlan old_home = plan_of(sold, actual(), world.options.diff);
    EXPECT_TRUE(decide_observation(world.ledger, old_home, sold, world.now).empty());
    ActualSnapshot empty;
    empty.server = kOther;
    empty.complete = true;
    const ServerPlan new_home =
        diff(sold.servers.back(), sold, empty, world.ledger, world.options.diff);
    const std::vector<Event> events = decide_observation(world.ledger, new_home, sold, world.now);
    ASSERT_EQ(events.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<ItemHeld>(events.front()));
    EXPECT_EQ(std::get<ItemHeld>(events.front()).item, ItemId(2));
}

TEST_F(Moved, AReaderHoldSaysItInstead) {
    sold.servers.pop_back();
    sold.holds.emplace_back(
        ItemId(2), ServerId(), HoldCode::kNoServer, "item 2", "None.", "Choose."
    );
    EXPECT_TRUE(plan_of(sold, actual(), world.options.diff).held.empty());
}

TEST_F(Moved, ANarrowReadingDoesNotConcludeIt) {
    sold.servers.pop_back();
    ActualSnapshot seen = actual();
    seen.narrow = true;
    EXPECT_TRUE(plan_of(sold, seen, world.options.diff).held.empty());
}

TEST_F(Diff, ANarrowReadingLeavesHoldsOfOthersOut) {
    DesiredSnapshot sold = desired();
    sold.holds.emplace_back(
        ItemId(9), ModelController::kServer, HoldCode::kNoDisk, "pricelist 2", "No disk.", "Add it."
    );
    ActualSnapshot seen = actual();
    EXPECT_EQ(plan_of(sold, seen, world.options.diff).held.size(), 1U);
    seen.narrow = true;
    EXPECT_TRUE(plan_of(sold, seen, world.options.diff).held.empty());
}

TEST_F(Diff, TheTariffsGroupMustBeThereAndMustNotBeAdmin) {
    world.panel.items.at(ItemId(1)).group = "gone";
    world.panel.items.at(ItemId(2)).group = "0";
    const ServerPlan plan = plan_of(desired(), actual(), world.options.diff);
    EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
    ASSERT_EQ(plan.held.size(), 2U);
    EXPECT_EQ(plan.held[0].hold.code, HoldCode::kMissingGroup);
    EXPECT_EQ(plan.held[1].hold.code, HoldCode::kBadGroup);
}

TEST_F(Diff, AnItemWithoutAKnownQuotaIsNotMade) {
    ModelItem item;
    item.id = ItemId(8);
    item.login = "user_8";
    item.quota = Quota();
    world.panel.items[item.id] = item;
    const ServerPlan plan = plan_of(desired(), actual(), world.options.diff);
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kNoDisk);
}

TEST_F(Diff, AnotherLoginInThePanelIsNoRename) {
    world.panel.items.at(ItemId(1)).login = "renamed";
    const ServerPlan plan = plan_of(desired(), actual(), world.options.diff);
    EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kLoginChanged);
}

TEST_F(Diff, APausedItemIsLeftAlone) {
    disturb();
    world.record(ItemPaused{ItemId(1), "a look by hand"});
    DiffOptions options = world.options.diff;
    options.only_item = ItemId(1);
    const ServerPlan plan = plan_of(desired(), actual(), options);
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kPaused);
    world.record(ItemResumed{ItemId(1)});
    EXPECT_EQ(plan_of(desired(), actual(), options).actions.size(), 1U);
}

}  // namespace
}  // namespace bn::testing
