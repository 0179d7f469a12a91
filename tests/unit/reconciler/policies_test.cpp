// What the configuration may ask for beside what was sold: groups that are made, suspended accounts
// that stay readable, retentions by tariff, display names that are kept.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::policies_test {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr std::uint32_t kTariff = 17;

// Items 1 and 2 are open, of one client's tariff 17, on a Nextcloud.
class Policies : public ::testing::Test {
  protected:
    void SetUp() override {
        ServerObserved seen;
        seen.server = ModelController::kServer;
        seen.product = "Nextcloud";
        world.record(Event(std::move(seen)));
        world.cloud.groups = {"admin", "basic"};
        for (std::uint32_t id = 1; id <= 2; ++id) {
            ModelItem& item = world.panel.sell(id, true);
            item.tariff = kTariff;
            item.display_name = "Anna " + std::to_string(id);
        }
        world.pass();
        world.pass();
        ASSERT_TRUE(world.plan().actions.empty()) << world.plan().canonical_text();
    }

    ModelItem& sold(std::uint32_t id = 1) { return world.panel.items.at(ItemId(id)); }

    ModelAccount& account(std::uint32_t id = 1) {
        return world.cloud.accounts.at("user_" + std::to_string(id));
    }

    // The kinds of the plan's actions, in their order.
    [[nodiscard]] std::string steps() const {
        std::string all;
        for (const Action& action : world.plan().actions) {
            all += std::string(to_string(action.kind)) + " ";
        }
        return all;
    }

    [[nodiscard]] std::optional<Hold> hold() const {
        const ServerPlan plan = world.plan();
        return plan.held.empty() ? std::nullopt : std::optional(plan.held.front().hold);
    }

    ModelController world;
};

// ---- groups that tariffs name and the cloud lacks

class MadeGroups : public Policies {
  protected:
    void SetUp() override {
        Policies::SetUp();
        world.options.diff.make_groups = true;
        world.panel.managed_groups = {"basic", "gold"};
    }
};

TEST_F(MadeGroups, AreHeldUnlessTheConfigurationSaysSo) {
    world.options.diff.make_groups = false;
    sold().group = "gold";
    EXPECT_EQ(steps(), "");
    ASSERT_TRUE(hold());
    EXPECT_EQ(hold()->code, HoldCode::kMissingGroup);
}

TEST_F(MadeGroups, ComeBeforeTheMoveThatNeedsThem) {
    sold().group = "gold";
    EXPECT_EQ(steps(), "make-group add-group ");
    world.pass();
    EXPECT_EQ(world.cloud.groups, (std::vector<std::string>{"admin", "basic", "gold"}));
    EXPECT_TRUE(account().groups.contains("gold"));
    sold(2).group = "gold";
    EXPECT_EQ(steps(), "add-group ") << "it is there by now";
}

TEST_F(MadeGroups, ComeBeforeTheCreateThatNeedsThem) {
    world.panel.sell(3).group = "gold";
    const ServerPlan plan = world.plan();
    EXPECT_EQ(steps(), "make-group create ");
    EXPECT_EQ(plan.actions.back().create->group, "gold");
    world.pass();
    EXPECT_TRUE(account(3).groups.contains("gold"));
    EXPECT_EQ(steps(), "");
}

TEST_F(MadeGroups, AreMadeForNobodyWhoNeedsNone) {
    sold().group = "basic";
    EXPECT_EQ(steps(), "add-group ") << "gold is named by a tariff, and by no service";
    sold().group = "";
    sold().wanted = Wanted::kAbsent;
    EXPECT_EQ(steps(), "disable ");
}

TEST_F(MadeGroups, AreNeverOfAdministratorsNorOfNamesThatMisleadOrAreRefused) {
    for (const char* name :
         {"admin", "Admin", "ADMIN", "Basic", "a/b", " gold", "gold ", "go\tld"}) {
        sold().group = name;
        EXPECT_EQ(steps(), "") << name;
        ASSERT_TRUE(hold()) << name;
    }
    sold().group = std::string(65, 'g');
    EXPECT_EQ(steps(), "");
    sold().group = std::string(64, 'g');
    EXPECT_EQ(steps(), "make-group add-group ");
    sold().group = "7";
    EXPECT_EQ(steps(), "") << "which one was chosen is not known";
}

