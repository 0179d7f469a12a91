#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/panel.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/decide/usage.hpp"
#include "reconciler/events/events.hpp"
#include "tests/unit/reconciler/recorder.hpp"

namespace bn::panel_decisions_test {
namespace {

using testing::kItem;
using testing::kServer;
using testing::kStart;
using testing::Recorder;

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

PendingOperation operation(std::uint32_t id = 31, std::string command = "open") {
    PendingOperation o;
    o.id = id;
    o.item = kItem;
    o.command = std::move(command);
    return o;
}

OperationVerdict refused(std::string what = "no group") {
    return {Verdict::kRefused, "missing-group", std::move(what), "make it"};
}

const OperationVerdict kCompleted{Verdict::kCompleted, {}, {}, {}};

Result<PanelAnswer> yes() {
    PanelAnswer answer;
    answer.ok = true;
    return answer;
}

Result<PanelAnswer> no(std::string why) {
    PanelAnswer answer;
    answer.message = std::move(why);
    return answer;
}

Result<PanelAnswer> nobody(bool effect_unknown = false) {
    Error error(Concern::kPanel, NextMove::kRetryCall, "panel.unreachable", "it does not run");
    error.effect_unknown = effect_unknown;
    return tl::unexpected(std::move(error));
}

// ---- what is owed

TEST(PanelOwed, ACompletionIsOwedOnceUntilItIsDelivered) {
    Recorder r;
    r.record(decide_owed(r.ledger(), operation(), kCompleted, PanelRules()));
    EXPECT_TRUE(owed_to_panel(r.ledger(), operation()));
    EXPECT_TRUE(decide_owed(r.ledger(), operation(), kCompleted, PanelRules()).empty());
    const OwedResult owed = r.ledger().item(kItem)->owed.front();
    r.record({decide_delivered(r.ledger(), kItem, owed, "", "")});
    EXPECT_FALSE(owed_to_panel(r.ledger(), operation()));
}

TEST(PanelOwed, ARefusalIsToldOnceForEachReason) {
    Recorder r;
    r.record(decide_owed(r.ledger(), operation(), refused(), PanelRules()));
    const OwedResult owed = r.ledger().item(kItem)->owed.front();
    r.record({decide_delivered(r.ledger(), kItem, owed, "", "")});
    EXPECT_TRUE(decide_owed(r.ledger(), operation(), refused(), PanelRules()).empty());
    EXPECT_EQ(decide_owed(r.ledger(), operation(), refused("other"), PanelRules()).size(), 1U);
    EXPECT_EQ(decide_owed(r.ledger(), operation(32), refused(), PanelRules()).size(), 1U);
}

TEST(Completions, OfAnOpenAreTriedInOrderAndTheOneThatDidItGoesFirst) {
    Recorder r;
    const auto all = [&](std::string_view configured) {
        return completions_of_open(r.ledger(), "disk", configured);
    };
    using List = std::vector<std::string>;
    EXPECT_EQ(all("{itemtype}.open"), (List{"disk.open", "vds.open", "service.postopen"}));
    EXPECT_EQ(all("own.open"), (List{"own.open", "disk.open", "vds.open", "service.postopen"}));
    EXPECT_TRUE(decide_completed_by(r.ledger(), "disk", "disk.open", "{itemtype}.open").empty());
    r.record(decide_completed_by(r.ledger(), "disk", "vds.open", "{itemtype}.open"));
    EXPECT_EQ(all("{itemtype}.open"), (List{"vds.open", "disk.open", "service.postopen"}));
    EXPECT_EQ(completions_of_open(r.ledger(), "mail", "x").front(), "x") << "another type's";
    r.record(decide_completed_by(r.ledger(), "disk", "disk.open", "{itemtype}.open"));
    EXPECT_EQ(all("own.open").front(), "disk.open");
    EXPECT_TRUE(tries_all_completions(0));
    EXPECT_FALSE(tries_all_completions(1));
}

TEST(PanelOwed, WhatWaitsLongIsToldOnceAndMakesNoWork) {
    Recorder r;
    OperationVerdict waits{Verdict::kWorking, "paused", "an operator paused it", "resume it"};
    EXPECT_TRUE(decide_owed(r.ledger(), operation(), waits, PanelRules()).empty());
    waits.lasting = true;
    PendingOperation o = operation();
    o.trycount = PanelRules().try_limit;
    const std::vector<Event> events = decide_owed(r.ledger(), o, waits, PanelRules());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_FALSE(std::get<PanelResultOwed>(events.front()).completed);
    EXPECT_FALSE(std::get<PanelResultOwed>(events.front()).manual_task);
    r.record(events);
    EXPECT_TRUE(decide_owed(r.ledger(), o, waits, PanelRules()).empty());
    EXPECT_EQ(decide_owed(r.ledger(), o, kCompleted, PanelRules()).size(), 1U);
}

TEST(PanelOwed, ARefusalIsToldOnceMoreAtTheLimitOfTries) {
    Recorder r;
    PendingOperation o = operation();
    r.record(decide_owed(r.ledger(), o, refused(), PanelRules()));
    o.trycount = 10;
    const std::vector<Event> events = decide_owed(r.ledger(), o, refused(), PanelRules());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(std::get<PanelResultOwed>(events.front()).manual_task);
    r.record(events);
    EXPECT_TRUE(decide_owed(r.ledger(), o, refused(), PanelRules()).empty());
    o.manual = true;  // the staff has it
    EXPECT_TRUE(decide_owed(r.ledger(), o, refused(), PanelRules()).empty());
}

TEST(PanelOwed, AnOlderLookDoesNotUnsayWhatHasComeAbout) {
    Recorder r;
    r.record(decide_owed(r.ledger(), operation(), kCompleted, PanelRules()));
    EXPECT_TRUE(decide_owed(r.ledger(), operation(), refused(), PanelRules()).empty());
}

TEST(PanelOwed, TheStaffIsAskedOnceAndOnlyAfterTheLastTry) {
    Recorder r;
    r.own();
    PendingOperation o = operation();
    const auto task = [&] {
        const auto events = decide_owed(r.ledger(), o, refused(), PanelRules());
        return std::get<PanelResultOwed>(events.at(0)).manual_task;
    };
    o.trycount = PanelRules().try_limit - 1;
    EXPECT_FALSE(task());
    o.trycount = PanelRules().try_limit;
    EXPECT_TRUE(task());
    o.manual = true;
    EXPECT_FALSE(task()) << "a person has it";
    o.manual = false;
    o.has_task = true;
    EXPECT_FALSE(task()) << "there is one";
    o.has_task = false;
    r.record({OperationTaskMade{kItem, kServer, o.id, "bug"}});
    EXPECT_FALSE(task()) << "one was made";
}

TEST(PanelOwed, WhatIsUnderWayOwesNothing) {
    Recorder r;
    const OperationVerdict working{Verdict::kWorking, "not-read", "wait", ""};
    EXPECT_TRUE(decide_owed(r.ledger(), operation(), working, PanelRules()).empty());
}

TEST(PanelOwed, OnlyWhatLiesInTheTariffIsRolledBack) {
    Recorder r;
    PendingOperation o = operation(31, "setparam");
    o.last_tariff = 5;
    auto rollback = [&](const OperationVerdict& verdict, PanelRules rules) {
        const auto events = decide_owed(r.ledger(), o, verdict, rules);
        return std::get<PanelResultOwed>(events.front()).rollback;
    };
    EXPECT_TRUE(rollback(refused(), PanelRules()));
    EXPECT_FALSE(rollback(refused(), PanelRules{10, false}));
    EXPECT_FALSE(rollback({Verdict::kRefused, "policy", "observed only", ""}, PanelRules()));
    o.last_tariff = 0;
    EXPECT_FALSE(rollback(refused(), PanelRules()));
    o = operation(31, "open");
    o.last_tariff = 5;
    EXPECT_FALSE(rollback(refused(), PanelRules()))
        << "only a change of tariff has one to go back to";
}

// ---- when

TEST(PanelAway, IsLookedAtByAGrowingGrid) {
    std::vector<long> looks;
    for (Time at = kStart; looks.size() < 9;) {
        at = next_look_at_panel(kStart, at);
        looks.push_back(std::chrono::duration_cast<seconds>(at - kStart).count());
    }
    EXPECT_EQ(looks, (std::vector<long>{1, 3, 7, 15, 31, 63, 123, 183, 243}));
}

TEST(PanelAway, TheNextLookIsLaterAndWithinAMinute) {
    EXPECT_TRUE(rc::check([] {
        const Time now = kStart + Duration(*rc::gen::inRange(0, 100'000'000));
        const Time next = next_look_at_panel(kStart, now);
        RC_ASSERT(next > now);
        RC_ASSERT(next - now <= Duration(minutes(1)));
        RC_ASSERT(next_look_at_panel(kStart, next - Duration(1)) == next);
        const Time before = kStart - (now - kStart);  // it went away while the clock was ahead
        RC_ASSERT(next_look_at_panel(kStart, before) - before <= Duration(minutes(1)));
    }));
}

TEST(PanelAway, GoesAndComesBackOnce) {
    Recorder r;
    PanelCallMade call;
    call.item = kItem;
    r.record(decide_called(r.ledger(), call, nobody()));
    EXPECT_EQ(r.count<PanelCalled>(), 1U);
    EXPECT_EQ(r.count<PanelWentAway>(), 1U);
    EXPECT_TRUE(decide_called(r.ledger(), call, nobody()).empty());
    r.record(decide_called(r.ledger(), call, yes()));
    EXPECT_EQ(r.count<PanelCameBack>(), 1U);
    EXPECT_FALSE(r.ledger().panel().away_since);
}

TEST(PanelAway, ACallThatAnotherEventTellsIsNotWrittenTwice) {
    Recorder r;
    PanelCallMade call;
    call.item = kItem;
    call.news = false;
    r.record(decide_called(r.ledger(), call, no("not now")));
    EXPECT_EQ(r.count<PanelCalled>(), 0U);
}

TEST(PanelAway, AnotherItemAsksAtEachLook) {
    Recorder r;
    for (const std::uint32_t item : {7U, 8U, 9U}) {
        PendingOperation o = operation(item);
        o.item = ItemId(item);
        r.record(decide_owed(r.ledger(), o, kCompleted, PanelRules()));
    }
    EXPECT_EQ(results_due(r.moment()).size(), 3U);
    r.record({PanelWentAway{"it does not run"}});
    std::set<ItemId> asked;
    Time at = r.now;
    for (int look = 0; look < 3; ++look) {
        at = next_look_at_panel(r.now, at);
        const std::vector<ItemId> due = results_due({r.ledger(), at});
        ASSERT_EQ(due.size(), 1U);
        asked.insert(due.front());
    }
    EXPECT_EQ(asked.size(), 3U);
}

TEST(PanelDelivery, IsTriedLaterEachTime) {
    Recorder r;
    r.record(decide_owed(r.ledger(), operation(), kCompleted, PanelRules()));
    const Error error(NextMove::kWait, "panel.refused", "not now");
    std::vector<long> pauses;
    for (int i = 0; i < 12; ++i) {
        const OwedResult owed = r.ledger().item(kItem)->owed.front();
        r.record(decide_deferred(r.moment(), kItem, owed, error, false));
        EXPECT_TRUE(results_due(r.moment()).empty());
        const Time next = *r.ledger().item(kItem)->owed.front().next_attempt_at;
        pauses.push_back(std::chrono::duration_cast<seconds>(next - r.now).count());
        r.now = next;
        EXPECT_EQ(results_due(r.moment()).size(), 1U);
    }
    EXPECT_EQ(pauses, (std::vector<long>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600}));
}

TEST(PanelDelivery, AnOutagePutsNothingOff) {
    Recorder r;
    r.record(decide_owed(r.ledger(), operation(), kCompleted, PanelRules()));
    const Error refused(NextMove::kWait, "panel.refused", "not now");
    for (int i = 0; i < 12; ++i) {
        const OwedResult owed = r.ledger().item(kItem)->owed.front();
        r.record(decide_deferred(r.moment(), kItem, owed, refused, true));
        r.now = *r.ledger().item(kItem)->owed.front().next_attempt_at;
    }
    const Error away = nobody().error();
    const OwedResult owed = r.ledger().item(kItem)->owed.front();
    r.record(decide_reached(r.ledger(), &away));
    EXPECT_TRUE(decide_deferred(r.moment(), kItem, owed, away, false).empty());
    const Time look = next_look_at_panel(*r.ledger().panel().away_since, r.now);
    EXPECT_EQ(look, r.now + seconds(1));
    EXPECT_EQ(results_due({r.ledger(), look}).size(), 1U) << "whether it is back";
    // It took one call and not the next: not at each look again.
    r.record(decide_deferred(r.moment(), kItem, owed, away, true));
    EXPECT_TRUE(results_due({r.ledger(), look}).empty());
}

TEST(PanelDelivery, ARollbackIsMadeOnceEvenIfItsAnswerWasLost) {
    Recorder r;
    PendingOperation o = operation(31, "setparam");
    o.last_tariff = 5;
    r.record(decide_owed(r.ledger(), o, refused(), PanelRules()));
    const OwedResult owed = r.ledger().item(kItem)->owed.front();
    EXPECT_TRUE(rollback_open(r.ledger(), kItem, owed));
    PanelCallMade call;
    call.item = kItem;
    call.operation = 31;
    call.once = PanelCallMade::Once::kRollback;
    r.record(decide_called(r.ledger(), call, nobody(false)));  // it certainly did not get there
    EXPECT_TRUE(rollback_open(r.ledger(), kItem, owed));
    r.record(decide_called(r.ledger(), call, nobody(true)));
    EXPECT_FALSE(rollback_open(r.ledger(), kItem, owed));
}

TEST(PanelDelivery, ANewerPasswordIsNotForgotten) {
    Recorder r;
    OwedResult owed;
    owed.command = kParamsOnly;
    EXPECT_FALSE(decide_delivered(r.ledger(), kItem, owed, "ref", "").password_saved);
}

TEST(PanelDelivery, ATaskIsMadeOnceEvenIfItsAnswerWasLost) {
    Recorder r;
    PendingOperation o = operation();
    o.trycount = 10;
    r.record(decide_owed(r.ledger(), o, refused(), PanelRules()));
    const OwedResult owed = r.ledger().item(kItem)->owed.front();
    PanelCallMade call;
    call.item = kItem;
    call.operation = 31;
    r.record(decide_called(r.ledger(), call, nobody(true)));  // another call is no task
    EXPECT_TRUE(task_open(r.ledger(), kItem, owed));
    call.once = PanelCallMade::Once::kTask;
    call.task_type = "bug";
    r.record(decide_called(r.ledger(), call, nobody(false)));  // it certainly did not get there
    EXPECT_TRUE(task_open(r.ledger(), kItem, owed));
    r.record(decide_called(r.ledger(), call, nobody(true)));
    EXPECT_FALSE(task_open(r.ledger(), kItem, owed));
    EXPECT_EQ(r.count<OperationTaskMade>(), 1U);
    OwedResult plain = owed;
    plain.manual_task = false;
    plain.operation = 32;
    EXPECT_FALSE(task_open(r.ledger(), kItem, plain)) << "nobody asked for one";
}

TEST(PanelDelivery, WhatIsNoLongerOwedIsNotPutOff) {
    Recorder r;
    r.own();
    const Error error(NextMove::kWait, "panel.refused", "not now");
    EXPECT_TRUE(decide_deferred(r.moment(), kItem, OwedResult(), error, false).empty());
}

// ---- passwords that no operation asked for

class Passwords : public ::testing::Test {
  protected:
    // The account of the item, made anew with a password that the panel does not have.
    Passwords() {
        r.own();
        Ledger ledger = r.ledger();
        ledger.change(kItem, [](LedgerItem& item) { item.password_ref = "ref-1"; });
        with_password = std::move(ledger);
    }

