// Many accounts of ours are gone at once, and nothing shows which cloud answers.
#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::absent_test {
namespace {

const ServerId kServer = ModelController::kServer;

// Nine accounts of ours, which somebody disables; a tenth service is ordered.
class Nameless : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t i = 1; i <= 9; ++i) {
            world.panel.sell(i);
        }
        world.pass();
        world.pass();
        ASSERT_TRUE(world.plan().actions.empty());
        for (auto& [key, account] : world.cloud.accounts) {
            account.enabled = key == "root";
        }
        world.panel.sell(10);
    }

    void lose(std::uint32_t first, std::uint32_t last) {
        for (std::uint32_t i = first; i <= last; ++i) {
            world.cloud.accounts.erase("user_" + std::to_string(i));
        }
    }

    // What a pass over this service alone would do.
    [[nodiscard]] ServerPlan narrow(std::uint32_t id) const {
        const ModelItem& item = world.panel.items.at(ItemId(id));
        ModelPanel part;
        part.items[item.id] = item;
        const DesiredSnapshot rows = part.read(kServer, world.now, 1);
        ActualSnapshot actual;
        actual.server = kServer;
        actual.taken_at = world.now;
        actual.narrow = actual.complete = true;
        ActualTable::Builder looked;
        if (const Look found = world.cloud.look(item.login)) {
            looked.add(found->view());
        }
        actual.accounts = std::move(looked).finish();
        PlanOptions timed = world.options;
        timed.diff.now = timed.guards.now = world.now;
        const DesiredSnapshot whole = world.panel.read(kServer, world.now, 1);
        return make_server_plan(
            {rows.servers.front(), whole, actual, world.ledger, world.identities}, timed
        );
    }

    ModelController world;
};

TEST_F(Nameless, AFewThatAreGoneChangeNothing) {
    lose(1, 3);
    const ServerPlan plan = world.plan();
    EXPECT_EQ(plan.count(ActionKind::kCreate), 4U);
    EXPECT_EQ(plan.count(ActionKind::kEnable), 6U);
}

TEST_F(Nameless, NothingIsDoneWhereManyAreGone) {
    lose(1, 4);
    const ServerPlan plan = world.plan();
    EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
    ASSERT_EQ(plan.held.size(), 10U);
    const Hold& hold = plan.held.front().hold;
    EXPECT_EQ(hold.code, HoldCode::kIncompleteSnapshot);
    EXPECT_NE(hold.detail.find("Of 9 accounts that are ours, 4 are gone"), std::string::npos)
        << hold.detail;
    EXPECT_NE(hold.detail.find("does not show which cloud it is"), std::string::npos);
    EXPECT_NE(hold.remedy.find("accept-readings 3"), std::string::npos) << hold.remedy;
    const std::map<std::string, ModelAccount> before = world.cloud.accounts;
    world.pass();
    world.pass();
    EXPECT_EQ(world.cloud.accounts, before);
    for (const Event& word : accept_readings(world.ledger, kServer)) {
        world.record(word);
    }
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 5U);
    EXPECT_EQ(world.plan().count(ActionKind::kEnable), 5U);
}

TEST_F(Nameless, OneThatShowsThatItIsOursIsCorrected) {
    lose(1, 4);
    world.identities[kServer] = "ocours000000";
    EXPECT_TRUE(world.plan().actions.empty()) << "nobody knew it before";
    world.show_itself();
    EXPECT_EQ(world.plan().count(ActionKind::kEnable), 5U);
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 1U) << "who just paid is served";
    for (const char* other : {"", "ocother00000"}) {
        world.identities[kServer] = other;
        EXPECT_TRUE(world.plan().actions.empty()) << other;
    }
}

// That they were missing is on record until the next whole reading.
TEST_F(Nameless, AccountsThatWereJustMadeAreNotGone) {
    for (std::uint32_t i = 11; i <= 15; ++i) {
        world.panel.sell(i);
    }
    world.pass();
    world.panel.sell(20);
    EXPECT_EQ(narrow(20).count(ActionKind::kCreate), 1U);
    lose(11, 11);
    EXPECT_TRUE(narrow(11).actions.empty()) << "one look proves nothing";
    lose(12, 15);
    world.pass();
    EXPECT_TRUE(narrow(20).actions.empty());
    const std::size_t told = world.log.size();
    world.pass();
    EXPECT_EQ(world.log.size(), told + 1) << "what is known is not told again";
    for (const Event& word : accept_readings(world.ledger, kServer)) {
        world.record(word);
    }
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 6U);
    EXPECT_EQ(narrow(11).count(ActionKind::kCreate), 1U);
}

// Held by its size already, or for a reason of their own: they are gone all the same.
TEST_F(Nameless, WhatIsHeldAnywayCounts) {
    lose(1, 4);
    world.options.guards.shrink_from = 1;
    world.options.guards.max_shrink = 0.1;
    EXPECT_FALSE(world.plan().cloud_doubt.empty());
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_EQ(world.plan().held.size(), 10U);
}

// Of an empty cloud nobody may conclude that somebody has removed what was closed.
TEST_F(Nameless, ClosedOnesThatAreGoneAreNotForgotten) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    lose(1, 5);
    EXPECT_TRUE(world.plan().gone.empty());
    world.pass();
    EXPECT_TRUE(owns(*world.ledger.item(ItemId(1))));
    world.show_itself();
    EXPECT_EQ(world.plan().gone.size(), 1U);
    world.identities.clear();
    for (const Event& word : accept_readings(world.ledger, kServer)) {
        world.record(word);
    }
    EXPECT_EQ(world.plan().gone.size(), 1U);
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 5U);
}

TEST_F(Nameless, AllOfAFewAreManyWhetherClosedOrNot) {
    for (std::uint32_t i = 3; i <= 10; ++i) {
        world.panel.items.erase(ItemId(i));
        world.record(AccountFoundGone{ItemId(i), kServer, "user_" + std::to_string(i), "a test"});
    }
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    lose(1, 9);
    EXPECT_TRUE(world.plan().actions.empty());
    world.show_itself();
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U) << "it may be an old backup of ours";
    world.identities.clear();
    world.pass();
    for (const Event& word : accept_readings(world.ledger, kServer)) {
        world.record(word);
    }
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 1U);
}

TEST_F(Nameless, TheRightCloudIsKnownByOurAccounts) {
    const std::map<std::string, ModelAccount> ours = world.cloud.accounts;
    lose(1, 9);
    world.pass();
    world.pass();
    world.cloud.accounts = ours;
    EXPECT_EQ(world.plan().count(ActionKind::kEnable), 9U);
    world.pass();
    EXPECT_TRUE(world.plan().actions.empty());
}

}  // namespace
}  // namespace bn::testing::absent_test