TEST_F(MadeGroups, AreNotMadeWhereThePolicyForbidsTheMove) {
    world.options.policy = Policy::kCreateOnly;
    sold().group = "gold";
    EXPECT_EQ(steps(), "");
    world.panel.sell(3).group = "gold";
    EXPECT_EQ(steps(), "make-group create ");
    world.options.policy = Policy::kObserve;
    EXPECT_EQ(steps(), "");
}

TEST_F(MadeGroups, AreNotMadeWhereGroupsAreNotManaged) {
    world.options.diff.manage_groups = false;
    sold().group = "gold";
    world.panel.sell(3).group = "gold";
    EXPECT_EQ(steps(), "create ");
}

TEST_F(MadeGroups, WhatNeedsOneWaitsForItAfterAFailure) {
    sold().group = "gold";
    ActionFailed failed;
    failed.item = ItemId(1);
    failed.server = ModelController::kServer;
    failed.kind = ActionKind::kMakeGroup;
    failed.next_attempt_at = world.now + kDay;
    world.record(failed);
    EXPECT_EQ(steps(), "");
    failed.kind = ActionKind::kAddGroup;
    world.record(DriftCleared{ItemId(1)});
    world.record(failed);
    EXPECT_EQ(steps(), "") << "nor is it made for a membership that waits";
}

TEST_F(MadeGroups, NothingWaitsForOneThatSomebodyMadeMeanwhile) {
    world.panel.sell(3).group = "gold";
    ActionFailed failed;
    failed.item = ItemId(3);
    failed.server = ModelController::kServer;
    failed.kind = ActionKind::kMakeGroup;
    failed.next_attempt_at = world.now + kDay;
    world.record(failed);
    EXPECT_EQ(steps(), "");
    world.cloud.groups.emplace_back("gold");
    EXPECT_EQ(steps(), "create ");
}

TEST_F(MadeGroups, TwoTariffsThatDifferInCaseGetNone) {
    world.panel.managed_groups = {"basic", "gold", "Gold"};
    sold().group = "gold";
    EXPECT_EQ(steps(), "");
    ASSERT_TRUE(hold());
    EXPECT_EQ(hold()->code, HoldCode::kMissingGroup);
}

TEST_F(MadeGroups, InDoubtAreAskedForAgain) {
    sold().group = "gold";
    const ServerPlan plan = world.plan();
    const PendingAction lost{"lost", plan.actions.front(), "", world.now};
    world.record(ActionIntended{"lost", plan.actions.front(), ""});
    EXPECT_EQ(steps(), "");
    const DoubtEnd end = settle_doubt(
        {world.ledger, world.now},
        lost,
        world.cloud.look("user_1"),
        ActionRules(),
        CallHeard::kNothing
    );
    ASSERT_TRUE(end.settled);
    EXPECT_FALSE(end.took_effect);
    for (const Event& event : end.events) {
        world.record(event);
    }
    EXPECT_EQ(steps(), "make-group add-group ");
}

// ---- suspended accounts that stay readable

class ReadOnly : public Policies {
  protected:
    void SetUp() override {
        Policies::SetUp();
        world.options.diff.overdue = Overdue::kReadOnly;
        account().used = 3 << 20;
        account().has_files = true;
    }
};

TEST_F(ReadOnly, AQuotaOfNothingStandsForTheSuspensionAndIsTakenBack) {
    const Quota was = account().quota;
    sold().wanted = Wanted::kDisabled;
    const ServerPlan plan = world.plan();
    ASSERT_EQ(steps(), "set-quota ");
    EXPECT_EQ(plan.actions.front().quota, Quota::bytes(0));
    EXPECT_EQ(plan.actions.front().harm, Harm::kDisable) << "it counts as a suspension";
    world.pass();
    EXPECT_TRUE(account().enabled);
    EXPECT_EQ(account().quota, Quota::bytes(0));
    EXPECT_EQ(steps(), "") << "and it rests";
    EXPECT_TRUE(world.plan().drift.empty());
    EXPECT_TRUE(world.plan().held.empty());
    sold().wanted = Wanted::kEnabled;
    ASSERT_EQ(steps(), "set-quota ");
    EXPECT_EQ(world.plan().actions.front().harm, Harm::kNone);
    EXPECT_EQ(
        world.plan().actions.front().reason, "the item is active: its account takes files again"
    );
    world.pass();
    EXPECT_EQ(account().quota, was);
    EXPECT_EQ(steps(), "");
}