    Recorder r;
    Ledger with_password;
};

TEST_F(Passwords, OneThatThePanelDoesNotHaveIsOwedToIt) {
    EXPECT_TRUE(decide_passwords(r.ledger(), {}, {}).empty()) << "there is none";
    const std::vector<Event> events = decide_passwords(with_password, {}, {});
    ASSERT_EQ(events.size(), 1U);
    const auto& owed = std::get<PanelResultOwed>(events.front());
    EXPECT_EQ(owed.item, kItem);
    EXPECT_EQ(owed.server, kServer);
    EXPECT_EQ(owed.command, kParamsOnly);
    EXPECT_TRUE(owed.completed);
    EXPECT_EQ(decide_passwords(with_password, {kItem}, {}).size(), 1U);
    EXPECT_TRUE(decide_passwords(with_password, {ItemId(99)}, {}).empty());
}

TEST_F(Passwords, OneThatIsOnItsWayToTheAccountWaitsAndIsNotForgotten) {
    Ledger under_way = with_password;
    under_way.change(kItem, [](auto& item) { item.in_doubt.emplace_back().secret_ref = "ref-1"; });
    EXPECT_TRUE(decide_passwords(under_way, {}, {}).empty());
    OwedResult owed;
    owed.command = kParamsOnly;
    EXPECT_TRUE(decide_delivered(with_password, kItem, owed, "ref-1", "").password_saved);
    EXPECT_FALSE(decide_delivered(with_password, kItem, owed, "ref-0", "").password_saved);
    EXPECT_FALSE(decide_delivered(under_way, kItem, owed, "ref-1", "").password_saved);
}

TEST_F(Passwords, AnotherClientsRowIsNotTold) {
    with_password.change(kItem, [](LedgerItem& item) {
        item.client = 17;
        item.sold.emplace().client = 17;
    });
    EXPECT_EQ(decide_passwords(with_password, {}, {}).size(), 1U);
    with_password.change(kItem, [](LedgerItem& item) { item.sold->client = 18; });
    EXPECT_TRUE(decide_passwords(with_password, {}, {}).empty());
}

TEST_F(Passwords, AnOperationOrAResultOfTheItemBringsItAlong) {
    EXPECT_TRUE(decide_passwords(with_password, {}, {operation()}).empty());
    PendingOperation other = operation(32);
    other.item = ItemId(99);
    EXPECT_EQ(decide_passwords(with_password, {}, {other}).size(), 1U);
    with_password.change(kItem, [](LedgerItem& item) { item.owed.emplace_back(); });
    EXPECT_TRUE(decide_passwords(with_password, {}, {}).empty());
}

TEST_F(Passwords, OneThatWasOfferedOrWhoseAccountIsGoneIsNot) {
    with_password.change(kItem, [](LedgerItem& item) { item.password_offered = "ref-1"; });
    EXPECT_TRUE(decide_passwords(with_password, {}, {}).empty());
    with_password.change(kItem, [](LedgerItem& item) { item.password_offered = "ref-0"; });
    EXPECT_EQ(decide_passwords(with_password, {}, {}).size(), 1U);
    with_password.change(kItem, [](LedgerItem& item) { item.deleted = true; });
    EXPECT_TRUE(decide_passwords(with_password, {}, {}).empty());
}

TEST(PanelProblem, IsToldAndTakenBackAndTriedLaterWhenItCannotBe) {
    Recorder r;
    r.record({ServerQuarantined{
        kServer, "ocs.connect", "nobody there", NextMove::kWait, kStart + hours(1), 1}});
    EXPECT_EQ(problems_due(r.moment()), std::vector<ServerId>{kServer});
    const Error error(NextMove::kRetryCall, "panel.answer", "no answer");
    r.record(decide_problem_told(r.moment(), *r.ledger().server(kServer), "away", &error));
    EXPECT_TRUE(problems_due(r.moment()).empty());
    EXPECT_FALSE(problems_due({r.ledger(), r.now + seconds(1)}).empty());
    r.record(decide_problem_told(r.moment(), *r.ledger().server(kServer), "away", nullptr));
    EXPECT_TRUE(problems_due({r.ledger(), r.now + hours(1)}).empty());
    r.record({ServerRecovered{kServer}});
    EXPECT_FALSE(problems_due(r.moment()).empty());
}

TEST(PanelProblem, WhatWaitsForAnApprovalIsShownUntilItDoesNot) {
    Recorder r;
    const auto told = [&r] {
        const std::vector<ServerId> due = problems_due(r.moment());
        if (due.empty()) {
            return std::string("nothing");
        }
        const LedgerServer server = *r.ledger().server(kServer);
        r.record(decide_problem_told(r.moment(), server, problem_of(server), nullptr));
        return r.ledger().server(kServer)->problem_shown;
    };
    EXPECT_EQ(told(), "nothing");
    r.record({PlanStopped{kServer, "0123456789abcdef0123", "9 deletes", 9}});
    const std::string shown = told();
    EXPECT_NE(shown.find("on server 1: 9 deletes"), std::string::npos) << shown;
    EXPECT_NE(shown.find("approve 0123456789abcdef`"), std::string::npos) << shown;
    EXPECT_EQ(told(), "nothing") << "once";
    r.record({PlanStopped{kServer, "another", "10 deletes", 10}});
    EXPECT_NE(told().find("10 deletes"), std::string::npos);
    r.record({ServerQuarantined{
        kServer, "ocs.connect", "nobody there", NextMove::kWait, kStart + hours(1), 1}});
    EXPECT_EQ(told(), "nobody there") << "that goes first";
    r.record({ServerQuarantined{
        kServer, "ocs.connect", "still nobody", NextMove::kWait, kStart + hours(1), 2}});
    EXPECT_EQ(told(), "nothing") << "however it is said";
    r.record({ServerRecovered{kServer}});
    EXPECT_NE(told().find("10 deletes"), std::string::npos);
    r.record({PlanBegun{kServer, "another", 10, 10}});
    EXPECT_EQ(told(), "nothing") << "others of it may wait still";
    PassCompleted whole;
    whole.servers.emplace_back().server = kServer;
    whole.servers.front().complete = true;
    r.record({whole});
    EXPECT_EQ(told(), "") << "taken back";
    EXPECT_EQ(told(), "nothing");
}

TEST(PanelProblem, OneOfManyServersAsksAPanelThatIsAway) {
    Recorder r;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        r.record({ServerQuarantined{
            ServerId(id), "ocs.connect", "nobody", NextMove::kWait, kStart + hours(1), 1}});
    }
    EXPECT_EQ(problems_due(r.moment()).size(), 3U);
    r.record({PanelWentAway{"it does not run"}});
    std::set<ServerId> asked;
    Time at = r.now;
    for (int look = 0; look < 3; ++look) {
        at = next_look_at_panel(r.now, at);
        const std::vector<ServerId> due = problems_due({r.ledger(), at});
        ASSERT_EQ(due.size(), 1U);
        asked.insert(due.front());
    }
    EXPECT_EQ(asked.size(), 3U);
    r.record(decide_owed(r.ledger(), operation(), kCompleted, PanelRules()));
    EXPECT_TRUE(problems_due({r.ledger(), at}).empty()) << "a result asks";
}

