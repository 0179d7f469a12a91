// A clock of the host that goes back, or ahead.
#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::clock_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kDay = hours(24);

// Items 1 to 3 are open, 4 is closed and nearly to be deleted.
class ClockWent : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t i = 1; i <= 4; ++i) {
            world.panel.sell(i, true);
        }
        world.pass();
        world.panel.items.at(ItemId(4)).wanted = Wanted::kAbsent;
        world.pass();
        world.watch(13);
        world.pass();
    }

    void step(Duration by) {
        const Time from = world.now;
        world.now += by;
        record(decide_clock({world.ledger, world.now}, world.now - from));
    }

    void record(std::vector<Event> events) {
        for (Event& event : events) {
            world.record(std::move(event));
        }
    }

    [[nodiscard]] const LedgerServer& server() const {
        return *world.ledger.server(ModelController::kServer);
    }

    [[nodiscard]] std::vector<HoldCode> holds() const {
        std::vector<HoldCode> codes;
        for (const HeldAction& held : world.plan().held) {
            codes.push_back(held.hold.code);
        }
        return codes;
    }

    ModelController world;
};

TEST_F(ClockWent, BackNothingEndsInADeletionAndSuspensionsGoOn) {
    world.now -= kDay;
    ASSERT_TRUE(clock_went_back(world.ledger, world.now));
    world.panel.items.at(ItemId(1)).wanted = Wanted::kDisabled;
    world.panel.items.at(ItemId(2)).wanted = Wanted::kAbsent;
    for (int pass = 0; pass < 3; ++pass) {  // before it is recorded, and after
        const ServerPlan plan = world.pass();
        EXPECT_EQ(plan.destructive_count(), pass == 0 ? 1U : 0U) << plan.canonical_text();
    }
    EXPECT_TRUE(server().clock_doubted);
    EXPECT_FALSE(world.cloud.accounts.at("user_1").enabled);
    EXPECT_TRUE(world.cloud.accounts.at("user_2").enabled);
    EXPECT_EQ(holds(), (std::vector<HoldCode>{HoldCode::kClock, HoldCode::kRetention}));
    world.now += 2 * kDay;  // longer than a step: it may be the clock again
    world.pass();
    EXPECT_TRUE(server().clock_doubted);
}

TEST_F(ClockWent, BackNoTimeIsObservedUntilItHasGoneOnForADay) {
    const Duration before = server().observed;
    step(-30 * kDay);
    world.pass();
    for (int i = 0; i < 23; ++i) {
        world.now += minutes(50);
        world.pass();
    }
    EXPECT_TRUE(server().clock_doubted);
    EXPECT_EQ(server().observed, before);
    EXPECT_TRUE(world.cloud.accounts.contains("user_4"));
    for (int i = 0; i < 3; ++i) {
        world.now += minutes(50);
        world.pass();
    }
    EXPECT_FALSE(server().clock_doubted);
    world.watch(2);
    world.pass();
    EXPECT_FALSE(world.cloud.accounts.contains("user_4"));
}

TEST_F(ClockWent, BackAnotherStepBeginsTheDayAnew) {
    step(-kDay);
    for (int i = 0; i < 23; ++i) {
        world.now += minutes(50);
        world.pass();
    }
    step(hours(3));
    for (int i = 0; i < 20; ++i) {
        world.now += minutes(50);
        world.pass();
    }
    EXPECT_TRUE(server().clock_doubted);
}

TEST_F(ClockWent, BackAPersonMaySayThatItIsRight) {
    step(-kDay);
    ASSERT_TRUE(server().clock_doubted);
    record(accept_readings(world.ledger, ModelController::kServer));
    EXPECT_FALSE(server().clock_doubted);
    EXPECT_TRUE(accept_readings(world.ledger, ModelController::kServer).empty());
    EXPECT_TRUE(accept_readings(world.ledger, ServerId(9)).empty());
    world.watch(2);
    world.pass();
    EXPECT_FALSE(world.cloud.accounts.contains("user_4"));
}

