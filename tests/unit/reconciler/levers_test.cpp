// What a person says while the service runs: pauses, what is kept, what is tried again, what may be
// changed by hand, and when anything may be done at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "reconciler/plan/windows.hpp"
#include "tests/property/model_world.hpp"
#include "tests/unit/reconciler/recorder.hpp"

namespace bn::testing::levers_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

const ServerId kOn = ModelController::kServer;

Scope items(std::vector<ItemId> ids) {
    return {std::move(ids), {}, false};
}

const Scope kTheServer{{}, kOn, false};
const Scope kEverything{{}, {}, true};

// One service with an account, as it was sold.
class Levers : public ::testing::Test {
  protected:
    void SetUp() override {
        world.panel.sell(1);
        world.pass();
        world.pass();
        ASSERT_TRUE(world.plan().actions.empty());
    }

    void say(const Result<std::vector<Event>>& events) {
        ASSERT_TRUE(events) << events.error().text();
        for (const Event& event : *events) {
            world.record(event);
        }
    }

    [[nodiscard]] Moment now() const { return {world.ledger, world.now}; }

    [[nodiscard]] ModelAccount& account() { return world.cloud.accounts.at("user_1"); }

    void close() {
        world.panel.items[ItemId(1)].wanted = Wanted::kAbsent;
        world.pass();
        world.pass();
        ASSERT_FALSE(account().enabled);
    }

    // Of the only held one.
    [[nodiscard]] HoldCode held() const {
        const ServerPlan plan = world.plan();
        return plan.held.size() == 1 && plan.actions.empty() ? plan.held.front().hold.code
                                                             : HoldCode::kUnknownStatus;
    }

    ModelController world;
};

// ---- pauses

TEST_F(Levers, APauseOfAnItemAServerOrEverythingLetsNothingBeDoneUntilItIsOver) {
    for (const Scope& scope : {items({ItemId(1)}), kTheServer, kEverything}) {
        account().quota = Quota::bytes(1);
        ASSERT_EQ(world.plan().actions.size(), 1U);
        say(decide_paused(now(), scope, {"files are moved", world.now + hours(1)}));
        EXPECT_EQ(held(), HoldCode::kPaused);
        EXPECT_THAT(world.plan().held.front().hold.detail, HasSubstr("files are moved"));
        const ServerPlan before = world.pass();
        EXPECT_TRUE(before.actions.empty());
        EXPECT_EQ(account().quota, Quota::bytes(1));
        world.now += hours(1);
        EXPECT_EQ(world.plan().actions.size(), 1U) << "it is over, whether anybody noted it or not";
        world.pass();
        EXPECT_NE(account().quota, Quota::bytes(1));
        world.pass();
    }
    EXPECT_FALSE(world.ledger.item(ItemId(1))->paused) << "and its end is on record";
    EXPECT_FALSE(world.ledger.server(kOn)->paused);
    EXPECT_FALSE(world.ledger.panel().paused);
}

TEST_F(Levers, MaintenanceOfThePanelHoldsWhatAPauseOfEverythingWould) {
    account().quota = Quota::bytes(1);
    const Action planned = world.plan().actions.front();
    const PendingAction intent{"a", planned, "", world.now};
    ASSERT_EQ(start_action(world.ledger, intent, {}, {}).move, StartMove::kCall);
    world.record(PanelMaintenanceBegan{"the file exists", false});
    EXPECT_EQ(held(), HoldCode::kMaintenance);
    EXPECT_EQ(start_action(world.ledger, intent, {}, {}).move, StartMove::kLeave);
    EXPECT_TRUE(world.pass().actions.empty());
    EXPECT_EQ(account().quota, Quota::bytes(1));
    world.record(PanelMaintenanceEnded{});
    EXPECT_EQ(start_action(world.ledger, intent, {}, {}).move, StartMove::kCall);
    EXPECT_EQ(world.plan().actions.size(), 1U);
}