TEST(PanelProblem, APanelThatIsAwayPutsNothingOff) {
    Recorder r;
    r.record({ServerQuarantined{
        kServer, "ocs.connect", "nobody there", NextMove::kWait, kStart + hours(1), 1}});
    r.record({PanelWentAway{"it does not run"}});
    const Error error(Concern::kPanel, NextMove::kRetryCall, "panel.unreachable", "no answer");
    const LedgerServer& server = *r.ledger().server(kServer);
    EXPECT_TRUE(decide_problem_told(r.moment(), server, "away", &error).empty());
}

// ---- usage

TEST(Posting, ARefusedDayIsOfferedAgainLaterEachTimeAndHoldsUpNoOther) {
    Recorder r;
    r.record({UsageMeasured{kServer, "2026-11-21", 1, 1, true}});
    r.record({UsageMeasured{kServer, "2026-11-22", 1, 1, true}});
    std::vector<long> pauses;
    for (int i = 0; i < 10; ++i) {
        r.record(decide_posted(r.moment(), kServer, "2026-11-21", no("locked")));
        EXPECT_EQ(next_day_to_post(r.moment(), kServer, {}, false), "2026-11-22");
        EXPECT_EQ(next_day_to_post(r.moment(), kServer, {}, true), "2026-11-21");
        const Time next = *r.ledger().server(kServer)->stat_owed.front().next_attempt_at;
        pauses.push_back(std::chrono::duration_cast<seconds>(next - r.now).count());
        r.now = next;
    }
    EXPECT_EQ(pauses, (std::vector<long>{15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600}));
    r.record(decide_posted(r.moment(), kServer, "2026-11-21", yes()));
    EXPECT_EQ(r.ledger().server(kServer)->stat_owed.size(), 1U);
}