TEST_F(ReadOnly, CountsAgainstTheLimitOfSuspensionsAndNoOther) {
    HarmLimits limits;
    limits.of.fill({{0}, {0}});
    limits[Harm::kDisable] = {{1}, {1}};
    world.options.guards.limits.server = limits;
    world.options.guards.limits.all = limits;
    sold().wanted = Wanted::kDisabled;
    EXPECT_EQ(steps(), "set-quota ");
    sold(2).wanted = Wanted::kDisabled;
    EXPECT_EQ(steps(), "") << "two are too many";
    ASSERT_TRUE(hold());
    EXPECT_EQ(hold()->code, HoldCode::kBlastRadius);
}

TEST_F(ReadOnly, ATariffHasItsOwnWay) {
    world.options.diff.overdue_of_tariff = {{kTariff, Overdue::kDisable}};
    sold().wanted = Wanted::kDisabled;
    EXPECT_EQ(steps(), "disable ");
    world.options.diff.overdue = Overdue::kDisable;
    world.options.diff.overdue_of_tariff = {{kTariff, Overdue::kReadOnly}};
    EXPECT_EQ(steps(), "set-quota ");
    sold().tariff = kTariff + 1;
    EXPECT_EQ(steps(), "disable ");
}

TEST_F(ReadOnly, AnAccountThatWasDisabledWorksOnlyOnceItTakesNothing) {
    world.options.diff.overdue = Overdue::kDisable;
    sold().wanted = Wanted::kDisabled;
    world.pass();
    ASSERT_FALSE(account().enabled);
    world.options.diff.overdue = Overdue::kReadOnly;
    EXPECT_EQ(steps(), "set-quota ") << "not before it takes no files";
    world.pass();
    EXPECT_EQ(steps(), "enable ");
    world.pass();
    EXPECT_TRUE(account().enabled);
    EXPECT_EQ(steps(), "");
    world.options.diff.overdue = Overdue::kDisable;
    EXPECT_EQ(steps(), "disable ") << "and back";
}

TEST_F(ReadOnly, AnAccountThatIsGoneIsMadeReadOnly) {
    sold().wanted = Wanted::kDisabled;
    world.pass();
    world.cloud.accounts.erase("user_1");
    const ServerPlan plan = world.plan();
    ASSERT_EQ(steps(), "create ");
    EXPECT_EQ(plan.actions.front().create->quota, Quota::bytes(0));
}

TEST_F(ReadOnly, NothingIsGivenBackBeforeTheAccountIsDisabled) {
    const Quota was = account().quota;
    sold().wanted = Wanted::kDisabled;
    world.pass();
    ASSERT_EQ(account().quota, Quota::bytes(0));
    world.options.diff.overdue = Overdue::kDisable;
    world.options.guards.limits.server[Harm::kDisable] = {{0}, {0}};
    world.pass();
    EXPECT_TRUE(account().enabled) << "it waits for an approval";
    EXPECT_EQ(account().quota, Quota::bytes(0)) << "and he stores nothing meanwhile";
    world.options.guards.limits.server[Harm::kDisable] = {{9}, {9}};
    world.pass();
    EXPECT_FALSE(account().enabled);
    world.pass();
    EXPECT_EQ(account().quota, was);
}

TEST_F(ReadOnly, AnAccountWhoseQuotaIsNotToldIsHeld) {
    sold().wanted = Wanted::kDisabled;
    account().quota = Quota::unknown();
    EXPECT_EQ(steps(), "");
    ASSERT_TRUE(hold());
    EXPECT_EQ(hold()->code, HoldCode::kIncompleteRead);
}

