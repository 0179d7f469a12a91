// What may be taken from clients without a person's word.
#include "reconciler/plan/limits.hpp"

#include <gtest/gtest.h>

#include "reconciler/decide/action.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/events/events.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::limits_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// ---- the anchors of the built-in limits

std::uint64_t an_hour(Harm harm, std::uint64_t accounts) {
    return default_limits()[harm].hour.of(accounts);
}

std::uint64_t a_day(Harm harm, std::uint64_t accounts) {
    return default_limits()[harm].day.of(accounts);
}

TEST(DefaultLimits, LetThroughWhatAProvidersNightBrings) {
    EXPECT_EQ(an_hour(Harm::kDisable, 40), 5U);
    EXPECT_EQ(a_day(Harm::kDisable, 100), 10U);
    EXPECT_GE(an_hour(Harm::kDisable, 10'000), 150U);
    EXPECT_EQ(a_day(Harm::kDelete, 10'000), 30U);
    EXPECT_EQ(an_hour(Harm::kDelete, 10'000), 30U);
    for (const Harm for_good : {Harm::kDelete, Harm::kCutBelowUse}) {
        EXPECT_EQ(a_day(for_good, 100), 3U) << "a fourth waits";
    }
    for (const Harm harm : kAllHarms) {
        EXPECT_LE(an_hour(harm, 1000), a_day(harm, 1000)) << to_string(harm);
        EXPECT_LE(an_hour(Harm::kDelete, 1000), an_hour(harm, 1000)) << to_string(harm);
    }
}

TEST(LimitTexts, AreReadAsTheyArePrintedAndNothingElseIs) {
    for (const Harm harm : kAllHarms) {
        const Limit limit = default_limits()[harm];
        EXPECT_EQ(parse_limit(to_string(limit)), limit) << to_string(limit);
    }
    const Limit all{{5, 0.015, 100}, {10, 0.02}};
    EXPECT_EQ(to_string(all), "5 or 1.5% up to 100 an hour, 10 or 2% a day");
    EXPECT_EQ(parse_limit(to_string(all)), all);
    EXPECT_EQ(parse_limit("0 an hour, 0 a day"), Limit());
    for (const char* bad :
         {"",
          "5",
          "5 an hour",
          "10 a day, 5 an hour",
          "-1 an hour, 2 a day",
          "5 or 101% an hour, 10 a day",
          "5 or % an hour, 10 a day",
          "1.5% an hour, 2% a day",
          "99999999999 an hour, 1 a day",
          "5 an hour, 10 a day ",
          "5 an hour,10 a day"}) {
        EXPECT_FALSE(parse_limit(bad).has_value()) << bad;
    }
}

TEST(Allowances, AreTheCountOrTheShareIfThatIsMoreUpToItsEnd) {
    const Allowance allowance{5, 0.1, 20};
    EXPECT_EQ(allowance.of(0), 5U);
    EXPECT_EQ(allowance.of(59), 5U);
    EXPECT_EQ(allowance.of(60), 6U);
    EXPECT_EQ(allowance.of(1000), 20U);
}

// ---- the memory

TEST(HarmDone, IsCountedForAnHourAndForADay) {
    const Time begin{hours(1000)};
    std::vector<HarmDone> done;
    add_harm(done, Harm::kDisable, begin);
    add_harm(done, Harm::kDisable, begin + minutes(2));
    add_harm(done, Harm::kDisable, begin + minutes(6));
    add_harm(done, Harm::kCutBelowUse, begin + minutes(6));
    EXPECT_EQ(done.size(), 3U) << "in steps, so that a wave takes no space";
    const auto within = [&done](Harm harm, Time now, Duration window) {
        return harm_within(done, harm, now, window);
    };
    EXPECT_EQ(within(Harm::kDisable, begin + hours(1), hours(1)), 3U);
    EXPECT_EQ(within(Harm::kDisable, begin + hours(1) + minutes(5), hours(1)), 1U);
    EXPECT_EQ(within(Harm::kDisable, begin + hours(24), hours(24)), 3U);
    EXPECT_EQ(within(Harm::kDisable, begin + hours(25), hours(24)), 0U);
    EXPECT_EQ(within(Harm::kCutQuota, begin + hours(1), hours(1)), 1U) << "it is a cut as well";
    EXPECT_EQ(within(Harm::kDelete, begin + hours(1), hours(1)), 0U);
    take_back_harm(done, Harm::kDisable, begin + minutes(2));
    EXPECT_EQ(within(Harm::kDisable, begin + hours(1), hours(1)), 2U);
    take_back_harm(done, Harm::kDelete, begin);
    take_back_harm(done, Harm::kDisable, begin - hours(3));
    EXPECT_EQ(within(Harm::kDisable, begin + hours(1), hours(1)), 2U) << "what was not done";
    add_harm(done, Harm::kDelete, begin + hours(30));
    EXPECT_EQ(done.size(), 1U) << "what nobody asks for any more is forgotten";
}

// ---- in the controller

class Limited : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t i = 1; i <= 40; ++i) {
            sell(i);
        }
        world.pass();
        world.pass();
        world.options.guards.limits = {};
        world.options.diff.retention = hours(24 * 14);
        ASSERT_TRUE(world.plan().actions.empty());
    }

    void sell(std::uint32_t item) {
        world.panel.sell(item).quota = Quota::bytes(std::int64_t{10} << 30);
    }

    ModelItem& row(std::uint32_t item) { return world.panel.items.at(ItemId(item)); }

    ModelAccount& account(std::uint32_t item) {
        return world.cloud.accounts.at("user_" + std::to_string(item));
    }

    std::size_t disabled() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            world.cloud.accounts, [](const auto& entry) { return !entry.second.enabled; }
        ));
    }

    ModelController world;
};