TEST(Posting, OneTurnOffersEachDayOnce) {
    Recorder r;
    r.record({UsageMeasured{kServer, "2026-11-21", 1, 1, true}});
    r.record({UsageMeasured{kServer, "2026-11-22", 1, 1, true}});
    const auto next = [&](const std::set<std::string>& tried) {
        return next_day_to_post(r.moment(), kServer, tried, true);
    };
    EXPECT_EQ(next({}), "2026-11-21");
    EXPECT_EQ(next({"2026-11-21"}), "2026-11-22");
    EXPECT_EQ(next({"2026-11-21", "2026-11-22"}), "");
    EXPECT_EQ(next_day_to_post(r.moment(), ServerId(99), {}, true), "");
}

TEST(Posting, TheSameRefusalIsNoNews) {
    Recorder r;
    r.record({UsageMeasured{kServer, "2026-11-21", 1, 1, true}});
    EXPECT_TRUE(post_is_news(r.ledger(), kServer, "2026-11-21", no("locked")));
    r.record(decide_posted(r.moment(), kServer, "2026-11-21", no("locked")));
    EXPECT_FALSE(post_is_news(r.ledger(), kServer, "2026-11-21", no("locked")));
    EXPECT_TRUE(post_is_news(r.ledger(), kServer, "2026-11-21", no("closed")));
    EXPECT_TRUE(post_is_news(r.ledger(), kServer, "2026-11-21", yes()));
}

