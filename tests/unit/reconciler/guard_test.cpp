// Guards, decide and evolve at their edges; the properties cover the usual ways.
#include "reconciler/plan/guard.hpp"

#include <gtest/gtest.h>

#include "reconciler/decide/action.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/events/events.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::guard_test {
namespace {

// Forty open items, all in order.
class Guards : public ::testing::Test {
  protected:
    void SetUp() override {
        world.options.guards.limits = {};
        for (std::uint32_t i = 1; i <= 40; ++i) {
            world.panel.sell(i);
        }
        world.pass();
        world.pass();  // the sizes are those of the first pass that finds all of them
        ASSERT_TRUE(world.plan().actions.empty());
    }

    void suspend(std::uint32_t count) {
        for (std::uint32_t i = 1; i <= count; ++i) {
            world.panel.items.at(ItemId(i)).wanted = Wanted::kDisabled;
        }
    }

    ModelController world;
};

TEST_F(Guards, TooMuchAtOnceWaitsUntilExactlyThatIsApproved) {
    suspend(6);                                             // 5 may be disabled
    world.panel.sell(41, true).wanted = Wanted::kDisabled;  // never worked: nothing is taken away
    world.panel.items.at(ItemId(9)).quota = Quota::bytes(std::int64_t{9} << 30);
    ServerPlan plan = world.plan();
    ASSERT_FALSE(plan.stopped.empty());
    EXPECT_EQ(plan.destructive_count(), 0U);
    EXPECT_EQ(plan.staged().count(ActionKind::kDisable), 6U);
    EXPECT_EQ(plan.staged().actions.size(), 6U) << "what it takes away, and nothing else";
    EXPECT_EQ(plan.count(ActionKind::kSetQuota), 1U) << "what heals goes on";
    world.record(approve_plan(ModelController::kServer, plan.staged().canonical_text()));
    world.panel.items.at(ItemId(10)).quota = Quota::bytes(std::int64_t{9} << 30);
    EXPECT_TRUE(world.plan().stopped.empty()) << "other drift does not matter";
    EXPECT_EQ(world.plan().destructive_count(), 6U);
    suspend(7);
    EXPECT_FALSE(world.plan().stopped.empty()) << "another plan than the approved one";
    suspend(40);
    world.options.guards.checksum = [](const ServerPlan&) { return std::string("sum"); };
    world.options.guards.approved_plan = "sum";
    EXPECT_TRUE(world.plan().stopped.empty());
}

TEST_F(Guards, FiveOfFortyGoThrough) {
    suspend(5);
    EXPECT_TRUE(world.plan().stopped.empty());
    EXPECT_EQ(world.plan().actions.size(), 5U);
    EXPECT_EQ(world.plan().desired_accounts, 40U) << "a suspended item wants its account";
}

TEST_F(Guards, AThirdLessIsNotBelievedASixthIs) {
    world.options.guards.max_absent_share = 1;  // another guard's matter
    const auto lose = [&](int from, int to) {
        for (int i = from; i <= to; ++i) {
            world.cloud.accounts.erase("user_" + std::to_string(i));
        }
    };
    lose(1, 6);
    EXPECT_EQ(world.plan().actions.size(), 6U);
    lose(7, 13);
    EXPECT_TRUE(world.plan().actions.empty());
}

TEST_F(Guards, APanelThatShrankTakesNothingAway) {
    for (std::uint32_t i = 21; i <= 40; ++i) {
        world.panel.items.erase(ItemId(i));
    }
    suspend(1);
    EXPECT_EQ(world.plan().destructive_count(), 0U);
}

TEST_F(Guards, APanelThatWentBackTakesNothingAway) {
    suspend(1);
    EXPECT_EQ(world.plan().destructive_count(), 1U) << "its counters are not known";
    world.record(PanelSeen{{120, 50}});
    EXPECT_EQ(world.plan().destructive_count(), 1U) << "not known is not older";
    for (const PanelMark older : {PanelMark{119, 50}, PanelMark{120, 49}, PanelMark{0, 49}}) {
        world.panel.mark = older;
        EXPECT_EQ(world.plan().destructive_count(), 0U) << older.history << " " << older.next_item;
    }
    world.cloud.accounts.erase("user_2");
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 1U) << "what gives goes on";
    world.panel.items.at(ItemId(3)).wanted = Wanted::kAbsent;
    ModelItem& next = world.panel.sell(99, true);
    next.login = "user_3";
    EXPECT_EQ(world.plan().count(ActionKind::kAdopt), 0U) << "item 3 may be bought back by now";
    world.panel.mark = {120, 50};
    EXPECT_EQ(world.plan().count(ActionKind::kAdopt), 1U);
    world.panel.items.erase(ItemId(99));
    world.panel.items.at(ItemId(3)).wanted = Wanted::kEnabled;
    EXPECT_EQ(world.plan().destructive_count(), 1U);
    world.panel.mark = {100, 45};
    world.record(PanelDataAccepted{{120, 50}, {100, 45}});
    EXPECT_EQ(world.plan().destructive_count(), 1U) << "a person said that it is meant so";
}

