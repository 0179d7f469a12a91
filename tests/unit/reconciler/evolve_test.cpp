// What single events make of an item, where no pass leads.
#include <gtest/gtest.h>

#include "reconciler/events/events.hpp"

namespace bn::evolve_test {
namespace {

const ItemId kItem(7);
const ServerId kServer(3);

class Evolving : public ::testing::Test {
  protected:
    void record(Event event) {
        Envelope envelope;
        envelope.at = now;
        envelope.event = std::move(event);
        evolve(ledger, envelope);
    }

    static Action action(ActionKind kind) { return {kind, kServer, kItem, "user_7"}; }

    void intend(const std::string& id, const Action& what) { record(ActionIntended{id, what, ""}); }

    void succeed(const std::string& id, ActionKind kind, std::optional<Time> until = {}) {
        ActionSucceeded done;
        done.action_id = id;
        done.item = kItem;
        done.server = kServer;
        done.kind = kind;
        done.retained_until = until;
        record(done);
    }

    // A complete pass that adds this to the observed time.
    void pass(Time begun, Duration step) {
        PassCompleted done;
        done.started_at = begun;
        done.servers.resize(1);
        done.servers.front().server = kServer;
        done.servers.front().complete = true;
        done.servers.front().observed = step;
        record(done);
    }

    [[nodiscard]] const LedgerItem& item() const { return *ledger.item(kItem); }