TEST_F(Levers, ACallThatWasPlannedBeforeAPauseIsNotMade) {
    account().quota = Quota::bytes(1);
    const Action planned = world.plan().actions.front();
    const PendingAction intent{"a", planned, "", world.now};
    ASSERT_EQ(start_action(world.ledger, intent, {}, {}).move, StartMove::kCall);
    for (const Scope& scope : {items({ItemId(1)}), kTheServer, kEverything}) {
        say(decide_paused(now(), scope, {"", {}}));
        EXPECT_EQ(start_action(world.ledger, intent, {}, {}).move, StartMove::kLeave);
        say(decide_pause_ended(now(), scope, ""));
        EXPECT_EQ(start_action(world.ledger, intent, {}, {}).move, StartMove::kCall);
    }
}

TEST_F(Levers, AWordAboutNothingKnownOrPastIsAnError) {
    EXPECT_EQ(decide_paused(now(), items({ItemId(99)}), {}).error().code, "command.item");
    EXPECT_EQ(decide_paused(now(), {{}, ServerId(99), false}, {}).error().code, "command.server");
    EXPECT_EQ(decide_paused(now(), kEverything, {"", world.now}).error().code, "command.until");
    EXPECT_TRUE(decide_paused(now(), {}, {})->empty()) << "who names nothing does not mean all";
    EXPECT_EQ(decide_pause_ended(now(), {}, "").error().code, "resume.not_paused");
    const Scope some = items({ItemId(1), ItemId(99)});
    EXPECT_EQ(decide_paused(now(), some, {}).error().code, "command.item");
    EXPECT_EQ(decide_pause_ended(now(), some, "").error().code, "command.item");
}

TEST_F(Levers, OneWordEndsOnePauseAndNoDoubtWithIt) {
    say(decide_paused(now(), kTheServer, {"upgrade", {}}));
    EXPECT_TRUE(decide_paused(now(), kTheServer, {"upgrade", {}})->empty()) << "said already";
    EXPECT_EQ(decide_paused(now(), kTheServer, {"longer", {}})->size(), 1U);
    say(decide_paused(now(), items({ItemId(1)}), {"upgrade", {}}));
    EXPECT_TRUE(decide_paused(now(), items({ItemId(1)}), {"upgrade", {}})->empty());
    say(decide_pause_ended(now(), items({ItemId(1)}), ""));
    world.record(ClockWentBack{world.now, world.now - hours(24)});
    ASSERT_TRUE(world.ledger.server(kOn)->clock_doubted);
    const auto first = decide_pause_ended(now(), kTheServer, "done");
    ASSERT_EQ(first->size(), 1U);
    EXPECT_EQ(std::get<ServerPauseEnded>(first->front()).reason, "done");
    say(first);
    // Said twice, it is an error and nothing else.
    const auto again = decide_pause_ended(now(), kTheServer, "done");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, "resume.not_paused");
    EXPECT_NE(again.error().remedy.find("accept-readings 3"), std::string::npos)
        << again.error().remedy;
    EXPECT_TRUE(world.ledger.server(kOn)->clock_doubted);
    say(decide_readings_accepted(world.ledger, kOn, "ntp was off"));
    EXPECT_FALSE(world.ledger.server(kOn)->clock_doubted);
    EXPECT_TRUE(accept_readings(world.ledger, kOn).empty());
    EXPECT_EQ(
        decide_readings_accepted(world.ledger, ServerId(99), "").error().code, "command.server"
    );
}

TEST_F(Levers, AShorterPauseDoesNotEndALongerOne) {
    const auto paused = [&](const Scope& scope, std::optional<Duration> span) {
        Word word{"a word", {}};
        if (span) {
            word.until = world.now + *span;
        }
        return decide_paused(now(), scope, word);
    };
    for (const Scope& scope : {items({ItemId(1)}), kTheServer, kEverything}) {
        say(paused(scope, hours(8)));
        EXPECT_EQ(paused(scope, hours(1)).error().code, "pause.longer");
        EXPECT_EQ(paused(scope, hours(9))->size(), 1U);
        say(paused(scope, std::nullopt));
        EXPECT_EQ(paused(scope, hours(9)).error().code, "pause.longer");
    }
}