TEST_F(Guards, AnAccountWhoseHistoryIsLostIsNotTakenAway) {
    suspend(1);
    world.record(ItemHistoryLost{ItemId(1)});
    world.panel.items.at(ItemId(1)).quota = Quota::bytes(std::int64_t{9} << 30);
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 0U) << "nothing says whose it is";
    world.panel.items.at(ItemId(1)).email = "anna@example.org";
    world.cloud.accounts.at("user_1").email = "anna@example.org";
    EXPECT_EQ(world.plan().destructive_count(), 0U);
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 1U);
    EXPECT_EQ(world.ledger.noted().count(ItemId(1)), 1U);
    world.record(AccountFoundAgain{ItemId(1), ModelController::kServer, "user_1"});
    EXPECT_EQ(world.plan().destructive_count(), 1U);
    world.record(ItemHistoryLost{ItemId(1)});
    world.record(AccountAdopted{ItemId(1), ModelController::kServer, "user_1", "a person"});
    EXPECT_EQ(world.plan().destructive_count(), 1U);
}

TEST_F(Guards, AnAccountIsFoundAgainByTheRowOfALivingItem) {
    const auto found = [&](std::uint32_t id) {
        world.record(ItemHistoryLost{ItemId(id)});
        const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
        const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
        return decide_found_again(world.ledger, desired.servers.front(), actual).size();
    };
    world.panel.items.at(ItemId(1)).email = "anna@example.org";
    world.cloud.accounts.at("user_1").email = "anna@example.org";
    EXPECT_EQ(found(1), 1U);
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    EXPECT_EQ(found(1), 0U) << "closed: somebody else may have its login";
    world.panel.items.at(ItemId(1)).wanted = Wanted::kDisabled;
    EXPECT_EQ(found(1), 1U) << "suspended is living";
    world.panel.items.at(ItemId(1)).understood = false;
    EXPECT_EQ(found(1), 0U);
    world.panel.items.erase(ItemId(1));
    EXPECT_EQ(found(1), 0U);
    world.panel.sell(99).login = "user_1";
    EXPECT_EQ(found(1), 0U) << "another item's row names it";
    world.panel.items.erase(ItemId(99));
    world.panel.sell(1);
    world.cloud.accounts.erase("user_1");
    EXPECT_EQ(found(1), 0U);
    world.panel.sell(1).login = "user_2";
    EXPECT_EQ(found(2), 1U) << "its own row is not the first that names the login";
}

TEST_F(Guards, OnlyWhatWasLostIsFoundAgainAndWhereItWas) {
    DriftObserved drift{ItemId(1), ModelController::kServer, "user_1", {}};
    drift.fields.push_back({DriftField::kQuota, "", ""});
    world.record(drift);
    world.record(AccountAdopted{ItemId(2), ServerId(4), "user_2", "on another cloud"});
    world.record(ItemHistoryLost{ItemId(2)});
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    EXPECT_TRUE(decide_found_again(world.ledger, desired.servers.front(), actual).empty());
}

TEST_F(Guards, WhatThePanelsCountersSayIsRecordedWithAPass) {
    world.panel.mark = {120, 50};
    world.pass();
    EXPECT_EQ(world.ledger.panel().mark, world.panel.mark);
}

