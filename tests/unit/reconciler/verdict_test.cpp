#include "reconciler/decide/verdict.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::verdict_test {
namespace {

OperationFacts done_facts(std::string command, Wanted wanted) {
    OperationFacts facts;
    facts.command = std::move(command);
    facts.has_row = true;
    facts.wanted = wanted;
    facts.looked = true;
    return facts;
}

Hold hold(HoldCode code) {
    return Hold(ItemId(7), ServerId(3), code, "pricelist 12", "what is wrong", "what to do");
}

TEST(Verdict, WhatTheRowAsksForAndTheCloudHasIsCompleted) {
    EXPECT_EQ(judge(done_facts("open", Wanted::kEnabled)).verdict, Verdict::kCompleted);
    EXPECT_EQ(judge(done_facts("resume", Wanted::kEnabled)).verdict, Verdict::kCompleted);
    EXPECT_EQ(judge(done_facts("suspend", Wanted::kDisabled)).verdict, Verdict::kCompleted);
    EXPECT_EQ(judge(done_facts("setparam", Wanted::kDisabled)).verdict, Verdict::kCompleted);
    EXPECT_EQ(judge(done_facts("prolong", Wanted::kEnabled)).verdict, Verdict::kCompleted);
}

TEST(Verdict, AnOperationThatItsRowDoesNotAskForIsNeverCompleted) {
    EXPECT_EQ(judge(done_facts("suspend", Wanted::kEnabled)).verdict, Verdict::kWorking);
    EXPECT_EQ(judge(done_facts("open", Wanted::kDisabled)).verdict, Verdict::kWorking);
    EXPECT_EQ(judge(done_facts("resume", Wanted::kDisabled)).verdict, Verdict::kWorking);
    EXPECT_EQ(judge(done_facts("close", Wanted::kEnabled)).verdict, Verdict::kWorking);
    EXPECT_EQ(judge(done_facts("setparam", Wanted::kNothing)).verdict, Verdict::kWorking);
}

TEST(Verdict, CallsThatAreNotDoneYetKeepItWorking) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.planned = 2;
    facts.done = 1;
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
    facts.done = 2;
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
}

TEST(Verdict, ACloseIsCompletedWhileItsAccountIsRetained) {
    OperationFacts facts = done_facts("close", Wanted::kAbsent);
    facts.holds.push_back(hold(HoldCode::kRetention));
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.command = "suspend";
    EXPECT_NE(judge(facts).verdict, Verdict::kCompleted);
    facts.wanted = Wanted::kDisabled;
    EXPECT_NE(judge(facts).verdict, Verdict::kCompleted) << "a suspended service is not closed";
}

TEST(Verdict, AServiceThatWasNeverOpenedCanBeClosedWithoutALook) {
    OperationFacts facts = done_facts("close", Wanted::kAbsent);
    facts.looked = false;
    facts.may_have_account = false;
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.may_have_account = true;
    EXPECT_NE(judge(facts).verdict, Verdict::kCompleted) << "nobody looked at its account";
    facts.command = "open";
    facts.wanted = Wanted::kEnabled;
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
}

TEST(Verdict, AChangeOfAnOrderThatWasNeverPaidNeedsNothing) {
    OperationFacts facts = done_facts("setparam", Wanted::kNothing);
    facts.may_have_account = false;
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.planned = 1;
    EXPECT_NE(judge(facts).verdict, Verdict::kCompleted);
    facts.planned = 0;
    for (const char* command : {"open", "resume", "suspend", "close"}) {
        facts.command = command;
        EXPECT_NE(judge(facts).verdict, Verdict::kCompleted) << command;
    }
}

TEST(Verdict, AHoldForAPersonRefusesAndSaysWhatToDo) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.holds.push_back(hold(HoldCode::kBackoff));
    facts.holds.push_back(hold(HoldCode::kMissingGroup));
    const OperationVerdict verdict = judge(facts);
    EXPECT_EQ(verdict.verdict, Verdict::kRefused);
    EXPECT_EQ(verdict.code, "missing-group");
    EXPECT_EQ(verdict.what, "what is wrong");
    EXPECT_EQ(verdict.remedy, "what to do");
}

TEST(Verdict, AHoldThatEndsByItselfKeepsItWorking) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.holds.push_back(hold(HoldCode::kInDoubt));
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
    facts.holds.front() = hold(HoldCode::kPaused);
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
}