TEST_F(Levers, ResumeOfWhatAWiderPauseCoversSaysSo) {
    const auto remedy = [&] {
        return decide_pause_ended(now(), items({ItemId(1)}), "").error().remedy;
    };
    say(decide_paused(now(), kTheServer, {"upgrade", {}}));
    EXPECT_NE(remedy().find("resume --server 3"), std::string::npos) << remedy();
    say(decide_paused(now(), kEverything, {"upgrade", {}}));
    EXPECT_NE(remedy().find("resume --all"), std::string::npos) << remedy();
}

TEST_F(Levers, APauseNamesTheWordThatEndsIt) {
    account().quota = Quota::bytes(1);
    const auto remedy = [&] {
        const ServerPlan plan = world.plan();
        return plan.held.empty() ? "nothing is held" : plan.held.front().hold.remedy;
    };
    for (const auto& [scope, word] :
         {std::pair(items({ItemId(1)}), "resume --item 1"),
          std::pair(kTheServer, "resume --server 3"),
          std::pair(kEverything, "resume --all")}) {
        say(decide_paused(now(), scope, {"upgrade", {}}));
        EXPECT_NE(remedy().find(word), std::string::npos) << remedy();
        say(decide_pause_ended(now(), scope, ""));
        EXPECT_EQ(remedy(), "nothing is held");
    }
}

// ---- kept though closed

TEST_F(Levers, AClosedAccountThatIsKeptWorksAndIsNotDeletedUntilThatIsOver) {
    close();
    say(decide_kept(now(), ItemId(1), {"the client called", world.now + hours(24 * 60)}));
    world.pass();
    EXPECT_TRUE(account().enabled);
    world.pass();
    EXPECT_EQ(held(), HoldCode::kKept);
    say(decide_paused(now(), items({ItemId(1)}), {"a look", {}}));
    say(decide_pause_ended(now(), items({ItemId(1)}), "looked"));
    world.watch(30);  // longer than the retention
    EXPECT_EQ(held(), HoldCode::kKept);
    world.now += hours(24 * 31);
    EXPECT_EQ(world.plan().count(ActionKind::kDisable), 1U) << "closed anew";
    world.pass();
    world.watch(13);
    EXPECT_EQ(held(), HoldCode::kRetention) << "the whole retention begins with it";
    world.watch(5);
    EXPECT_EQ(world.plan().count(ActionKind::kDelete), 1U);
}

TEST_F(Levers, ADeleteThatWasPlannedBeforeAPersonKeepsTheAccountIsNotMade) {
    close();
    world.watch(15);
    const ServerPlan plan = world.plan();
    ASSERT_EQ(plan.count(ActionKind::kDelete), 1U);
    say(decide_kept(now(), ItemId(1), {"", {}}));
    const DesiredSnapshot fresh = world.panel.read(kOn, world.now, 1);
    const Look found = world.cloud.look("user_1");
    const PendingAction intent{"a", plan.actions.front(), "", world.now};
    const ActionStart start = start_action(world.ledger, intent, {&fresh, &found}, {});
    EXPECT_EQ(start.move, StartMove::kLeave);
    EXPECT_THAT(start.error.what, HasSubstr("kept"));
}