TEST_F(Guards, AcceptedStoreForgetsWhatWasUnderWay) {
    Action action(ActionKind::kSetPassword, ModelController::kServer, ItemId(1), "user_1");
    world.record(ActionIntended{"a", action, "secret-1"});
    PanelResultOwed owed;
    owed.operation = 9;
    owed.item = ItemId(2);
    owed.server = ModelController::kServer;
    world.record(owed);
    Action create(ActionKind::kCreate, ModelController::kServer, ItemId(50), "user_50");
    world.record(ActionIntended{"b", create, ""});  // in doubt, and nothing is its own yet
    owed.item = ItemId(51);
    world.record(owed);
    world.record(ItemPaused{ItemId(52), "a test"});
    create = Action(ActionKind::kCreate, ModelController::kServer, ItemId(3), "user_3");
    world.record(ActionIntended{"c", create, "secret-3"});
    ActionSucceeded made;
    made.action_id = "c";
    made.item = ItemId(3);
    made.server = ModelController::kServer;
    made.kind = ActionKind::kCreate;
    world.record(made);  // its password waits for its way to the panel
    ActionSucceeded closed = made;
    closed.item = ItemId(4);
    closed.kind = ActionKind::kDisable;
    closed.retained_until = world.now;
    world.record(closed);
    world.record(ItemVanished{ItemId(4), 1});
    ActionFailed failed;
    failed.item = ItemId(5);
    failed.next_attempt_at = world.now;
    world.record(failed);
    Error why(NextMove::kHuman, "store.older", "older");
    AcceptedStore accepted = accept_store(world.ledger, why);
    EXPECT_EQ(kind_of(accepted.events.front()).name, "store.accepted");
    EXPECT_EQ(accepted.events.size(), 43U) << "each of the forty, and two";
    for (const char* secret : {"secret-1", "secret-3"}) {
        EXPECT_EQ(std::ranges::count(accepted.forget_secrets, secret), 1) << secret;
    }
    EXPECT_EQ(std::ranges::count(accepted.forget_secrets, ""), 0) << "none was sealed";
    for (const Event& event : accepted.events) {
        world.record(event);
    }
    EXPECT_TRUE(world.ledger.item(ItemId(1))->in_doubt.empty());
    EXPECT_TRUE(world.ledger.item(ItemId(2))->owed.empty());
    EXPECT_EQ(world.ledger.item(ItemId(3))->password_ref, "");
    EXPECT_FALSE(world.ledger.item(ItemId(4))->closed_at) << "a retention has its whole length";
    EXPECT_FALSE(world.ledger.item(ItemId(4))->vanished_at);
    EXPECT_FALSE(world.ledger.item(ItemId(4))->vanished_at_pass);
    EXPECT_TRUE(world.ledger.item(ItemId(5))->setbacks.empty());
    EXPECT_FALSE(world.ledger.item(ItemId(50))->unproved) << "it has no account";
}

// The plan of one item, from a reading of one account.
TEST_F(Guards, ANarrowReadingIsNotJudgedByItsSize) {
    suspend(1);
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    DesiredServer one;
    one.id = ModelController::kServer;
    DesiredTable::Builder rows;
    rows.add(desired.servers.front().accounts[desired.servers.front().accounts.find(ItemId(1))]);
    one.accounts = std::move(rows).finish();
    ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    ActualTable::Builder accounts;
    accounts.add(actual.accounts[actual.accounts.find("user_1")]);
    actual.accounts = std::move(accounts).finish();
    actual.narrow = true;
    world.options.diff.now = world.now;
    world.options.guards.now = world.now;
    const auto plan = [&] {
        return make_server_plan({one, desired, actual, world.ledger}, world.options);
    };
    EXPECT_EQ(plan().destructive_count(), 1U);
    world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    actual.accounts = ActualTable();
    EXPECT_TRUE(plan().actions.empty()) << "one look is no proof that an account of ours is gone";
    EXPECT_EQ(plan().held.at(0).hold.code, HoldCode::kIncompleteSnapshot);
    DriftObserved gone{ItemId(1), ModelController::kServer, "user_1", {}};
    gone.fields.push_back({DriftField::kMissing, "user_1", ""});
    world.record(gone);  // as a whole reading found
    EXPECT_EQ(plan().count(ActionKind::kCreate), 1U);
    DesiredTable::Builder new_rows;
    DesiredAccount paid = desired.servers.front().accounts[0];
    paid.item = ItemId(900);
    paid.login = "user_900";
    new_rows.add(paid);
    one.accounts = std::move(new_rows).finish();
    EXPECT_EQ(plan().count(ActionKind::kCreate), 1U) << "who just paid is served at once";
}

// Gone one by one they are made anew; gone at once they wait for a person, also in a narrow plan.
TEST_F(Guards, ManyAccountsThatAreGoneAtOnceAreNotMadeAnew) {
    world.options.guards.max_shrink = 1;  // the size alone would say nothing
    world.show_itself();
    const std::uint64_t owned = world.ledger.owned_count(ModelController::kServer);
    ASSERT_GT(owned, 20U);
    for (std::uint32_t i = 1; i <= 3; ++i) {
        world.cloud.accounts.erase("user_" + std::to_string(i));
        EXPECT_EQ(world.plan().count(ActionKind::kCreate), i);
    }
    world.options.guards.max_absent_share = 3.9 / static_cast<double>(owned);
    world.cloud.accounts.erase("user_4");
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U);
    ModelItem paid;
    paid.id = ItemId(900);
    paid.login = "user_900";
    world.panel.items[paid.id] = paid;
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 1U) << "who just paid is served";
    const HeldAction held = world.plan().held.at(0);
    EXPECT_EQ(held.hold.code, HoldCode::kIncompleteSnapshot);
    EXPECT_NE(held.hold.detail.find(" 4 are gone"), std::string::npos) << held.hold.detail;
    EXPECT_NE(held.hold.remedy.find("accept-readings 3"), std::string::npos) << held.hold.remedy;
    world.options.guards.max_absent_share = 4.1 / static_cast<double>(owned);
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 5U) << "of a large cloud a share";
    world.options.guards.max_absent_share = 0;
    world.pass();  // recorded
    world.cloud.add([] {
        ModelAccount back;
        back.login = "user_1";
        return back;
    }());
    world.cloud.accounts.erase("user_4");
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U) << "four are known to be gone";
    ASSERT_TRUE(world.ledger.server(ModelController::kServer)->cloud_doubt.empty());
    const std::vector<Event> word = accept_readings(world.ledger, ModelController::kServer);
    ASSERT_EQ(word.size(), 1U) << "what the hold says that a person can do";
    world.record(word.front());
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 3U) << "one came back by hand";
    world.pass();
    world.pass();
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_TRUE(accept_readings(world.ledger, ModelController::kServer).empty());
}