TEST_F(ReadOnly, IsNotHeldUpByAnotherQuotaThatFailed) {
    sold().quota = Quota::bytes(7);
    world.record(ActionIntended{"vain", world.plan().actions.front(), ""});
    ActionFailed failed;
    failed.action_id = "vain";
    failed.item = ItemId(1);
    failed.server = ModelController::kServer;
    failed.kind = ActionKind::kSetQuota;
    failed.next_attempt_at = world.now + kDay;
    world.record(failed);
    EXPECT_EQ(steps(), "");
    sold().wanted = Wanted::kDisabled;
    EXPECT_EQ(steps(), "set-quota ");
}

TEST_F(ReadOnly, IsDisabledWhereNobodyKnowsWhatItDoesOrHowItIsTakenBack) {
    ServerObserved seen;
    seen.server = ModelController::kServer;
    seen.product = "ownCloud";
    world.record(Event(seen));
    sold().wanted = Wanted::kDisabled;
    EXPECT_EQ(steps(), "disable ");
    seen.product = "Nextcloud";
    world.record(Event(seen));
    sold().quota = Quota();
    EXPECT_EQ(steps(), "disable ");
}

TEST_F(ReadOnly, ClosingIsAsItWas) {
    sold().wanted = Wanted::kDisabled;
    world.pass();
    sold().wanted = Wanted::kAbsent;
    EXPECT_EQ(steps(), "disable ");
    EXPECT_TRUE(world.plan().actions.front().closing);
}

// ---- retentions by tariff

class Retentions : public Policies {
  protected:
    void close(std::uint32_t id) {
        sold(id).wanted = Wanted::kAbsent;
        world.pass();
        ASSERT_FALSE(account(id).enabled);
    }

    void watch(int hours) {
        for (int hour = 0; hour < hours; ++hour) {
            world.now += std::chrono::hours(1);
            world.look();
        }
    }
};

TEST_F(Retentions, ATariffHasItsOwn) {
    sold(2).tariff = kTariff + 1;
    world.pass();
    world.options.diff.retention.by_tariff = {{kTariff, 2 * kDay}};
    close(1);
    close(2);
    EXPECT_EQ(
        *world.ledger.item(ItemId(2))->retained_until -
            *world.ledger.item(ItemId(1))->retained_until,
        12 * kDay + std::chrono::minutes(10)
    );
    watch(47);
    EXPECT_EQ(steps(), "");
    watch(2);
    EXPECT_EQ(steps(), "delete ");
    EXPECT_EQ(world.plan().actions.front().item, ItemId(1));
}

TEST_F(Retentions, OfNothingWaitsForNoTimeAndForAllElse) {
    world.options.diff.retention.by_tariff = {{kTariff, Duration{0}}};
    sold().wanted = Wanted::kAbsent;
    ASSERT_EQ(steps(), "disable ") << "never deleted in one step";
    world.pass();
    EXPECT_EQ(steps(), "delete ");
    // The limits stay.
    LimitRules limits = world.options.guards.limits;
    world.options.guards.limits.server[Harm::kDelete] = {{0}, {0}};
    world.options.guards.limits.all[Harm::kDelete] = {{0}, {0}};
    EXPECT_EQ(steps(), "");
    world.options.guards.limits = limits;
    // What is incomplete justifies nothing.
    world.cloud.complete = false;
    EXPECT_EQ(steps(), "");
    world.cloud.complete = true;
    // It is asked once more before the call.
    const PendingAction intent{"a", world.plan().actions.front(), "", world.now};
    ActionRules rules;
    rules.retention = world.options.diff.retention;
    rules.limits = world.options.guards.limits;
    EXPECT_EQ(start_action(world.ledger, intent, {}, rules).move, StartMove::kPanel);
    sold().wanted = Wanted::kEnabled;
    const DesiredSnapshot bought =
        world.panel.read(ModelController::kServer, world.now, world.seed);
    EXPECT_EQ(start_action(world.ledger, intent, {&bought}, rules).move, StartMove::kLeave);
    sold().wanted = Wanted::kAbsent;
    // Nor is an account deleted that another item has by then.
    world.record(AccountHandedOver{ItemId(1), ModelController::kServer, "user_1", ItemId(2)});
    EXPECT_EQ(steps(), "");
}