    Ledger ledger;
    Time now{std::chrono::hours(24 * 365 * 50)};
};

// What goes on keeps its time, what begins anew has a new one, and nothing else is remembered.
TEST_F(Evolving, EachFieldAndReasonKnowsSinceWhen) {
    const Time first = now;
    const auto differ = [&](std::vector<DriftField> fields) {
        DriftObserved drift{kItem, kServer, "user_7", {}};
        for (const DriftField field : fields) {
            drift.fields.push_back({field, "", ""});
        }
        record(drift);
    };
    const auto hold = [&](std::vector<HoldCode> codes) {
        ItemHeld held{kItem, {}};
        for (const HoldCode code : codes) {
            held.holds.emplace_back(kItem, kServer, code, "", "", "");
        }
        record(held);
    };
    differ({DriftField::kQuota});
    hold({HoldCode::kNoDisk, HoldCode::kNoDisk});
    now += std::chrono::hours(1);
    differ({DriftField::kQuota, DriftField::kGroup});
    hold({HoldCode::kNotOurs, HoldCode::kNoDisk});
    const std::vector<SinceWhen<DriftField>> fields{
        {DriftField::kQuota, first}, {DriftField::kGroup, now}};
    const std::vector<SinceWhen<HoldCode>> reasons{
        {HoldCode::kNotOurs, now}, {HoldCode::kNoDisk, first}};
    EXPECT_EQ(item().differs, fields);
    EXPECT_EQ(item().held, reasons);
    now += std::chrono::hours(1);
    differ({DriftField::kGroup});
    now += std::chrono::hours(1);
    differ({DriftField::kQuota});
    EXPECT_EQ(item().differs, (std::vector<SinceWhen<DriftField>>{{DriftField::kQuota, now}}));
    record(DriftCleared{kItem});
    record(ItemHoldsCleared{kItem});
    EXPECT_TRUE(item().differs.empty());
    EXPECT_TRUE(item().held.empty());
}

TEST_F(Evolving, ACopyOfTheStoreProvesItAsWell) {
    record(StoreChecked{"backup", "3:c0ffee"});
    const Time copied = now;
    now += std::chrono::hours(1);
    record(StoreChecked{"verify", "4:feed"});
    EXPECT_EQ(ledger.panel().backed_up_at, copied);
    EXPECT_EQ(ledger.panel().verified_at, now);
}

TEST_F(Evolving, AStopLastsSinceTheFirstOfItsPlans) {
    const auto stop = [&](const char* checksum) {
        PlanStopped stopped;
        stopped.server = kServer;
        stopped.checksum = checksum;
        record(stopped);
    };
    const Time first = now;
    stop("a");
    now += std::chrono::hours(1);
    stop("b");
    EXPECT_EQ(ledger.server(kServer)->stopped_since, first);
    pass(now, Duration{1});
    EXPECT_FALSE(ledger.server(kServer)->stopped_since);
}

// A word that an absence is right ends with that absence, by whatever shows that it has ended.
TEST_F(Evolving, AWordForAnAbsenceEndsWithIt) {
    const auto observe = [&](std::vector<DriftField> fields, ItemId of = kItem) {
        DriftObserved drift{of, kServer, "user_7", {}};
        for (const DriftField field : fields) {
            drift.fields.push_back({field, "", ""});
        }
        record(drift);
    };
    const auto missing = [&] {
        record(AccountAdopted{kItem, kServer, "user_7", ""});
        observe({DriftField::kMissing});
        EXPECT_FALSE(item().absence_accepted);
        record(ServerResumed{kServer});
        EXPECT_TRUE(item().absence_accepted);
    };
    missing();
    observe({DriftField::kMissing, DriftField::kQuota});
    EXPECT_TRUE(item().absence_accepted);
    observe({DriftField::kQuota});
    EXPECT_FALSE(item().absence_accepted);
    missing();
    record(DriftCleared{kItem});
    EXPECT_FALSE(item().absence_accepted);
    record(ServerResumed{kServer});
    EXPECT_FALSE(item().absence_accepted) << "it is there";
    missing();
    record(AccountAdopted{kItem, kServer, "user_7", ""});
    EXPECT_FALSE(item().absence_accepted);
    missing();
    succeed("a", ActionKind::kCreate);
    EXPECT_FALSE(item().absence_accepted);
    missing();
    record(AccountFoundAgain{kItem, kServer, "user_7"});
    EXPECT_FALSE(item().absence_accepted);
    missing();
    record(ItemHistoryLost{kItem});
    EXPECT_FALSE(item().absence_accepted);
    observe({DriftField::kMissing}, ItemId(8));
    record(ServerResumed{ServerId(4)});
    EXPECT_FALSE(item().absence_accepted) << "it is on another server";
    record(ServerResumed{kServer});
    EXPECT_TRUE(item().absence_accepted);
    EXPECT_FALSE(ledger.item(ItemId(8))->absence_accepted) << "it never had an account";
}

TEST_F(Evolving, ASuspensionLeavesTheRetentionOfAClosingAsItIs) {
    const Time until = now + std::chrono::hours(24);
    succeed("a", ActionKind::kDisable, until);
    succeed("b", ActionKind::kDisable);
    EXPECT_EQ(item().retained_until, until);
    succeed("c", ActionKind::kEnable);
    EXPECT_EQ(item().retained_until, std::nullopt);
}

TEST_F(Evolving, ALostAnswerToAClosingDisableBeginsTheRetentionAsWell) {
    record(AccountAdopted{kItem, kServer, "user_7", "by hand"});
    succeed("a", ActionKind::kDisable, now);
    const auto first = item().closed_at;
    ASSERT_TRUE(first.has_value());
    pass(now, std::chrono::hours(400));
    Action again = action(ActionKind::kDisable);
    again.closing = true;
    intend("b", again);
    DoubtResolved yes;
    yes.action_id = "b";
    yes.item = kItem;
    yes.server = kServer;
    yes.kind = ActionKind::kDisable;
    record(yes);
    EXPECT_EQ(item().closed_at, first) << "it had no effect";
    intend("b", again);
    yes.took_effect = true;
    record(yes);
    EXPECT_EQ(item().closed_at, std::chrono::hours(400));
}

// A pass that began before a closing counts time in which the account was not closed.
TEST_F(Evolving, WhatAPassUnderWayAddsIsNoTimeOfAClosingInIt) {
    using std::chrono::hours;
    record(AccountAdopted{kItem, kServer, "user_7", "by hand"});
    const Duration retention = hours(24 * 14);
    const Time start = now;
    for (const int pause : {2, 20, 40, 400}) {
        pass(now, hours(1));
        now += hours(pause);
        const Time begun = now;
        now += hours(2);
        succeed("a", ActionKind::kDisable, now + retention);
        pass(begun, step_to(ledger.server(kServer), begun, longest_step(retention)));
        EXPECT_GE(*retention_left(item(), ledger.server(kServer), now, retention), retention)
            << pause;
    }
    EXPECT_GT(now, start);
}

TEST_F(Evolving, ADeletedAccountIsNotOursAnyMore) {
    record(AccountAdopted{kItem, kServer, "user_7", "by hand"});
    ASSERT_TRUE(owns(item()));
    succeed("a", ActionKind::kDelete);
    EXPECT_FALSE(owns(item()));
    EXPECT_TRUE(item().deleted);
}

TEST_F(Evolving, TheSameIntentTwiceIsOneIntent) {
    intend("a", action(ActionKind::kEnable));
    intend("a", action(ActionKind::kEnable));
    EXPECT_EQ(item().in_doubt.size(), 1U);
}

TEST_F(Evolving, ADoubtWithoutEffectChangesNothingElse) {
    intend("a", action(ActionKind::kCreate));
    DoubtResolved no;
    no.action_id = "a";
    no.item = kItem;
    no.server = kServer;
    no.kind = ActionKind::kCreate;
    record(no);
    EXPECT_TRUE(item().in_doubt.empty());
    EXPECT_FALSE(owns(item()));
}

TEST_F(Evolving, ASuccessEndsThePauseOfItsOwnKind) {
    const auto fail = [this](ActionKind kind) {
        ActionFailed failed;
        failed.item = kItem;
        failed.server = kServer;
        failed.kind = kind;
        failed.move = NextMove::kHuman;
        failed.code = "ocs.any";
        failed.what = "no";
        failed.next_attempt_at = now;
        record(failed);
    };
    fail(ActionKind::kSetEmail);
    fail(ActionKind::kEnable);
    fail(ActionKind::kEnable);
    EXPECT_EQ(
        *item().setback(ActionKind::kEnable),
        (Setback{ActionKind::kEnable, 2, now, "no [ocs.any]", true, "ocs.any", "", now, false})
    );
    EXPECT_EQ(item().setback(ActionKind::kSetEmail)->failures, 1U);
    EXPECT_EQ(item().next_attempt_at(), now);
    succeed("a", ActionKind::kEnable);
    EXPECT_EQ(item().setback(ActionKind::kEnable), nullptr);
    EXPECT_NE(item().setback(ActionKind::kSetEmail), nullptr);
    succeed("b", ActionKind::kDelete);
    EXPECT_TRUE(item().setbacks.empty()) << "of an account that is gone";
    EXPECT_FALSE(item().next_attempt_at());
    fail(ActionKind::kSetEmail);
    record(DriftCleared{kItem});
    EXPECT_TRUE(item().setbacks.empty()) << "there is nothing to try";
}

// Whatever answered: the call or a look.
TEST_F(Evolving, WhatACreateMadeIsOursWithItsPassword) {
    for (const bool looked : {false, true}) {
        ledger = Ledger();
        succeed("closing", ActionKind::kDisable, now);
        record(ActionIntended{"a", action(ActionKind::kCreate), "sealed"});
        if (looked) {
            DoubtResolved found;
            found.action_id = "a";
            found.item = kItem;
            found.server = kServer;
            found.kind = ActionKind::kCreate;
            found.took_effect = true;
            record(found);
        } else {
            succeed("a", ActionKind::kCreate);
        }
        EXPECT_TRUE(owns(item()));
        EXPECT_EQ(item().login, "user_7") << "as it was asked for";
        EXPECT_EQ(item().password_ref, "sealed");
        EXPECT_FALSE(item().closed_at) << "a new account has no retention behind it";
        intend("b", action(ActionKind::kSetQuota));
        succeed("b", ActionKind::kSetQuota);
        EXPECT_EQ(item().password_ref, "sealed") << "it waits still";
        record(ActionIntended{"c", action(ActionKind::kDelete), ""});
        succeed("c", ActionKind::kDelete);
        EXPECT_EQ(item().password_ref, "") << "of an account that is gone";
        EXPECT_TRUE(item().corrections.empty());
    }
}

TEST_F(Evolving, ALostAnswerToASuspensionBeginsNoRetention) {
    record(AccountAdopted{kItem, kServer, "user_7", "by hand"});
    intend("a", action(ActionKind::kDisable));
    DoubtResolved yes;
    yes.action_id = "a";
    yes.item = kItem;
    yes.server = kServer;
    yes.kind = ActionKind::kDisable;
    yes.took_effect = true;
    record(yes);
    EXPECT_FALSE(item().closed_at);
}

TEST_F(Evolving, WhatIsHandedOverIsNobodysWhoHadIt) {
    record(SoldChanged{kItem, kServer, {{"opened before us", "no", "yes"}}});
    ASSERT_TRUE(item().sold->opened_before_us);
    record(ActionIntended{"a", action(ActionKind::kCreate), "sealed"});
    succeed("a", ActionKind::kCreate);
    succeed("b", ActionKind::kDisable, now);
    record(AccountHandedOver{kItem, kServer, "user_7", ItemId(8)});
    EXPECT_FALSE(owns(item()));
    EXPECT_EQ(item().ownership, Ownership::kNone);
    EXPECT_EQ(item().login, "");
    EXPECT_FALSE(item().deleted) << "it is there";
    EXPECT_EQ(item().password_ref, "");
    EXPECT_FALSE(item().closed_at);
    EXPECT_FALSE(item().sold->opened_before_us) << "that was about what item 8 has";
}

// Our delete may have come about, and somebody may have made the account anew.
TEST_F(Evolving, WhatIsThereAfterADeleteInDoubtIsHeldToWhatItLooksLike) {
    record(ActionIntended{"a", action(ActionKind::kCreate), "sealed"});
    succeed("a", ActionKind::kCreate);
    DoubtResolved resolved;
    resolved.item = kItem;
    resolved.server = kServer;
    resolved.kind = ActionKind::kDisable;
    record(resolved);
    EXPECT_FALSE(item().missed);
    resolved.kind = ActionKind::kDelete;
    record(resolved);
    EXPECT_TRUE(owns(item()));
    EXPECT_TRUE(item().missed);
    record(AccountFoundAgain{kItem, kServer, "user_7"});
    EXPECT_FALSE(item().missed);
}

TEST_F(Evolving, OnlyTheSameCorrectionCountsAgain) {
    const auto correct = [&](ActionKind kind, const std::string& value, bool closing = false) {
        Action one = action(kind);
        one.value = value;
        one.closing = closing;
        intend("a", one);
        succeed("a", kind);
    };
    correct(ActionKind::kDisable, "", true);
    EXPECT_TRUE(item().corrections.empty()) << "nobody fights a closing";
    correct(ActionKind::kSetEmail, "a@example.org");
    correct(ActionKind::kSetEmail, "b@example.org");
    ASSERT_EQ(item().corrections.size(), 1U);
    EXPECT_EQ(item().corrections[0].count, 1U);
    correct(ActionKind::kAddGroup, "pro");
    correct(ActionKind::kAddGroup, "basic");
    correct(ActionKind::kRemoveGroup, "pro");
    ASSERT_EQ(item().corrections.size(), 3U) << "the address, and what was last done to each group";
    EXPECT_EQ(item().corrections[1].value, "+basic");
    EXPECT_EQ(item().corrections[2].value, "-pro");
    now += kCorrectionMemory;
    correct(ActionKind::kEnable, "");
    EXPECT_EQ(item().corrections.size(), 1U);
}

TEST_F(Evolving, CorrectionsOfAnotherDayDoNotCountAsOneRow) {
    const auto correct = [&] {
        intend("a", action(ActionKind::kEnable));
        succeed("a", ActionKind::kEnable);
        return item().corrections.front().count;
    };
    EXPECT_EQ(correct(), 1U);
    EXPECT_EQ(correct(), 2U);
    now += kCorrectionMemory;
    EXPECT_EQ(correct(), 1U);
}

TEST_F(Evolving, AnItemStaysOnTheServerOfItsAccount) {
    record(ItemHeld{kItem, {Hold(kItem, kServer, HoldCode::kNotOurs, "x", "x", "x")}});
    EXPECT_EQ(item().server, kServer);
    record(AccountAdopted{kItem, kServer, "user_7", "by hand"});
    record(ItemHeld{kItem, {Hold(kItem, ServerId(4), HoldCode::kMovedServer, "x", "x", "x")}});
    EXPECT_EQ(item().server, kServer);
}

TEST_F(Evolving, APassWithAnErrorIsNoSuccess) {
    PassCompleted pass;
    pass.servers.resize(1);
    pass.servers.front().server = kServer;
    pass.servers.front().complete = true;
    pass.servers.front().error = "a call failed";
    record(pass);
    EXPECT_EQ(ledger.server(kServer)->last_success_at, std::nullopt);
    pass.servers.front().error.clear();
    pass.servers.front().complete = false;
    record(pass);
    EXPECT_EQ(ledger.server(kServer)->last_success_at, std::nullopt) << "half a reading";
    pass.servers.front().complete = true;
    record(pass);
    EXPECT_EQ(ledger.server(kServer)->last_success_at, now);
}

TEST_F(Evolving, AnItemThatCouldBeReadDoesNotMakeItsCloudKnown) {
    PassCompleted pass;
    pass.servers.resize(1);
    pass.servers.front().server = kServer;
    pass.servers.front().error = "the list broke off";
    record(pass);
    pass.servers.front().error.clear();  // of one item, narrow
    record(pass);
    EXPECT_EQ(ledger.server(kServer)->last_error, "the list broke off");
    pass.servers.front().complete = true;
    record(pass);
    EXPECT_EQ(ledger.server(kServer)->last_error, "");
}

// ---- a server

class EvolvingServer : public Evolving {
  protected:
    EvolvingServer() {
        done.servers.resize(1);
        seen().server = kServer;
        seen().complete = true;
        seen().desired = seen().actual = 100;
        record(done);
    }