TEST(Posting, ATryOutOfTurnMovesNothing) {
    Recorder r;
    r.record({UsageMeasured{kServer, "2026-11-21", 1, 1, true}});
    r.record(decide_posted(r.moment(), kServer, "2026-11-21", no("locked")));
    EXPECT_TRUE(decide_posted(r.moment(), kServer, "2026-11-21", no("locked")).empty());
}

TEST(Measuring, IsDueOnceADayAndLaterAfterFailures) {
    Recorder r;
    r.record({UsageMeasured{kServer, "2026-11-21", 1, 1, false}});
    const auto due = [&](const char* day, const char* time) {
        return measurement_due(*r.ledger().server(kServer), {day, time}, "03:00", r.now);
    };
    EXPECT_FALSE(due("2026-11-21", "04:00"));
    EXPECT_FALSE(due("2026-11-22", "02:59"));
    EXPECT_TRUE(due("2026-11-22", "03:00"));
    const Error error(NextMove::kRetryCall, "ocs.timeout", "too slow");
    r.record(decide_measure_failed(r.moment(), kServer, error));
    EXPECT_TRUE(decide_measure_failed(r.moment(), kServer, error).empty());
    EXPECT_FALSE(due("2026-11-22", "03:00"));
    r.now += minutes(1);
    EXPECT_TRUE(due("2026-11-22", "03:01"));
    r.record(decide_measure_failed(r.moment(), kServer, error));
    r.now += minutes(1);
    EXPECT_FALSE(due("2026-11-22", "03:02"));
    r.now -= hours(30);  // a clock that was set back makes nobody wait for ever
    EXPECT_TRUE(due("2026-11-22", "03:02"));
}