TEST(GuardAbsent, AllOfAFewAreMany) {
    ModelController world;
    for (std::uint32_t i = 1; i <= 2; ++i) {
        world.panel.sell(i);
    }
    world.pass();
    world.pass();
    world.cloud.accounts.erase("user_1");
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 1U);
    world.cloud.accounts.erase("user_2");
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U);
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U) << "a closed one is gone as well";
}

TEST(GuardAbsent, TheOnlyOneIsMadeAnew) {
    ModelController world;
    world.panel.sell(1);
    world.pass();
    world.pass();
    world.cloud.accounts.erase("user_1");
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 1U);
}

// What gives waits for no reading: a client who paid gets his service back.
TEST_F(Guards, HalfAReadingHoldsWhatTakesAndNothingElse) {
    suspend(1);
    world.panel.items.at(ItemId(1)).quota = Quota::bytes(std::int64_t{9} << 30);
    world.cloud.accounts.at("user_2").enabled = false;
    world.cloud.complete = false;
    const ServerPlan plan = world.plan();
    EXPECT_EQ(plan.destructive_count(), 0U);
    EXPECT_EQ(plan.count(ActionKind::kSetQuota), 1U) << "of the account whose disable is held";
    EXPECT_EQ(plan.count(ActionKind::kEnable), 1U);
}

TEST_F(Guards, AShrunkenCloudGetsNothingCreated) {
    for (int i = 1; i <= 20; ++i) {
        world.cloud.accounts.erase("user_" + std::to_string(i));
    }
    const ServerPlan plan = world.plan();
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 20U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kIncompleteSnapshot);
}

TEST_F(Guards, AnOldReadingDestroysNothing) {
    suspend(1);
    world.options.guards.max_age = std::chrono::minutes(-1);
    EXPECT_EQ(world.plan().destructive_count(), 0U);
}

TEST_F(Guards, EitherOldReadingDestroysNothing) {
    suspend(1);
    world.cloud.accounts.erase("user_2");
    const auto plan_with_ages = [&](Duration panel, Duration cloud) {
        world.options.diff.now = world.now;
        world.options.guards.now = world.now;
        const DesiredSnapshot desired =
            world.panel.read(ModelController::kServer, world.now - panel, 1);
        const ActualSnapshot actual =
            world.cloud.observe(ModelController::kServer, world.now - cloud, 1);
        return make_server_plan(
            {desired.servers.front(), desired, actual, world.ledger}, world.options
        );
    };
    const Duration limit = world.options.guards.max_age;
    const ServerPlan young = plan_with_ages(limit, limit);
    EXPECT_EQ(young.destructive_count(), 1U);
    EXPECT_EQ(young.count(ActionKind::kCreate), 1U);
    const ServerPlan old_panel = plan_with_ages(limit + Duration(1), limit);
    EXPECT_EQ(old_panel.destructive_count(), 0U);
    EXPECT_EQ(old_panel.count(ActionKind::kCreate), 1U);
    ASSERT_FALSE(old_panel.held.empty());
    EXPECT_NE(old_panel.held.front().hold.detail.find("of the panel is from"), std::string::npos);
    const ServerPlan old_cloud = plan_with_ages(limit, limit + Duration(1));
    EXPECT_TRUE(old_cloud.actions.empty());
    ASSERT_FALSE(old_cloud.held.empty());
    EXPECT_NE(old_cloud.held.front().hold.detail.find("of the cloud is from"), std::string::npos);
}

// A cloud that shows nothing at all is a broken reading, however few accounts it had before.
TEST_F(Guards, AnEmptyCloudGetsNothingCreated) {
    ModelController small;
    ModelItem item;
    item.id = ItemId(1);
    item.login = "user_1";
    small.panel.items[item.id] = item;
    small.cloud.accounts.clear();
    const ServerPlan plan = small.plan();
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kIncompleteSnapshot);
    EXPECT_NE(plan.held.front().hold.detail.find("no accounts at all"), std::string::npos);
}