    PassServerSummary& seen() { return done.servers.front(); }

    [[nodiscard]] const LedgerServer& server() const { return *ledger.server(kServer); }

    PassCompleted done;
};

TEST_F(EvolvingServer, KnowsItsSizesAndHowItWasFound) {
    seen().actual = 50;
    record(done);
    EXPECT_EQ(server().complete_passes, 2U);
    EXPECT_EQ(server().last_actual, 50U);
    EXPECT_EQ(server().last_desired, 100U);
    EXPECT_EQ(server().judged_actual, 100U) << "half of it is not believed";
    record(ServerObserved{kServer, "cloud", "Nextcloud", "25.0.2", "https://cloud.example"});
    EXPECT_EQ(server().version, "25.0.2");
    ServerQuarantined out;
    out.server = kServer;
    out.failures = 3;
    record(out);
    EXPECT_TRUE(server().quarantined_until.has_value());
    record(ServerRecovered{kServer});
    EXPECT_EQ(server().failures, 0U);
    record(ServiceStarted{});
    record(ServiceStopped{});
    record(ConfigChanged{});
}

TEST_F(EvolvingServer, OfAFormerVersionOnlyAGreatLossIsNotBelieved) {
    const auto judged = [&](std::uint64_t before, std::uint64_t after) {
        ledger.edit(kServer).judged_desired = before;
        seen().desired = after;
        record(done);
        return server().judged_desired;
    };
    EXPECT_EQ(judged(100, 79), 100U);
    EXPECT_EQ(judged(100, 80), 80U);
    EXPECT_EQ(judged(19, 5), 5U) << "few are not judged by their share";
}

TEST_F(EvolvingServer, AnApprovalCountsOnceAndAStopEndsWithAWholePass) {
    record(PlanStopped{kServer, "sum", "too many", 9});
    EXPECT_EQ(server().stopped_plan, "sum");
    record(PlanApproved{kServer, "sum", ""});
    record(PlanBegun{kServer, "other", 1, 0});
    EXPECT_EQ(server().stopped_plan, "sum") << "a create in between changes nothing";
    EXPECT_EQ(server().approved_plan, "sum");
    record(PlanBegun{kServer, "sum", 9, 9});
    EXPECT_EQ(server().stopped_plan, "sum") << "what else is harmful ends no stop";
    seen().stopped = "too many";
    done.started_at = server().approved_at - Duration(1);
    record(done);
    EXPECT_EQ(server().approved_plan, "sum") << "that pass had begun before";
    done.started_at = server().approved_at;
    record(done);
    EXPECT_EQ(server().approved_plan, "") << "it used it, or it was for nothing";
    seen().stopped = "too many";
    record(done);
    EXPECT_EQ(server().stopped_plan, "sum");
    EXPECT_EQ(server().stopped_reason, "too many");
    seen().complete = false;
    seen().stopped.clear();
    seen().error = "page 3 timed out";
    record(done);
    EXPECT_EQ(server().stopped_plan, "sum") << "half a reading ends nothing";
    EXPECT_EQ(server().last_error, "page 3 timed out");
    EXPECT_EQ(server().complete_passes, 4U);
    seen().complete = true;
    record(done);
    EXPECT_EQ(server().stopped_plan, "") << "the plan is not stopped any more";
}

}  // namespace
}  // namespace bn::evolve_test