TEST_F(Levers, OnlyAClosedAccountThatIsThereCanBeKept) {
    EXPECT_EQ(decide_kept(now(), ItemId(99), {}).error().code, "command.item");
    EXPECT_EQ(decide_kept(now(), ItemId(1), {}).error().code, "undelete.not_closed");
    close();
    EXPECT_EQ(decide_kept(now(), ItemId(1), {"", world.now}).error().code, "command.until");
    world.watch(15);
    ActionIntended begun;
    begun.action_id = "a";
    begun.action = world.plan().actions.front();
    ASSERT_EQ(begun.action.kind, ActionKind::kDelete);
    world.record(begun);
    EXPECT_EQ(decide_kept(now(), ItemId(1), {}).error().code, "undelete.on_its_way");
    ActionSucceeded done;
    done.action_id = "a";
    done.item = ItemId(1);
    done.server = kOn;
    done.kind = ActionKind::kDelete;
    world.record(done);
    EXPECT_EQ(decide_kept(now(), ItemId(1), {}).error().code, "undelete.no_account");
}

TEST_F(Levers, AServiceThatIsBoughtBackIsNotKeptAnyMore) {
    close();
    say(decide_kept(now(), ItemId(1), {"", {}}));
    world.pass();
    world.panel.items[ItemId(1)].wanted = Wanted::kEnabled;
    world.pass();
    EXPECT_FALSE(world.ledger.item(ItemId(1))->kept);
    close();
}

// ---- deletions are announced

TEST_F(Levers, ADeletionIsAnnouncedOnceAndAgainAfterItWasClosedAnew) {
    const auto announced = [this] {
        return std::ranges::count_if(world.log, [](const Envelope& envelope) {
            return std::holds_alternative<RetentionEnding>(envelope.event);
        });
    };
    close();
    world.watch(10);
    world.pass();
    EXPECT_EQ(announced(), 0);
    world.watch(1);
    world.pass();
    world.pass();
    EXPECT_EQ(announced(), 1);
    EXPECT_TRUE(world.ledger.item(ItemId(1))->end_announced);
    world.panel.items[ItemId(1)].wanted = Wanted::kEnabled;
    world.pass();
    EXPECT_FALSE(world.ledger.item(ItemId(1))->end_announced);
    close();
    world.watch(12);
    world.pass();
    EXPECT_EQ(announced(), 2);
}

// ---- what failed for good

class Parked : public Levers {
  protected:
    void fail(std::uint32_t times) {
        for (std::uint32_t i = 0; i < times; ++i) {
            const ServerPlan plan = world.plan();
            ASSERT_EQ(plan.actions.size(), 1U);
            const PendingAction intent{
                "a" + std::to_string(i), plan.actions.front(), "", world.now};
            ActionStart start = start_action(world.ledger, intent, {}, {});
            ASSERT_EQ(start.move, StartMove::kCall);
            say(start.events);
            ActionRules rules;
            rules.tries = 3;
            const Error no(NextMove::kHuman, "ocs.bad_email", "it is no address");
            say(finish_action(now(), intent, {OutcomeKind::kRefused, no}, rules).events);
            world.now += hours(7);
        }
    }
};

TEST_F(Parked, WhatFailedTooOftenWaitsForAPersonOrForAnotherValue) {
    world.panel.items[ItemId(1)].email = "wrong";
    fail(2);
    EXPECT_TRUE(failed_items(world.ledger, true).empty());
    fail(1);
    ASSERT_EQ(failed_items(world.ledger, true).size(), 1U);
    EXPECT_EQ(failed_items(world.ledger, true).front().setback.code, "ocs.bad_email");
    world.now += hours(24 * 365);
    EXPECT_EQ(held(), HoldCode::kParked);
    EXPECT_THAT(world.plan().held.front().hold.remedy, HasSubstr("replay 1"));
    account().quota = Quota::bytes(1);
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 1U) << "all else goes on";
    world.pass();
    say(decide_replayed(world.ledger, items({ItemId(1)}), "", "mended"));
    EXPECT_EQ(world.plan().count(ActionKind::kSetEmail), 1U);
    fail(3);
    EXPECT_EQ(held(), HoldCode::kParked);
    world.panel.items[ItemId(1)].email = "anna@example.org";
    EXPECT_EQ(world.plan().count(ActionKind::kSetEmail), 1U) << "that is not what was refused";
}