TEST(Measuring, AServerThatIsLeftAloneIsNot) {
    Recorder r;
    r.record({ServerQuarantined{
        kServer, "ocs.connect", "nobody there", NextMove::kWait, kStart + hours(1), 1}});
    const LocalTime night{"2026-11-22", "03:00"};
    EXPECT_FALSE(measurement_due(*r.ledger().server(kServer), night, "03:00", r.now));
    r.record({ServerRecovered{kServer}});
    EXPECT_TRUE(measurement_due(*r.ledger().server(kServer), night, "03:00", r.now));
}

// ---- imports

TEST(Imports, OneAccountBecomesOneService) {
    Recorder r;
    r.record({ServerObserved{kServer, "cloud", "Nextcloud", "25", "https://cloud"}});
    ActualAccount account;
    account.login = "Berta";
    account.local_backend = true;
    account.details_known = true;
    const DesiredSnapshot none;
    const auto why = [&] { return why_no_import(r.moment(), none, kServer, account); };
    EXPECT_EQ(why(), "");
    EXPECT_TRUE(decide_imported(kServer, "Berta", no("no such type")).empty());
    EXPECT_TRUE(decide_imported(kServer, "Berta", nobody(false)).empty());
    r.record(decide_imported(kServer, "Berta", nobody(true)));
    account.login = "BERTA";
    EXPECT_NE(why(), "");
    r.now += hours(1);
    EXPECT_EQ(why(), "");
    account.admin = true;
    EXPECT_NE(why(), "");
}