TEST(Verdict, AFailureIsJudgedByTheNextMove) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.planned = 1;
    facts.failure = Error(NextMove::kRetryCall, "ocs.500", "it broke");
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
    facts.failure = Error(NextMove::kHuman, "ocs.password_policy", "too weak", "change it");
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused);
    EXPECT_EQ(judge(facts).code, "ocs.password_policy");
}

TEST(Verdict, AnOutageWaitsAndARefusedLoginDoesNot) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.looked = false;
    facts.server_error = Error(NextMove::kWait, "ocs.maintenance", "in maintenance");
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
    facts.server_error = Error(NextMove::kHuman, "ocs.401", "refused");
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused);
}

TEST(Verdict, WhatWaitsForAnApprovalIsSaidToBeStopped) {
    OperationFacts facts = done_facts("suspend", Wanted::kDisabled);
    facts.holds.push_back(hold(HoldCode::kBlastRadius));
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused);
    EXPECT_EQ(judge(facts).code, "stopped-plan");
}

TEST(Verdict, ATariffIsTakenBackOnlyForWhatLiesInIt) {
    EXPECT_TRUE(lies_in_the_tariff("missing-group"));
    EXPECT_TRUE(lies_in_the_tariff("no-disk"));
    for (const char* code :
         {"policy",
          "stopped-plan",
          "ocs.401",
          "ocs.tls",
          "fighting",
          "server.address",
          "bad-server",
          "blast-radius",
          "paused",
          "not-ours",
          "server-disabled"}) {
        EXPECT_FALSE(lies_in_the_tariff(code)) << code;
    }
}

TEST(Verdict, AnItemWithoutARowIsUnknown) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.has_row = false;
    EXPECT_EQ(judge(facts).code, "unknown-item");
}

// Whatever else is true: nothing is called completed while something of it stands open.
TEST(Verdict, ARenewalNeedsNothingOfACloud) {
    for (const char* command : {"prolong", "prolong_addon", "cancel_prolong"}) {
        OperationFacts facts = done_facts(command, Wanted::kEnabled);
        facts.looked = false;
        facts.holds.push_back(hold(HoldCode::kMissingGroup));
        facts.server_error = Error(NextMove::kHuman, "ocs.401", "refused");
        EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted) << command;
        facts.has_row = false;
        EXPECT_EQ(judge(facts).verdict, Verdict::kRefused) << command << ": it is not ours";
    }
}

TEST(Verdict, ASuspensionIsDoneWhenTheAccountIsDisabledWhateverElseIsWrong) {
    OperationFacts facts = done_facts("suspend", Wanted::kDisabled);
    facts.holds.push_back(hold(HoldCode::kMissingGroup));
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused) << "nobody knows whether it is disabled";
    facts.enabled = true;
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused);
    facts.enabled = false;
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.wanted = Wanted::kEnabled;
    EXPECT_NE(judge(facts).verdict, Verdict::kCompleted) << "the row asks for something else";
    facts.command = "resume";
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused);
    facts.enabled = true;
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.command = "reopen";
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.enabled = std::nullopt;
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused)
        << "it is bought back and has no account yet";
    facts.enabled = true;
    facts.command = "open";
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused) << "an open needs all that was sold";
    for (const HoldCode code :
         {HoldCode::kNotOurs,
          HoldCode::kOtherClient,
          HoldCode::kMovedServer,
          HoldCode::kLoginChanged,
          HoldCode::kInDoubt}) {
        for (const char* command : {"resume", "reopen"}) {
            facts.command = command;
            facts.holds = {hold(HoldCode::kMissingGroup), hold(code)};
            EXPECT_NE(judge(facts).verdict, Verdict::kCompleted)
                << command << ", " << to_string(code) << ": whose account is enabled?";
        }
    }
}

TEST(Verdict, WhereAServerIsOnlyLookedAtNothingIsRefused) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    facts.holds.push_back(hold(HoldCode::kPolicy));
    EXPECT_EQ(judge(facts).verdict, Verdict::kRefused);
    facts.only_looked_at = true;
    EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
    EXPECT_FALSE(judge(facts).lasting) << "the panel is told nothing";
    facts.holds.clear();
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
}