TEST_F(Parked, AreTriedAgainByItemByClassOrAllAndNeverByAWordThatNamesNone) {
    world.panel.items[ItemId(1)].email = "wrong";
    fail(3);
    const auto count = [this](const Scope& scope, const std::string& code) {
        const auto events = decide_replayed(world.ledger, scope, code, "");
        return events ? events->size() : 0U;
    };
    EXPECT_EQ(count(items({ItemId(1)}), ""), 1U);
    EXPECT_EQ(count({}, "ocs.bad_email"), 1U);
    EXPECT_EQ(count(kEverything, ""), 1U);
    EXPECT_EQ(count({}, "ocs.other"), 0U);
    EXPECT_EQ(count({}, ""), 0U);
    EXPECT_EQ(
        decide_replayed(world.ledger, items({ItemId(9)}), "", "").error().code, "command.item"
    );
}

// ---- set once

TEST_F(Levers, WhatIsSetOnceIsLeftAndSaid) {
    world.options.diff.create_only = static_cast<DriftMask>(DriftField::kQuota);
    world.panel.items[ItemId(1)].quota = Quota::bytes(std::int64_t{50} << 30);
    world.panel.items[ItemId(1)].email = "anna@example.org";
    for (int i = 0; i < 2; ++i) {
        const ServerPlan plan = world.plan();
        ASSERT_EQ(plan.held.size(), 1U);
        EXPECT_EQ(plan.held.front().hold.code, HoldCode::kByHand);
        EXPECT_THAT(plan.held.front().hold.detail, HasSubstr("50 GiB was sold"));
        EXPECT_EQ(plan.count(ActionKind::kSetQuota), 0U) << "sold anew or not";
        EXPECT_EQ(plan.count(ActionKind::kSetEmail), i == 0 ? 1U : 0U)
            << "other fields are kept right";
        world.pass();
    }
}

// ---- by hand

TEST_F(Levers, AFieldThatMayBeChangedByHandStaysUntilAnotherValueIsSold) {
    world.options.diff.by_hand = static_cast<DriftMask>(DriftField::kQuota);
    account().quota = Quota::bytes(std::int64_t{50} << 30);
    EXPECT_EQ(held(), HoldCode::kByHand);
    EXPECT_TRUE(world.plan().drift.empty());
    world.panel.items[ItemId(1)].quota = Quota::bytes(std::int64_t{10} << 30);
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 1U);
    world.pass();
    EXPECT_EQ(account().quota, Quota::bytes(std::int64_t{10} << 30));
    world.pass();
    account().quota = Quota::bytes(std::int64_t{20} << 30);
    EXPECT_EQ(held(), HoldCode::kByHand);
    account().email = "by@hand";
    world.panel.items[ItemId(1)].email = "anna@example.org";
    EXPECT_EQ(world.plan().count(ActionKind::kSetEmail), 1U) << "other fields are kept right";
}

TEST_F(Levers, ASaleThatAnUnreadCloudMissedIsCarriedOutLater) {
    world.options.diff.by_hand = static_cast<DriftMask>(DriftField::kQuota);
    world.panel.items[ItemId(1)].quota = Quota::bytes(std::int64_t{10} << 30);
    const DesiredSnapshot desired = world.panel.read(kOn, world.now, 1);
    say(decide_sold(world.ledger, desired.servers.front(), {}));  // the cloud was away
    EXPECT_EQ(world.plan().count(ActionKind::kSetQuota), 1U);
    world.pass();
    EXPECT_EQ(account().quota, Quota::bytes(std::int64_t{10} << 30));
}

TEST_F(Levers, ClosingGoesOnWhateverMayBeChangedByHand) {
    world.options.diff.by_hand = static_cast<DriftMask>(DriftField::kEnabled);
    account().enabled = false;
    EXPECT_EQ(held(), HoldCode::kByHand);
    account().enabled = true;
    close();
}