TEST_F(Limited, ClosingsOneByOneAreNoWayAround) {
    for (std::uint32_t i = 1; i <= 30; ++i) {
        row(i).wanted = i % 6 == 0 ? Wanted::kAbsent : Wanted::kDisabled;
        world.pass();  // ten minutes
    }
    EXPECT_LE(disabled(), 10U) << "5 an hour, and 10 a day";
    EXPECT_GE(disabled(), 5U);
    const ServerPlan plan = world.plan();
    EXPECT_FALSE(plan.stopped.empty());
    EXPECT_EQ(plan.staged().actions.size(), 30U - disabled());
    row(35).quota = Quota::bytes(std::int64_t{20} << 30);
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 1U) << "what gives goes on";
}

TEST_F(Limited, AFewThatWaitGoThroughOnceTheHourIsOver) {
    for (std::uint32_t i = 1; i <= 5; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    EXPECT_EQ(disabled(), 5U);
    row(6).wanted = Wanted::kDisabled;
    world.pass();
    EXPECT_EQ(disabled(), 5U);
    world.now += hours(1);
    world.pass();
    EXPECT_EQ(disabled(), 6U);
    for (std::uint32_t i = 7; i <= 10; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    EXPECT_EQ(disabled(), 10U);
    world.now += hours(2);
    row(11).wanted = Wanted::kDisabled;
    world.pass();
    EXPECT_EQ(disabled(), 10U) << "ten a day";
    world.now += hours(22);
    world.pass();
    EXPECT_EQ(disabled(), 11U);
}

TEST_F(Limited, ClosingWhatIsSuspendedAlreadyTakesNothingAway) {
    for (std::uint32_t i = 1; i <= 5; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    for (std::uint32_t i = 1; i <= 5; ++i) {
        row(i).wanted = Wanted::kAbsent;
    }
    const ServerPlan plan = world.plan();
    EXPECT_EQ(plan.count(ActionKind::kDisable), 5U) << plan.stopped;
}

TEST_F(Limited, WhatAPersonApprovedLeavesTheLimitAsItWas) {
    for (std::uint32_t i = 1; i <= 20; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    row(40).email = "new@example.org";
    world.record(approve_plan(ModelController::kServer, world.plan().staged().canonical_text()));
    EXPECT_FALSE(world.plan().actions.back().approved) << "this was within its limit";
    world.pass();
    EXPECT_EQ(disabled(), 20U);
    row(21).wanted = Wanted::kDisabled;
    world.pass();
    EXPECT_EQ(disabled(), 21U) << "one more client who did not pay";
    for (std::uint32_t i = 22; i <= 30; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    EXPECT_FALSE(world.plan().stopped.empty()) << "an approval counts once";
}

TEST_F(Limited, AnApprovalIsOfWhatWaitsAndEndsAfterAnHour) {
    for (std::uint32_t i = 1; i <= 20; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    EXPECT_EQ(disabled(), 0U);
    const std::string sum = world.plan().staged().canonical_text();
    world.record(PlanStopped{ModelController::kServer, sum, "too many", 20});
    EXPECT_FALSE(decide_approved(world.ledger, "another sum of it", "")) << "nobody asked for that";
    EXPECT_FALSE(decide_approved(world.ledger, sum.substr(0, 5), "")) << "that names too little";
    const auto approved = decide_approved(world.ledger, sum.substr(0, 16), "a person looked");
    ASSERT_TRUE(approved && approved->size() == 1);
    EXPECT_EQ(std::get<PlanApproved>(approved->front()).reason, "a person looked");
    world.record(approved->front());
    EXPECT_TRUE(world.plan().stopped.empty());
    world.now += hours(1);
    EXPECT_FALSE(world.plan().stopped.empty()) << "that was long ago";
}

// One that is taken back lets no others go; a person says so of those that are left.
TEST_F(Limited, DeletesThatWereTooManyWaitUntilNoneIsLeftOrTheyAreApproved) {
    for (std::uint32_t i = 1; i <= 4; ++i) {
        row(i).wanted = Wanted::kAbsent;
    }
    world.pass();
    for (int days = 0; days < 40; ++days) {
        world.now += hours(24);
        world.pass();
    }
    const auto deletes = [&] { return world.plan().count(ActionKind::kDelete); };
    const ServerPlan four = world.plan();
    ASSERT_EQ(four.staged().count(ActionKind::kDelete), 4U) << four.stopped;
    EXPECT_EQ(four.stopped_harms, std::vector{Harm::kDelete});
    ASSERT_EQ(
        world.ledger.server(ModelController::kServer)->stopped_harms, std::vector{Harm::kDelete}
    ) << "by its pass";
    world.record(ItemPaused{ItemId(1), "look at this one"});
    EXPECT_EQ(deletes(), 0U) << "three would be few enough by themselves";
    const std::string sum = world.plan().staged().canonical_text();
    EXPECT_NE(world.plan().stopped.find("3 are left"), std::string::npos) << world.plan().stopped;
    world.record(PlanApproved{ModelController::kServer, sum, ""});
    EXPECT_EQ(deletes(), 3U);
    world.pass();
    world.pass();
    EXPECT_TRUE(world.ledger.server(ModelController::kServer)->stopped_plan.empty());
}

// What does another harm than what waits goes on, each by its own limit.
TEST_F(Limited, AStopOfOneKindHoldsNoOther) {
    for (std::uint32_t i = 1; i <= 9; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    ASSERT_EQ(disabled(), 0U);
    const LedgerServer* server = world.ledger.server(ModelController::kServer);
    EXPECT_TRUE(is_stopped(server, Harm::kDisable));
    EXPECT_FALSE(is_stopped(server, Harm::kDelete));
    EXPECT_FALSE(is_stopped(server, Harm::kNone));
    // Another harm in the same pass ends no stop.
    row(10).email = "other@example.org";
    world.pass();
    EXPECT_TRUE(is_stopped(server, Harm::kDisable));
    world.record(PlanStopped{ModelController::kServer, "sum", "of version 1", 9});
    EXPECT_TRUE(is_stopped(server, Harm::kDelete)) << "it did not say of what";
}

TEST_F(Limited, QuotasBelowWhatIsUsedAreCountedByThemselvesAndSaid) {
    for (std::uint32_t i = 1; i <= 4; ++i) {
        account(i).used = std::uint64_t{5} << 30;
        row(i).quota = Quota::bytes(std::int64_t{4} << 30);
    }
    for (std::uint32_t i = 5; i <= 9; ++i) {
        account(i).used = 1;
        row(i).quota = Quota::bytes(std::int64_t{4} << 30);
    }
    const ServerPlan plan = world.plan();
    EXPECT_EQ(plan.staged().actions.size(), 4U) << plan.stopped;
    EXPECT_EQ(plan.count(ActionKind::kSetQuota), 5U) << "these have room";
    EXPECT_NE(plan.staged().actions.front().reason.find("5 GiB are used"), std::string::npos);
    EXPECT_NE(plan.staged().canonical_text().find("below-use"), std::string::npos);
    account(10).used.reset();
    row(10).quota = Quota::bytes(std::int64_t{4} << 30);
    EXPECT_EQ(world.plan().staged().actions.size(), 5U) << "not known is not little";
    for (std::uint32_t i = 11; i <= 20; ++i) {
        account(i).used = 0;
        row(i).quota = Quota::bytes(0);  // one tariff's amount became 0
    }
    EXPECT_EQ(world.plan().staged().actions.size(), 15U) << "nothing can be stored with nothing";
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 5U);
    for (std::uint32_t i = 1; i <= 20; ++i) {
        row(i).quota = Quota::bytes(std::int64_t{20} << 30);
    }
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 20U) << "more is no harm";
}

TEST_F(Limited, AFirstSizeForWhoHasNothingIsNoCut) {
    for (std::uint32_t i = 1; i <= 20; ++i) {
        account(i).quota = Quota::not_set();
        account(i).used = 0;
    }
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 20U) << "it is not what was sold";
    EXPECT_EQ(world.plan().actions.front().before, "not set");
    for (std::uint32_t i = 1; i <= 20; ++i) {
        account(i).used = 1;  // whatever he had as the cloud's default, it may have been more
    }
    EXPECT_EQ(world.plan().staged().count(ActionKind::kSetQuota), 20U);
    for (std::uint32_t i = 1; i <= 20; ++i) {
        account(i).used.reset();
    }
    EXPECT_NE(world.plan().staged().canonical_text().find("below-use"), std::string::npos);
}

TEST_F(Limited, AnUpdateOfAllAddressesWaits) {
    for (std::uint32_t i = 1; i <= 11; ++i) {
        row(i).email = "other" + std::to_string(i) + "@example.org";
    }
    const ServerPlan plan = world.plan();
    EXPECT_EQ(plan.staged().count(ActionKind::kSetEmail), 11U);
    EXPECT_TRUE(plan.actions.empty());
}

TEST_F(Limited, OfAFewItemsAsWellAndTheWholePlanStagesThem) {
    for (std::uint32_t i = 1; i <= 5; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    row(6).wanted = Wanted::kDisabled;
    const DesiredSnapshot desired = world.panel.read(ModelController::kServer, world.now, 1);
    ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    actual.narrow = true;
    PlanOptions options = world.options;
    options.diff.now = options.guards.now = world.now;
    const ServerPlan plan =
        make_server_plan({desired.servers.front(), desired, actual, world.ledger}, options);
    EXPECT_EQ(plan.destructive_count(), 0U);
    EXPECT_EQ(plan.staged().actions.size(), 1U);
    EXPECT_TRUE(plan.stopped.empty()) << "the plan of the whole server is what people approve";
}

TEST_F(Limited, ACallThatHadNoEffectDoesNotCount) {
    const Action action = [this] {
        row(1).wanted = Wanted::kDisabled;
        return world.plan().actions.front();
    }();
    ASSERT_EQ(action.harm, Harm::kDisable);
    const auto counted = [this] {
        return harm_within(
            world.ledger.server(ModelController::kServer)->harm_done,
            Harm::kDisable,
            world.now,
            hours(1)
        );
    };
    world.record(ActionIntended{"a", action, ""});
    EXPECT_EQ(counted(), 1U) << "on its way, it may have been done";
    ActionFailed failed;
    failed.action_id = "a";
    failed.item = action.item;
    failed.server = action.server;
    failed.kind = action.kind;
    world.record(failed);
    EXPECT_EQ(counted(), 0U);
    world.record(ActionIntended{"b", action, ""});
    world.now += minutes(7);
    DoubtResolved settled;
    settled.action_id = "b";
    settled.item = action.item;
    settled.server = action.server;
    settled.kind = action.kind;
    world.record(settled);
    EXPECT_EQ(counted(), 0U);
    Action approved = action;
    approved.approved = true;
    world.record(ActionIntended{"c", approved, ""});
    EXPECT_EQ(counted(), 0U);
}

TEST_F(Limited, ALimitThatWasReachedSinceThePlanEndsIt) {
    const PendingAction intent = [this] {
        row(1).wanted = Wanted::kDisabled;
        return PendingAction{"a", world.plan().actions.front(), "", world.now};
    }();
    const Look found = world.cloud.look(intent.action.login);
    const auto start = [&](const PendingAction& one) {
        return start_action(world.ledger, one, {nullptr, &found}, {});
    };
    EXPECT_EQ(start(intent).move, StartMove::kCall);
    for (std::uint32_t i = 2; i <= 6; ++i) {  // other requests were faster
        row(i).wanted = Wanted::kDisabled;
    }
    row(1).wanted = Wanted::kEnabled;
    world.pass();
    const ActionStart late = start(intent);
    EXPECT_EQ(late.move, StartMove::kLeave);
    EXPECT_NE(late.error.text().find("5 are allowed"), std::string::npos) << late.error.text();
    PendingAction approved = intent;
    approved.action.approved = true;
    EXPECT_EQ(start(approved).move, StartMove::kCall);
}

TEST_F(Limited, AClockThatIsSetEndsNoHour) {
    for (std::uint32_t i = 1; i <= 5; ++i) {
        row(i).wanted = Wanted::kDisabled;
    }
    world.pass();
    row(6).wanted = Wanted::kDisabled;
    const Time before = world.now;
    world.now += hours(24 * 365);
    world.record(ClockJumped{before, world.now});
    EXPECT_FALSE(world.plan().stopped.empty());
    const Time ahead = world.now;
    world.now = before;
    world.record(ClockWentBack{ahead, before});
    EXPECT_FALSE(world.plan().stopped.empty());
    world.now += hours(2);
    EXPECT_TRUE(world.plan().stopped.empty()) << world.plan().stopped;
}

TEST(LimitsOverAll, ManySmallServersAreOneLargeOne) {
    Ledger ledger;
    std::uint64_t position = 0;
    const Time now{hours(10'000)};
    const auto record = [&](Event event) {
        Envelope envelope;
        envelope.position = ++position;
        envelope.at = now;
        envelope.event = std::move(event);
        evolve(ledger, envelope);
    };
    std::uint32_t item = 0;
    for (std::uint32_t server = 1; server <= 10; ++server) {
        for (int i = 0; i < 10; ++i) {
            record(AccountAdopted{ItemId(++item), ServerId(server), "user", "a test"});
        }
    }
    const auto over = [&](std::uint32_t server, const LimitRules& rules) {
        return over_limit(ledger, ServerId(server), Harm::kDisable, 1, now, rules);
    };
    // What is left is exactly what is not over the limit.
    const auto expect_left = [&](std::uint32_t server, const LimitRules& rules) {
        const LimitLeft left = left_of_limit(ledger, ServerId(server), Harm::kDisable, now, rules);
        const std::uint64_t most = std::min(left.hour, left.day);
        for (std::uint64_t more = 1; more <= most + 3; ++more) {
            EXPECT_EQ(
                over_limit(ledger, ServerId(server), Harm::kDisable, more, now, rules).has_value(),
                more > most
            ) << server
              << ": " << more;
        }
    };
    for (std::uint32_t done = 1; done <= 10; ++done) {
        expect_left(done, {});
        EXPECT_EQ(over(done, {}), std::nullopt) << done;
        Action action(ActionKind::kDisable, ServerId(done), ItemId(done * 10), "user");
        action.harm = Harm::kDisable;
        record(ActionIntended{std::to_string(done), action, ""});
    }
    const std::optional<std::string> why = over(1, {});  // 5 an hour of 100 accounts, twice
    ASSERT_TRUE(why.has_value());
    expect_left(1, {});
    EXPECT_NE(why->find("100 accounts are ours on all servers"), std::string::npos) << *why;
    LimitRules raised;
    raised.server[Harm::kDisable] = {{100}, {100}};
    EXPECT_EQ(over(1, raised), std::nullopt) << "what one server may is no limit of all";
    LimitRules wide;
    wide.over_all = 100;
    EXPECT_EQ(over(1, wide), std::nullopt);
}

}  // namespace
}  // namespace bn::testing::limits_test