TEST_F(Guards, APanelWithoutItemsOfTheServerTakesNothingAway) {
    world.panel.items.clear();
    ModelItem other;  // a row of ours, of another server
    other.id = ItemId(41);
    DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    desired.items.push_back(other.id);
    ServerPlan plan;
    plan.server = ModelController::kServer;
    plan.actions.emplace_back(ActionKind::kDelete, plan.server, ItemId(1), "user_1");
    world.options.guards.now = world.now;
    const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    // A ledger that knows no size yet.
    plan = guard_snapshots(
        std::move(plan), {desired.servers.front(), desired, actual, Ledger()}, world.options.guards
    );
    EXPECT_TRUE(plan.actions.empty());
    ServerPlan removed;  // the panel has no such server any more
    removed.server = ServerId(9);
    removed.actions.emplace_back(ActionKind::kDelete, removed.server, ItemId(1), "user_1");
    removed = guard_snapshots(
        std::move(removed),
        {desired.servers.front(), desired, actual, Ledger()},
        world.options.guards
    );
    EXPECT_TRUE(removed.actions.empty());
}

// A suspended item whose account is gone is made again and disabled, or not at all: an account that
// is created and stays enabled would be a service for nothing.
TEST_F(Guards, ASuspendedItemIsNotCreatedWhileItsDisableIsHeld) {
    suspend(1);
    world.cloud.accounts.erase("user_1");
    ASSERT_EQ(world.plan().actions.size(), 2U);
    world.options.policy = Policy::kCreateOnly;
    const ServerPlan plan = world.plan();
    EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
    ASSERT_EQ(plan.held.size(), 2U);
    for (const HeldAction& held : plan.held) {
        EXPECT_EQ(held.hold.code, HoldCode::kPolicy);
        EXPECT_EQ(held.hold, plan.held.front().hold) << "one reason, to be said once";
    }
}

TEST_F(Guards, WithAHeldAdoptionGoesAllThatWouldFollowIt) {
    ServerPlan plan;
    plan.server = ModelController::kServer;
    plan.actions.emplace_back(ActionKind::kAdopt, plan.server, ItemId(50), "anna");
    plan.actions.emplace_back(ActionKind::kSetQuota, plan.server, ItemId(50), "anna");
    plan.actions.emplace_back(ActionKind::kSetQuota, plan.server, ItemId(1), "user_1");
    EXPECT_EQ(apply_policy(plan, Policy::kObserve).held.size(), 3U);
    plan.actions.erase(plan.actions.begin());
    EXPECT_EQ(apply_policy(plan, Policy::kUpsertOnly).actions.size(), 2U);
}

TEST_F(Guards, BackoffHoldsTheItemUntilItsTime) {
    suspend(1);
    Action action(ActionKind::kDisable, ModelController::kServer, ItemId(1), "user_1");
    world.record(ActionIntended{"x", action, ""});
    ASSERT_EQ(world.plan().held.front().hold.code, HoldCode::kInDoubt);
    ActionFailed failed;
    failed.action_id = "x";
    failed.item = ItemId(1);
    failed.server = ModelController::kServer;
    failed.kind = ActionKind::kDisable;
    failed.move = NextMove::kRetryCall;
    failed.what = "connection reset";
    failed.next_attempt_at = world.now + std::chrono::minutes(5);
    world.record(failed);
    ASSERT_EQ(world.plan().held.size(), 1U);
    EXPECT_EQ(world.plan().held.front().hold.code, HoldCode::kBackoff);
    failed.move = NextMove::kHuman;
    world.record(failed);
    EXPECT_EQ(world.plan().held.front().hold.code, HoldCode::kRefused);
    EXPECT_EQ(world.ledger.item(ItemId(1))->setback(ActionKind::kDisable)->failures, 2U);
    EXPECT_TRUE(world.plan().actions.empty());
    world.now += std::chrono::minutes(6);
    EXPECT_EQ(world.plan().actions.size(), 1U);
}

TEST_F(Guards, OwnershipHoldsWhatTheDiffShouldNotHaveSaid) {
    ServerPlan plan;
    plan.server = ModelController::kServer;
    plan.actions.emplace_back(ActionKind::kDelete, plan.server, ItemId(99), "stranger");
    plan.actions.emplace_back(ActionKind::kAdopt, plan.server, ItemId(98), "user_1");
    plan.actions.emplace_back(ActionKind::kSetQuota, plan.server, ItemId(98), "user_1");
    plan.actions.emplace_back(ActionKind::kEnable, plan.server, ItemId(2), "User_2");
    plan = guard_ownership(std::move(plan), world.ledger);
    ASSERT_EQ(plan.actions.size(), 1U);
    EXPECT_EQ(plan.actions.front().item, ItemId(2));
    EXPECT_EQ(plan.held.size(), 3U);
}