// ---- windows

std::optional<Duration> plain_hours(std::string_view text) {
    return text == "5h"    ? std::optional<Duration>(hours(5))
           : text == "1d"  ? std::optional<Duration>(hours(24))
           : text == "30m" ? std::optional<Duration>(minutes(30))
           : text == "8d"  ? std::optional<Duration>(hours(24 * 8))
                           : std::nullopt;
}

Windows windows(std::string_view text) {
    const auto parsed = parse_windows(text, plain_hours);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(Windows());
}

Time at(const char* text) {
    return *parse_time(text);
}

bool may(const Windows& list, bool destructive, const char* when) {
    return !closed_to(list, destructive, at(when), {});
}

TEST(Windows, AllowAndDenyAsTheirCronSays) {
    const Windows nights = windows("allow destructive at 0 1 * * 1-5 for 5h");
    EXPECT_TRUE(may(nights, true, "2026-11-27T01:00:00Z")) << "a Friday";
    EXPECT_TRUE(may(nights, true, "2026-11-27T05:59:59Z"));
    EXPECT_FALSE(may(nights, true, "2026-11-27T06:00:00Z"));
    EXPECT_FALSE(may(nights, true, "2026-11-27T00:59:59Z"));
    EXPECT_FALSE(may(nights, true, "2026-11-28T02:00:00Z")) << "a Saturday";
    EXPECT_TRUE(may(nights, false, "2026-11-28T02:00:00Z")) << "what gives is no matter of it";
    const Windows frozen = windows("deny all at 0 18 31 12 * for 1d");
    EXPECT_TRUE(may(frozen, false, "2026-12-31T17:59:00Z"));
    EXPECT_FALSE(may(frozen, false, "2026-12-31T18:00:00Z"));
    EXPECT_FALSE(may(frozen, true, "2027-01-01T17:59:00Z"));
    EXPECT_TRUE(may(frozen, true, "2027-01-01T18:00:00Z"));
}

TEST(Windows, WhatIsDeniedIsDeniedWhateverAllowsIt) {
    const Windows both =
        windows("allow all at 0 0 * * * for 1d; deny destructive at 0 12 * * * for 30m");
    EXPECT_TRUE(may(both, true, "2026-11-27T11:59:00Z"));
    EXPECT_FALSE(may(both, true, "2026-11-27T12:10:00Z"));
    EXPECT_TRUE(may(both, false, "2026-11-27T12:10:00Z"));
    EXPECT_TRUE(may(windows(""), true, "2026-11-27T12:10:00Z")) << "no window, no rule";
}

TEST(Windows, GoByTheClockOfTheirZone) {
    const auto offset = [](const std::string& zone, Time) {
        return zone == "Europe/Minsk" ? Duration(hours(3)) : Duration{0};
    };
    const Windows minsk = windows("allow all at 0 1 * * * for 5h in Europe/Minsk");
    EXPECT_FALSE(closed_to(minsk, false, at("2026-11-26T22:00:00Z"), offset));
    EXPECT_TRUE(closed_to(minsk, false, at("2026-11-27T03:00:00Z"), offset));
    const auto why = closed_to(minsk, false, at("2026-11-27T03:00:00Z"), offset);
    EXPECT_THAT(*why, HasSubstr("allow all at 0 1 * * * for 5h in Europe/Minsk"));
}

TEST(Windows, OfTwoFieldsOfDaysOneIsEnough) {
    const auto cron = parse_cron("0 0 13 * 5");
    ASSERT_TRUE(cron);
    EXPECT_TRUE(cron->matches(at("2026-11-13T00:00:00Z")));
    EXPECT_TRUE(cron->matches(at("2026-11-27T00:00:00Z"))) << "a Friday";
    EXPECT_TRUE(cron->matches(at("2026-12-13T00:00:00Z"))) << "a Sunday, the 13th";
    EXPECT_FALSE(cron->matches(at("2026-12-14T00:00:00Z")));
    EXPECT_TRUE(parse_cron("*/15 8-18/2 1,15 * 7")->matches(at("2026-11-15T10:45:00Z")));
}