TEST(Imports, WhatIsNotALocalAccountOfItsOwnIsRefused) {
    Recorder r;
    r.own("carla");
    ActualAccount account;
    account.login = "Berta";
    account.local_backend = true;
    account.details_known = true;
    const DesiredSnapshot none;
    const auto refused = [&] { return !why_no_import(r.moment(), none, kServer, account).empty(); };
    EXPECT_FALSE(refused());
    account.local_backend = false;
    EXPECT_TRUE(refused());
    account.local_backend = true;
    account.details_known = false;
    EXPECT_TRUE(refused());
    account.details_known = true;
    account.login = "Carla";
    EXPECT_TRUE(refused()) << "an item owns it";
}

TEST(Imports, TheServiceThatThePanelMadeIsNamed) {
    Result<PanelAnswer> answer = yes();
    answer->fields["service_id"] = "4711";
    const auto certain = std::get<AccountImported>(decide_imported(kServer, "B", answer).at(0));
    EXPECT_TRUE(certain.certain);
    EXPECT_EQ(certain.service, "4711");
    const auto lost = std::get<AccountImported>(decide_imported(kServer, "B", nobody(true)).at(0));
    EXPECT_FALSE(lost.certain);
    EXPECT_EQ(lost.service, "");
}

// ---- restarts

