// The diff where the life cycles and properties do not go: servers that are switched off, items
// that moved, narrow readings.
#include "reconciler/plan/diff.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "reconciler/decide/pass.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::diff_test {
namespace {

const ServerId kOther{4};

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
        return diff({sold.servers.front(), sold, seen, world.ledger}, options);
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
        account.client = 1;
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
        diff({sold.servers.back(), sold, empty, world.ledger}, world.options.diff);
    EXPECT_TRUE(new_home.actions.empty()) << new_home.canonical_text();
    ASSERT_EQ(new_home.held.size(), 1U);
    EXPECT_EQ(new_home.held.front().hold.code, HoldCode::kMovedServer);
    EXPECT_NE(new_home.held.front().hold.detail.find("server 3"), std::string::npos);
}

TEST_F(Moved, OnlyTheServerOfTheRowSpeaksOfIt) {
    const ServerPlan old_home = plan_of(sold, actual(), world.options.diff);
    EXPECT_TRUE(decide_observation(world.ledger, old_home, sold).empty());
    ActualSnapshot empty;
    empty.server = kOther;
    empty.complete = true;
    const ServerPlan new_home =
        diff({sold.servers.back(), sold, empty, world.ledger}, world.options.diff);
    const std::vector<Event> events = decide_observation(world.ledger, new_home, sold);
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

TEST_F(Diff, HoldsOfOtherServersAreNotInThePlan) {
    DesiredSnapshot sold = desired();
    sold.holds.emplace_back(ItemId(9), kOther, HoldCode::kNoDisk, "pricelist 2", "No.", "Add it.");
    EXPECT_TRUE(plan_of(sold, actual(), world.options.diff).held.empty());
}

TEST_F(Diff, ANarrowReadingSaysTheHoldOfAnItemInOrder) {
    world.panel.items.at(ItemId(5)).understood = false;
    ActualSnapshot seen = actual();
    seen.narrow = true;
    EXPECT_EQ(plan_of(desired(), seen, world.options.diff).held.size(), 1U);
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
    world.panel.items.at(ItemId(2)).group = "admin";
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
    const auto actions_of_it = [&] {
        const ServerPlan plan = plan_of(desired(), actual(), world.options.diff);
        return std::count_if(plan.actions.begin(), plan.actions.end(), [](const Action& action) {
            return action.item == ItemId(1);
        });
    };
    EXPECT_EQ(actions_of_it(), 0);
    const ServerPlan plan = plan_of(desired(), actual(), world.options.diff);
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kPaused);
    ASSERT_TRUE(plan.held.front().action) << "what would be right is said";
    EXPECT_EQ(std::ranges::count(plan.drift, ItemId(1), &Drift::item), 1) << "and that it differs";
    world.record(ItemResumed{ItemId(1)});
    EXPECT_EQ(actions_of_it(), 1);
}

// All that a pause changes is that nothing is done.
TEST_F(Diff, AnyPlanOfPausedItemsIsTheSamePlanHeld) {
    disturb();
    const ServerPlan free = plan_of(desired(), actual(), world.options.diff);
    ASSERT_FALSE(free.actions.empty());
    std::set<ItemId> items;
    for (const Action& action : free.actions) {
        items.insert(action.item);
    }
    for (const ItemId item : items) {
        world.record(ItemPaused{item, "a look by hand"});
    }
    const ServerPlan paused = plan_of(desired(), actual(), world.options.diff);
    EXPECT_TRUE(paused.actions.empty());
    EXPECT_EQ(paused.drift, free.drift);
    std::vector<Action> held;
    for (const HeldAction& one : paused.held) {
        if (one.hold.code == HoldCode::kPaused && one.action) {
            held.push_back(*one.action);
        }
    }
    ServerPlan all = free;
    all.actions = held;
    EXPECT_EQ(all.canonical_text(), free.canonical_text());
}

}  // namespace
}  // namespace bn::testing::diff_test