TEST(Windows, OthersAreRefused) {
    for (const char* bad :
         {"allow",
          "allow some at 0 1 * * * for 5h",
          "allow all at 0 1 * * for 5h",
          "allow all at 60 1 * * * for 5h",
          "allow all at 0 24 * * * for 5h",
          "allow all at 0 1 0 * * for 5h",
          "allow all at 0 1 * 13 * for 5h",
          "allow all at 0 1 * * 8 for 5h",
          "allow all at 5-1 1 * * * for 5h",
          "allow all at 0 1 * * * for",
          "allow all at 0 1 * * * for 8d",
          "allow all at 0 1 * * * for soon",
          "allow all at */0 1 * * * for 5h",
          "allow all at 0 1 * * * for 5h in",
          "allow all at 0,, 1 * * * for 5h"}) {
        EXPECT_FALSE(parse_windows(bad, plain_hours)) << bad;
    }
}

TEST_F(Levers, WhatIsNotAllowedNowWaitsAndIsNotBegunEither) {
    account().quota = Quota::bytes(1);
    const Action planned = world.plan().actions.front();
    world.options.guards.windows = windows("deny all at * * * * * for 5h");
    EXPECT_EQ(held(), HoldCode::kWindow);
    ActionRules rules;
    rules.windows = world.options.guards.windows;
    EXPECT_EQ(
        start_action(world.ledger, {"a", planned, "", world.now}, {}, rules).move, StartMove::kLeave
    );
    world.options.guards.windows = windows("deny destructive at * * * * * for 5h");
    EXPECT_EQ(world.plan().actions.size(), 1U) << "a larger quota takes nothing away";
    world.panel.items[ItemId(1)].wanted = Wanted::kDisabled;
    EXPECT_EQ(world.plan().count(ActionKind::kDisable), 0U);
}

RC_GTEST_PROP(Windows, AreOpenFromEachOfTheirTimesForTheirLength, ()) {
    const auto minute = *rc::gen::inRange(0, 60);
    const auto hour = *rc::gen::inRange(0, 24);
    const auto length = *rc::gen::inRange(1, 24 * 60);
    const auto past = *rc::gen::inRange(0, 24 * 60);
    const Time day = at("2026-11-27T00:00:00Z");
    Window window;
    window.cron = *parse_cron(fmt::format("{} {} * * *", minute, hour));
    window.length = minutes(length);
    const Time opened = day + hours(hour) + minutes(minute);
    RC_ASSERT(window.open(opened + minutes(past)) == (past < length));
}

// ---- what is being recorded counts already

TEST_F(Levers, WhatOthersAreJustRecordingCountsAgainstALimit) {
    world.panel.items[ItemId(1)].wanted = Wanted::kDisabled;
    const Action disable = world.plan().actions.front();
    ActionRules rules;
    rules.limits.server[Harm::kDisable] = {{1}, {1}};
    rules.limits.all[Harm::kDisable] = {{1}, {1}};
    rules.limits.over_all = 1;
    const Look found = world.cloud.look("user_1");
    const PendingAction intent{"a", disable, "", world.now};
    EXPECT_EQ(
        start_action(world.ledger, intent, {nullptr, &found, {}}, rules).move, StartMove::kCall
    );
    for (const ServerId server : {kOn, ServerId(9)}) {
        const HarmToCome other[] = {{server, Harm::kDisable}};
        EXPECT_EQ(
            start_action(world.ledger, intent, {nullptr, &found, other}, rules).move,
            StartMove::kLeave
        );
    }
}

}  // namespace
}  // namespace bn::testing::levers_test