TEST_F(Retentions, AShortOneIsJudgedByShorterSteps) {
    Retention retention(14 * kDay);
    EXPECT_EQ(retention.shortest(), 14 * kDay);
    retention.by_tariff = {{1, Duration{0}}, {2, kDay}, {3, 30 * kDay}};
    EXPECT_EQ(retention.shortest(), kDay) << "nobody waits with the one of nothing";
    world.options.diff.retention.by_tariff = {{kTariff, kDay}};
    close(1);
    world.now += 3 * kDay;
    EXPECT_EQ(steps(), "") << "a pause is no time in which anybody looked";
}

// ---- display names

class KeptNames : public Policies {
  protected:
    void SetUp() override {
        Policies::SetUp();
        world.options.diff.keep_names = true;
        world.cloud.names = true;
    }
};

TEST_F(KeptNames, AreSetOnceUnlessTheConfigurationSaysSo) {
    world.options.diff.keep_names = false;
    world.cloud.names = false;
    account().display_name = "Somebody";
    sold(2).display_name = "Berta";
    EXPECT_EQ(steps(), "");
    EXPECT_TRUE(world.plan().drift.empty());
}

TEST_F(KeptNames, FollowThePanelAndAreTakenBack) {
    sold().display_name = "Berta";
    const ServerPlan plan = world.plan();
    ASSERT_EQ(steps(), "set-name ");
    EXPECT_EQ(plan.actions.front().before, "Anna 1");
    EXPECT_EQ(plan.actions.front().value, "Berta");
    EXPECT_EQ(plan.drift.front().mask(), static_cast<DriftMask>(DriftField::kName));
    world.pass();
    EXPECT_EQ(account().display_name, "Berta");
    EXPECT_EQ(steps(), "");
    account(2).display_name = "The boss";
    EXPECT_EQ(steps(), "set-name ");
    sold(2).wanted = Wanted::kAbsent;
    EXPECT_EQ(steps(), "disable ") << "of who leaves no name is kept";
}

TEST_F(KeptNames, ThatAreNotKnownOrTheSameAsTheCloudKeepsThemDifferInNothing) {
    sold().display_name = "  Anna 1\t";
    EXPECT_EQ(steps(), "");
    sold().display_name = "   ";
    EXPECT_EQ(steps(), "");
    sold().display_name = "";
    EXPECT_EQ(steps(), "");
    sold().display_name = "Anna 1";
    account().display_name = "";
    EXPECT_EQ(steps(), "") << "the cloud did not say";
}

TEST_F(KeptNames, ThatDoNotStayAreFoughtOver) {
    for (std::uint32_t i = 0; i < world.options.diff.fight_limit; ++i) {
        account().display_name = "The boss";
        ASSERT_EQ(steps(), "set-name ");
        world.pass();
    }
    account().display_name = "The boss";
    EXPECT_EQ(steps(), "");
    ASSERT_TRUE(hold());
    EXPECT_EQ(hold()->code, HoldCode::kFighting);
}

TEST(ActualTable, KeepsNamesWhereItIsTold) {
    ActualTable::Builder builder;
    builder.keep_names();
    const std::pair<const char*, const char*> accounts[] = {
        {"zoe", "Zoe Z"}, {"anna", "Anna A"}, {"bob", ""}, {"anna", "Anna B"}};
    std::uint16_t part = 0;
    for (const auto& [login, name] : accounts) {
        ActualAccount account;
        account.login = login;
        account.display_name = name;
        builder.add(account, part++);
    }
    const ActualTable table = std::move(builder).finish();
    ASSERT_EQ(table.size(), 3U);
    EXPECT_EQ(table.display_name(0), "Anna B") << "the later part";
    EXPECT_EQ(table.display_name(1), "");
    EXPECT_EQ(table.display_name(2), "Zoe Z");
    EXPECT_EQ(table[2].display_name, "Zoe Z");
}

}  // namespace
}  // namespace bn::testing::policies_test