TEST_F(Guards, OwnershipGoesByServerAndLogin) {
    ServerPlan plan;
    plan.server = ModelController::kServer;
    plan.actions.emplace_back(ActionKind::kEnable, ServerId(4), ItemId(1), "user_1");
    plan.actions.emplace_back(ActionKind::kEnable, plan.server, ItemId(2), "user_3");
    EXPECT_EQ(guard_ownership(plan, world.ledger).held.size(), 2U);
    ServerPlan gone;
    gone.server = plan.server;
    gone.actions.emplace_back(ActionKind::kEnable, plan.server, ItemId(4), "user_4");
    EXPECT_TRUE(guard_ownership(gone, world.ledger).held.empty());
    world.record(AccountFoundGone{ItemId(4), plan.server, "user_4", "a test"});
    EXPECT_EQ(guard_ownership(gone, world.ledger).held.size(), 1U) << "deleted since";
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    world.options.guards.now = world.now;
    EXPECT_EQ(
        apply_guards(
            plan, {desired.servers.front(), desired, actual, world.ledger}, world.options.guards
        )
            .held.size(),
        2U
    );
}

// Another item's call may have made the account; what would follow the creation is held with it.
TEST_F(Guards, ACreationOfALoginInDoubtIsHeldWithAllThatFollows) {
    Action create(ActionKind::kCreate, ModelController::kServer, ItemId(60), "anna");
    world.record(ActionIntended{"x", create, ""});
    ServerPlan plan;
    plan.server = ModelController::kServer;
    plan.actions.emplace_back(ActionKind::kCreate, plan.server, ItemId(61), "anna");
    plan.actions.emplace_back(ActionKind::kDisable, plan.server, ItemId(61), "anna");
    EXPECT_EQ(guard_ownership(plan, world.ledger).held.size(), 2U);
}

TEST_F(Guards, EachPolicyAllowsWhatItSays) {
    const auto names = [](Policy policy, bool closing) {
        std::string all;
        for (const ActionKind kind : kAllActionKinds) {
            Action action(kind, ServerId(3), ItemId(1), "user_1");
            action.closing = closing;
            all += allowed(policy, action) ? std::string(to_string(kind)) + " " : "";
        }
        return all;
    };
    EXPECT_EQ(names(Policy::kObserve, false), "");
    EXPECT_EQ(names(Policy::kCreateOnly, false), "adopt make-group create set-password ");
    const std::string gives = "make-group create set-password ";
    const std::string changes = "enable set-quota set-email set-name add-group remove-group ";
    EXPECT_EQ(names(Policy::kUpsertOnly, false), "adopt disable " + gives + changes);
    EXPECT_EQ(names(Policy::kUpsertOnly, true), "adopt " + gives + changes);
    EXPECT_EQ(names(Policy::kSync, true), "adopt disable " + gives + changes + "delete ");
}

TEST_F(Guards, EachProtectionStandsForItself) {
    for (const char* login : {"own", "boss", "ldap"}) {
        ModelAccount account;
        account.login = login;
        account.local = account.login != "ldap";
        account.groups = {account.login == "boss" ? "admin" : "friends"};
        world.cloud.add(account);
    }
    world.cloud.own_login = "own";
    const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    const auto code = [&](const char* login) {
        ServerPlan plan;
        plan.actions.emplace_back(ActionKind::kDisable, plan.server, ItemId(1), login);
        plan = guard_protected(std::move(plan), actual);
        return plan.held.empty() ? std::nullopt : std::optional(plan.held.front().hold.code);
    };
    EXPECT_EQ(code("Own"), HoldCode::kProtected);
    EXPECT_EQ(code("boss"), HoldCode::kProtected);
    EXPECT_EQ(code("ldap"), HoldCode::kForeignBackend);
    EXPECT_EQ(code("user_1"), std::nullopt);
}

TEST_F(Guards, ProtectedAccountsAreHeldAgain) {
    world.record(AccountAdopted{ItemId(90), ModelController::kServer, "root", "by mistake"});
    ServerPlan plan;
    plan.server = ModelController::kServer;
    plan.actions.emplace_back(ActionKind::kDisable, plan.server, ItemId(90), "ROOT");
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    world.options.guards.now = world.now;
    plan = apply_guards(
        std::move(plan),
        {desired.servers.front(), desired, actual, world.ledger},
        world.options.guards
    );
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kProtected);
}