TEST_F(ClockWent, BackADeleteThatIsPlannedIsNotMade) {
    world.watch(2);
    const ServerPlan plan = world.plan();
    ASSERT_EQ(plan.count(ActionKind::kDelete), 1U);
    ActionRules rules;
    const Look found = world.cloud.look("user_4");
    const auto start = [&](Time now) {
        const DesiredSnapshot fresh = world.panel.read(ModelController::kServer, now, 1);
        return start_action(
                   world.ledger, {"x", plan.actions.front(), "", now}, {&fresh, &found}, rules
        )
            .move;
    };
    EXPECT_EQ(start(world.now), StartMove::kCall);
    EXPECT_EQ(start(world.now - kDay), StartMove::kLeave);
    step(-kDay);
    EXPECT_EQ(start(world.now + 2 * kDay), StartMove::kLeave);
}

TEST_F(ClockWent, BackAQuietPassRecordsNothingButItself) {
    step(-kDay);
    world.pass();
    world.pass();
    EXPECT_TRUE(world.observed(world.plan()).empty());
}

TEST_F(ClockWent, AFewSecondsAreNoStep) {
    EXPECT_TRUE(decide_clock({world.ledger, world.now}, seconds(-4)).empty());
    EXPECT_TRUE(decide_clock({world.ledger, world.now}, seconds(4)).empty());
    world.now -= minutes(10);
    EXPECT_FALSE(clock_went_back(world.ledger, world.now - seconds(4)));
}

TEST_F(ClockWent, AheadTheGapIsNoTimeObserved) {
    const Duration before = server().observed;
    world.now += minutes(10);
    step(hours(20));
    world.now += minutes(10);
    world.pass();
    EXPECT_EQ(server().observed, before + minutes(30));
    EXPECT_FALSE(server().clock_doubted);
}

// One failure while the clock is a year ahead.
TEST_F(ClockWent, BackWhatIsToComeComesForward) {
    const Time right = world.now;
    world.now += 365 * kDay;
    ServerQuarantined out;
    out.server = ModelController::kServer;
    out.until = world.now + hours(1);
    world.record(out);
    ActionFailed failed;
    failed.item = ItemId(1);
    failed.server = ModelController::kServer;
    failed.next_attempt_at = world.now + hours(2);
    world.record(failed);
    world.record(UsageMeasured{ModelController::kServer, "2020-12-19", 1, 1, true});
    const Time from = world.now;
    world.now = right + hours(5);
    record(decide_clock({world.ledger, world.now}, world.now - from));
    EXPECT_EQ(server().quarantined_until, world.now + hours(1));
    EXPECT_EQ(world.ledger.item(ItemId(1))->next_attempt_at(), world.now + hours(2));
    EXPECT_EQ(world.ledger, world.replayed());
}

// The clock was a year ahead for a process that is gone; the next one only saw it an hour ahead.
TEST_F(ClockWent, BackByMoreThanThisProcessSaw) {
    const Time right = world.now;
    world.now += 365 * kDay;
    ServerQuarantined out;
    out.server = ModelController::kServer;
    out.until = world.now + minutes(1);
    world.record(out);
    world.now = right + hours(1);
    step(hours(-1));
    EXPECT_EQ(server().quarantined_until, world.now + minutes(1));
}