TEST(Verdict, WhatMayWaitLongIsToldButIsNoRefusal) {
    OperationFacts facts = done_facts("open", Wanted::kEnabled);
    for (const HoldCode code : {HoldCode::kPaused, HoldCode::kWindow, HoldCode::kClock}) {
        facts.holds = {hold(code)};
        EXPECT_EQ(judge(facts).verdict, Verdict::kWorking);
        EXPECT_TRUE(judge(facts).lasting) << to_string(code);
    }
    for (const HoldCode code : {HoldCode::kInDoubt, HoldCode::kBackoff, HoldCode::kMaintenance}) {
        facts.holds = {hold(code)};
        EXPECT_FALSE(judge(facts).lasting) << to_string(code);
    }
}

TEST(Verdict, ASuspensionOfWhatHasNoAccountNeedsNone) {
    OperationFacts facts = done_facts("suspend", Wanted::kDisabled);
    facts.holds.push_back(hold(HoldCode::kMissingGroup));
    facts.may_have_account = false;
    EXPECT_EQ(judge(facts).verdict, Verdict::kCompleted);
    facts.looked = false;
    EXPECT_NE(judge(facts).verdict, Verdict::kCompleted) << "nobody looked";
}

// Written anew, not as the rule has it.
bool needs_no_cloud(const std::string& command) {
    return command.find("prolong") != std::string::npos;
}

bool is_switched(const OperationFacts& facts) {
    const bool off = facts.command == "suspend";
    const bool nobody = off && facts.looked && !facts.may_have_account && !facts.enabled;
    const bool on = facts.command == "resume" || facts.command == "reopen";
    for (const Hold& h : facts.holds) {
        if (h.code == HoldCode::kNotOurs || h.code == HoldCode::kInDoubt ||
            h.code == HoldCode::kOtherClient || h.code == HoldCode::kLoginChanged ||
            h.code == HoldCode::kProtected || h.code == HoldCode::kVanished) {
            return false;
        }
    }
    return (off || on) && (nobody || facts.enabled == !off);
}

TEST(Verdict, NeverCompletedWithAnythingOpen) {
    const bool holds = rc::check("completed means nothing stands open", [] {
        OperationFacts facts;
        facts.command = *rc::gen::element<std::string>(
            "open", "close", "suspend", "resume", "reopen", "setparam", "prolong", "sync_item"
        );
        facts.has_row = *rc::gen::arbitrary<bool>();
        facts.looked = *rc::gen::arbitrary<bool>();
        facts.may_have_account = *rc::gen::arbitrary<bool>();
        if (*rc::gen::arbitrary<bool>()) {
            facts.enabled = *rc::gen::arbitrary<bool>();
        }
        facts.planned = *rc::gen::inRange<std::uint64_t>(0, 4);
        facts.done = *rc::gen::inRange<std::uint64_t>(0, 4);
        if (*rc::gen::arbitrary<bool>()) {
            facts.wanted = static_cast<Wanted>(*rc::gen::inRange(0, 4));
        }
        const int count = *rc::gen::inRange(0, 3);
        for (int i = 0; i < count; ++i) {
            const int code = *rc::gen::inRange(0, static_cast<int>(HoldCode::kMaintenance) + 1);
            facts.holds.push_back(hold(static_cast<HoldCode>(code)));
        }
        if (*rc::gen::arbitrary<bool>()) {
            facts.failure =
                Error(static_cast<NextMove>(*rc::gen::inRange(0, 5)), "some.code", "what");
        }
        const OperationVerdict verdict = judge(facts);
        RC_ASSERT(verdict == judge(facts));
        if (verdict.verdict == Verdict::kCompleted) {
            RC_ASSERT(facts.has_row);
            if (needs_no_cloud(facts.command)) {
                return;
            }
            RC_ASSERT(facts.wanted.has_value());
            const bool nothing_yet = facts.wanted == Wanted::kNothing && !facts.may_have_account;
            RC_ASSERT(agrees(facts.command, *facts.wanted) || nothing_yet);
            if (is_switched(facts)) {
                return;
            }
            RC_ASSERT(facts.done >= facts.planned);
            RC_ASSERT(facts.looked || !facts.may_have_account);
            RC_ASSERT(!facts.failure);
            for (const Hold& h : facts.holds) {
                RC_ASSERT(facts.command == "close");
                RC_ASSERT(h.code == HoldCode::kRetention);
            }
        } else {
            RC_ASSERT(!verdict.code.empty());
        }
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace bn::verdict_test