TEST_F(Guards, AFieldThatIsFoughtOverIsHeldAfterAWhile) {
    for (int i = 0; i < 3; ++i) {
        world.cloud.accounts.at("user_5").quota = Quota::bytes(0);
        world.cloud.accounts.at("user_5").enabled = false;
        EXPECT_EQ(world.pass().actions.size(), 2U);
    }
    world.cloud.accounts.at("user_5").quota = Quota::bytes(0);
    const ServerPlan plan = world.plan();
    EXPECT_TRUE(plan.actions.empty());
    ASSERT_EQ(plan.held.size(), 1U);
    EXPECT_EQ(plan.held.front().hold.code, HoldCode::kFighting);
    const std::string sold = to_string(world.panel.items.at(ItemId(5)).quota);
    EXPECT_NE(plan.held.front().hold.detail.find("was set to " + sold + " 3 times"), sold.npos)
        << plan.held.front().hold.detail;
    world.now += std::chrono::hours(25);
    EXPECT_EQ(world.plan().actions.size(), 1U);
}

TEST_F(Guards, WhatWasFoughtOverHoldsNeitherAnotherValueNorAClosing) {
    for (int i = 0; i < 3; ++i) {
        world.cloud.accounts.at("user_5").quota = Quota::bytes(0);
        EXPECT_EQ(world.pass().actions.size(), 1U);
    }
    world.panel.items.at(ItemId(5)).quota = Quota::bytes(std::int64_t{9} << 30);
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 1U);
    world.panel.items.at(ItemId(6)).wanted = Wanted::kDisabled;
    for (int i = 0; i < 3; ++i) {
        world.cloud.accounts.at("user_6").enabled = true;
        EXPECT_GE(world.pass().count(ActionKind::kDisable), 1U);
    }
    world.cloud.accounts.at("user_6").enabled = true;
    EXPECT_EQ(world.plan().count(ActionKind::kDisable), 0U);
    world.panel.items.at(ItemId(6)).wanted = Wanted::kAbsent;
    EXPECT_EQ(world.plan().count(ActionKind::kDisable), 1U);
}

TEST_F(Guards, APausedItemIsLeftAlone) {
    suspend(1);
    world.record(ItemPaused{ItemId(1), "asked by the client"});
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_FALSE(world.plan().drift.empty()) << "it is known all the same";
    world.record(ItemResumed{ItemId(1)});
    EXPECT_EQ(world.plan().actions.size(), 1U);
}

TEST_F(Guards, WhatIsStoppedDoesNotGoThroughItemByItem) {
    suspend(1);
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    actual.narrow = true;
    world.options.diff.now = world.now;
    world.options.guards.now = world.now;
    const auto destructive = [&] {
        return make_server_plan(
                   {desired.servers.front(), desired, actual, world.ledger}, world.options
        )
            .destructive_count();
    };
    EXPECT_EQ(destructive(), 1U);
    world.record(PlanStopped{ModelController::kServer, "sum", "too many", 9});
    EXPECT_EQ(destructive(), 0U);
    actual.narrow = false;
    EXPECT_EQ(destructive(), 1U) << "a whole plan is judged anew";
    world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    world.cloud.accounts.at("user_1").enabled = false;
    actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    actual.narrow = true;
    const DesiredSnapshot paid = world.panel.read(ModelController::kServer, world.now, 1);
    EXPECT_EQ(
        make_server_plan({paid.servers.front(), paid, actual, world.ledger}, world.options)
            .count(ActionKind::kEnable),
        1U
    ) << "who paid is served all the same";
}

TEST_F(Guards, AClosedItemsRemovedAccountIsNamed) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    world.pass();
    EXPECT_TRUE(world.plan().gone.empty());
    world.cloud.accounts.erase("user_1");
    const std::vector<GoneAccount> gone = {{ItemId(1), "user_1"}};
    EXPECT_EQ(world.plan().gone, gone);
    EXPECT_TRUE(world.plan().actions.empty());
    world.record(PanelSeen{{120, 50}});
    world.panel.mark = {119, 50};
    EXPECT_TRUE(world.plan().gone.empty()) << "in older data nothing is forgotten";
    world.panel.mark = {120, 50};
    world.cloud.complete = false;
    EXPECT_TRUE(world.plan().gone.empty());
}

// A host that was set back to an older day, and forward again.
TEST_F(Guards, RowsAndAccountsThatWentTogetherAreNotMadeAnewWithoutAWord) {
    const std::map<ItemId, ModelItem> rows = world.panel.items;
    for (std::uint32_t i = 1; i <= 6; ++i) {
        world.panel.items.erase(ItemId(i));
        world.cloud.accounts.erase("user_" + std::to_string(i));
    }
    world.pass();
    world.panel.items = rows;
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 0U);
    world.pass();
    world.record(ServerResumed{ModelController::kServer});
    EXPECT_EQ(world.plan().count(ActionKind::kCreate), 6U);
}