TEST_F(ClockWent, BackNothingWaitsForTheYearThatWasNot) {
    const ItemId item(1);
    const Time right = world.now;
    world.record(ActionIntended{"past", Action(ActionKind::kEnable, {}, ItemId(9), "x"), ""});
    world.now += 365 * kDay;
    world.record(ActionIntended{
        "x", Action(ActionKind::kCreate, ModelController::kServer, item, "user_1"), ""});
    Action enable(ActionKind::kEnable, ModelController::kServer, ItemId(2), "user_2");
    world.record(ActionIntended{"y", enable, ""});
    ActionSucceeded done;
    done.action_id = "y";
    done.item = ItemId(2);
    done.server = ModelController::kServer;
    done.kind = ActionKind::kEnable;
    world.record(done);
    PanelResultOwed owed;
    owed.item = item;
    owed.server = ModelController::kServer;
    owed.operation = 5;
    world.record(owed);
    PanelResultDeferred later;
    later.item = item;
    later.operation = 5;
    later.next_attempt_at = world.now + minutes(1);
    world.record(later);
    world.record(UsageMeasured{ModelController::kServer, "2020-01-02", 1, 1, true});
    world.record(UsagePostRefused{
        ModelController::kServer, "2020-01-02", "no", world.now + minutes(1)});
    world.record(AccountImported{ModelController::kServer, "b", "7", true});
    world.record(PanelWentAway{"away"});
    world.record(PanelWentBack{{}, {}});
    const Time from = world.now;
    world.now = right + hours(5);
    record(decide_clock({world.ledger, world.now}, world.now - from));
    const LedgerItem& known = *world.ledger.item(item);
    EXPECT_EQ(known.in_doubt.at(0).intended_at, world.now);
    EXPECT_EQ(world.ledger.item(ItemId(9))->in_doubt.at(0).intended_at, right) << "that was so";
    EXPECT_EQ(world.ledger.item(ItemId(2))->corrections.at(0).at, world.now);
    EXPECT_EQ(known.owed.at(0).since, world.now);
    EXPECT_EQ(known.owed.at(0).next_attempt_at, world.now + minutes(1));
    EXPECT_EQ(server().stat_owed.at(0).next_attempt_at, world.now + minutes(1));
    EXPECT_EQ(server().imports.at(0).at, world.now);
    EXPECT_EQ(world.ledger.panel().away_since, world.now);
    EXPECT_EQ(world.ledger.panel().behind_since, world.now);
}

// Days that were billed while the clock was ahead are not billed again, and none is left out.
TEST_F(ClockWent, BackEachDayIsBilledOnce) {
    const auto measured = [&](const char* day) {
        world.record(UsageMeasured{ModelController::kServer, day, 1, 1, true});
        const std::size_t owed = server().stat_owed.size();
        world.record(UsagePosted{ModelController::kServer, day});
        return owed == 1;
    };
    const auto at = [&](const char* time) { world.now = *parse_time(time); };
    at("2026-11-21T12:00:00Z");
    EXPECT_TRUE(measured("2026-11-21"));
    at("2026-12-21T12:00:00Z");
    EXPECT_TRUE(measured("2026-12-21"));
    EXPECT_TRUE(measured("2026-12-22"));
    const Time from = world.now;
    at("2026-11-21T13:00:00Z");
    record(decide_clock({world.ledger, world.now}, world.now - from));
    EXPECT_LT(server().measured_day, "2026-11-21");
    EXPECT_FALSE(measured("2026-11-21"));
    EXPECT_TRUE(measured("2026-11-22"));
    EXPECT_TRUE(measured("2026-11-23"));
    EXPECT_FALSE(measured("2026-12-21"));
    EXPECT_FALSE(measured("2026-12-22"));
    EXPECT_TRUE(measured("2026-12-23"));
}

TEST_F(ClockWent, APersonAnswersForADoubtOfEitherSide) {
    for (const bool panel : {true, false}) {
        PassCompleted pass;
        PassServerSummary& seen = pass.servers.emplace_back();
        seen.server = ModelController::kServer;
        seen.complete = true;
        (panel ? seen.panel_doubt : seen.cloud_doubt) = "It shrank.";
        world.record(pass);
        EXPECT_EQ(accept_readings(world.ledger, ModelController::kServer).size(), 1U) << panel;
        record(accept_readings(world.ledger, ModelController::kServer));
        EXPECT_TRUE(server().panel_doubt.empty());
        EXPECT_TRUE(accept_readings(world.ledger, ModelController::kServer).empty());
    }
}

TEST_F(ClockWent, APersonsWordTakesDoubtedSizesOver) {
    PassCompleted pass;
    PassServerSummary& seen = pass.servers.emplace_back();
    seen.server = ModelController::kServer;
    seen.complete = true;
    seen.judged_actual = 100;
    seen.judged_desired = 4;
    seen.cloud_doubt = "The cloud's accounts shrank from 100 to 5";
    world.record(pass);
    world.pass();
    ASSERT_FALSE(server().cloud_doubt.empty());
    record(accept_readings(world.ledger, ModelController::kServer));
    EXPECT_TRUE(server().cloud_doubt.empty());
    world.pass();
    EXPECT_TRUE(server().cloud_doubt.empty());
    EXPECT_EQ(server().judged_actual, 5U);
}

}  // namespace
}  // namespace bn::testing::clock_test