// Whatever happened, a process that starts now decides as the one that has run all the time.
TEST(PanelDecisions, AreTheSameAfterARestartAtAnyPoint) {
    EXPECT_TRUE(rc::check([] {
        Recorder r;
        r.own();
        r.record({UsageMeasured{kServer, "2026-11-21", 1, 1, true}});
        const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 9));
        for (const int step : steps) {
            r.now += Duration(*rc::gen::inRange(0, 100'000));
            const Ledger fresh = r.folded();
            RC_ASSERT(fresh == r.ledger());
            const auto decide = [&](const Ledger& ledger) -> std::vector<Event> {
                PanelCallMade call;
                call.item = kItem;
                call.operation = 31;
                call.once = PanelCallMade::Once::kRollback;
                const auto& owed = ledger.item(kItem)->owed;
                const Error error(NextMove::kWait, "panel.refused", "not now");
                switch (step) {
                    case 0:
                        return decide_owed(ledger, operation(), kCompleted, PanelRules());
                    case 1:
                        return decide_owed(ledger, operation(), refused(), PanelRules());
                    case 2:
                        return decide_called(ledger, call, nobody());
                    case 3:
                        return decide_called(ledger, call, yes());
                    case 4:
                        return owed.empty() ? std::vector<Event>()
                                            : decide_deferred(
                                                  {ledger, r.now}, kItem, owed.front(), error, false
                                              );
                    case 5:
                        return owed.empty()
                                   ? std::vector<Event>()
                                   : std::vector<Event>{
                                         decide_delivered(ledger, kItem, owed.front(), "", "")};
                    case 6:
                        return decide_posted({ledger, r.now}, kServer, "2026-11-21", no("locked"));
                    case 7:
                        return decide_imported(kServer, "berta", nobody(true));
                    default:
                        return *decide_paused(
                            {ledger, kStart}, {{kItem}, {}, false}, {"a test", {}}
                        );
                }
            };
            std::vector<Event> events = decide(r.ledger());
            RC_ASSERT(decide(fresh) == events);
            RC_ASSERT(results_due({fresh, r.now}) == results_due(r.moment()));
            RC_ASSERT(problems_due({fresh, r.now}) == problems_due(r.moment()));
            r.record(std::move(events));
        }
    }));
}

}  // namespace
}  // namespace bn::panel_decisions_test