// Item 2 made the account anew after item 1's was gone; item 1, closed, must not take it away.
TEST_F(Guards, AClosedItemLeavesItsSuccessorsAccountAlone) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    world.pass();
    world.cloud.accounts.erase("user_1");
    ModelItem next;
    next.id = ItemId(50);
    next.login = "User_1";
    next.login_saved = true;
    world.panel.items[next.id] = next;
    EXPECT_EQ(world.pass().count(ActionKind::kCreate), 1U);
    for (int i = 0; i < 3; ++i) {
        const ServerPlan plan = world.pass();
        EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
    }
    world.panel.items.at(next.id).wanted = Wanted::kAbsent;
    EXPECT_GE(world.pass().count(ActionKind::kDisable), 1U) << "both are closed now";
}

// A plan of one item must see who else claims the login.
TEST_F(Guards, AClosedItemAloneInItsPlanTakesNothing) {
    ModelAccount account;
    account.login = "anna";
    world.cloud.add(account);
    for (const std::uint32_t id : {60U, 61U}) {
        ModelItem item;
        item.id = ItemId(id);
        item.login = "anna";
        item.login_saved = true;
        item.wanted = id == 61 ? Wanted::kAbsent : Wanted::kEnabled;
        world.panel.items[item.id] = item;
    }
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    DesiredServer narrow;
    narrow.id = ModelController::kServer;
    DesiredTable::Builder builder;
    builder.add(desired.servers.front().accounts[desired.servers.front().accounts.find(ItemId(61))]
    );
    narrow.accounts = std::move(builder).finish();
    ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    actual.narrow = true;
    world.options.diff.now = world.now;
    const ServerPlan plan = diff({narrow, desired, actual, world.ledger}, world.options.diff);
    EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
}

TEST(ResolveDoubt, TakesNoAccountThatNoCallOfOursMakes) {
    LedgerItem item;
    OwnedActualAccount found;
    found.login = "user_7";
    found.quota = Quota::unlimited();
    Action made(ActionKind::kCreate, ServerId(3), item.item, "user_7");
    made.create.emplace().quota = Quota::unlimited();
    EXPECT_TRUE(resolve_doubt({"a", made, "", {}}, found).took_effect);
    found.admin = true;
    EXPECT_FALSE(resolve_doubt({"a", made, "", {}}, found).took_effect);
    found.admin = false;
    found.local_backend = false;
    EXPECT_FALSE(resolve_doubt({"a", made, "", {}}, found).took_effect);
}

TEST(ResolveDoubt, GoesByMeaning) {
    LedgerItem item;
    item.item = ItemId(7);
    OwnedActualAccount found;
    found.login = "User_7";
    found.email = "a@example.org";
    found.quota = Quota::bytes(5'046'586'573);
    found.groups = {"pro"};
    const auto took = [&](ActionKind kind, auto change) {
        Action action(kind, ServerId(3), item.item, "user_7");
        change(action);
        return resolve_doubt({"a", action, "", {}}, found).took_effect;
    };
    const auto same = [](Action&) {};
    EXPECT_FALSE(took(ActionKind::kCreate, same)) << "no word of what was asked for";
    EXPECT_TRUE(took(ActionKind::kCreate, [](Action& a) {
        a.create.emplace().quota = Quota::bytes(5'000'000'000);
        a.create->email = "a@example.org";
        a.create->group = "pro";
    }));
    EXPECT_TRUE(took(ActionKind::kEnable, same));
    EXPECT_FALSE(took(ActionKind::kDisable, same));
    EXPECT_FALSE(took(ActionKind::kDelete, same));
    EXPECT_FALSE(took(ActionKind::kSetPassword, same));
    EXPECT_TRUE(took(ActionKind::kSetQuota, [](Action& a) {
        a.quota = Quota::bytes(5'000'000'000);
    }));
    EXPECT_TRUE(took(ActionKind::kSetEmail, [](Action& a) { a.value = "A@example.org"; }));
    EXPECT_TRUE(took(ActionKind::kAddGroup, [](Action& a) { a.value = "pro"; }));
    EXPECT_FALSE(took(ActionKind::kRemoveGroup, [](Action& a) { a.value = "pro"; }));
    EXPECT_FALSE(took(ActionKind::kAddGroup, [](Action& a) { a.value = "basic"; }));
    EXPECT_TRUE(took(ActionKind::kRemoveGroup, [](Action& a) { a.value = "basic"; }));
    found.details_known = false;
    EXPECT_FALSE(took(ActionKind::kEnable, same));
    const Action gone(ActionKind::kDelete, ServerId(3), item.item, "user_7");
    EXPECT_TRUE(resolve_doubt({"a", gone, "", {}}, std::nullopt).took_effect);
    const Action made(ActionKind::kCreate, ServerId(3), item.item, "user_7");
    EXPECT_FALSE(resolve_doubt({"a", made, "", {}}, std::nullopt).took_effect);
}

}  // namespace
}  // namespace bn::testing::guard_test
