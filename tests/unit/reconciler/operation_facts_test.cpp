#include <gtest/gtest.h>

#include "reconciler/decide/verdict.hpp"

namespace bn::operation_facts_test {
namespace {

const ServerId kServer(3);
const ItemId kItem(7);
const ItemId kOther(8);

// A pass of one server with one item, which has nothing to complain of.
class OperationFactsOfAPass : public ::testing::Test {
  protected:
    OperationFactsOfAPass() {
        desired_.complete = true;
        desired_.items = {kItem, kOther};
        DesiredServer& server = desired_.servers.emplace_back();
        server.id = kServer;
        row(server, kItem, Wanted::kEnabled);
        ServerObservation& seen = report_.observation.servers.emplace_back();
        seen.server = kServer;
        seen.plan.emplace();
        seen.plan->server = kServer;
        seen.plan->desired_complete = true;
        seen.plan->actual_complete = true;
    }

    static void row(DesiredServer& server, ItemId item, Wanted wanted, bool login_saved = true) {
        DesiredAccount account;
        account.item = item;
        account.login = "anna";
        account.wanted = wanted;
        account.login_saved = login_saved;
        DesiredTable::Builder builder;
        builder.add(account);
        server.accounts = std::move(builder).finish();
    }

    static PendingOperation operation(ItemId item = kItem) {
        PendingOperation o;
        o.id = 31;
        o.item = item;
        o.command = "open";
        return o;
    }

    std::map<PendingOperation, OperationFacts> all(const std::vector<PendingOperation>& of) {
        report_.observation.desired = std::make_shared<const DesiredSnapshot>(desired_);
        return operation_facts(report_, of, ledger_);
    }

    OperationFacts facts() { return all({operation()}).at(operation()); }

    ServerPlan& plan() { return *report_.observation.servers.front().plan; }

    void own(ItemId item) {
        ledger_.change(item, [&](LedgerItem& it) {
            it.item = item;
            it.server = kServer;
            it.login = "anna";
            it.ownership = Ownership::kCreated;
        });
    }

    DesiredSnapshot desired_;
    PassReport report_;
    Ledger ledger_;
};

Action action_of(ItemId item, ActionKind kind) {
    Action action;
    action.item = item;
    action.server = kServer;
    action.kind = kind;
    return action;
}

Hold hold_of(ItemId item, HoldCode code) {
    return Hold(item, kServer, code, "where", "what", "remedy");
}

TEST_F(OperationFactsOfAPass, SayWhatTheRowAsksForAndThatItWasLookedAt) {
    const OperationFacts f = facts();
    EXPECT_EQ(f.command, "open");
    EXPECT_TRUE(f.has_row);
    EXPECT_EQ(f.wanted, Wanted::kEnabled);
    EXPECT_TRUE(f.looked);
    EXPECT_EQ(f.planned, 0U);
    EXPECT_FALSE(f.server_error);
    EXPECT_EQ(judge(f).verdict, Verdict::kCompleted);
}

TEST_F(OperationFactsOfAPass, AnIncompleteReadingIsNoLook) {
    plan().actual_complete = false;
    EXPECT_FALSE(facts().looked);
    plan().actual_complete = true;
    plan().desired_complete = false;
    EXPECT_FALSE(facts().looked);
}

// Pages that shift hide an account; a look that finds it records nothing.
TEST_F(OperationFactsOfAPass, AnAccountThatAListLacksWasNotLookedAtUntilItIsKnownGone) {
    own(kItem);
    plan().gone.push_back({kOther, "bob"});
    EXPECT_TRUE(facts().looked);
    plan().gone.push_back({kItem, "anna"});
    EXPECT_FALSE(facts().looked);
    ledger_.change(kItem, [](LedgerItem& item) { item.deleted = true; });
    EXPECT_TRUE(facts().looked);
}

// An unpaid order that got the number of a former service is changed: nothing is to be looked at.
// A side is doubted: what the list lacks does not count as gone, and nobody looks.
TEST_F(OperationFactsOfAPass, AnAccountThatAListLacksWasNotLookedAtWhileASideIsDoubted) {
    own(kItem);
    plan().aside.push_back({kItem, "anna", {{DriftField::kOrphan, "", "anna"}}});
    EXPECT_TRUE(facts().looked);
    plan().aside.push_back({kOther, "bob", {{DriftField::kMissing, "bob", ""}}});
    EXPECT_TRUE(facts().looked);
    plan().aside.push_back({kItem, "anna", {{DriftField::kMissing, "anna", ""}}});
    EXPECT_FALSE(facts().looked);
}

TEST_F(OperationFactsOfAPass, TheAccountOfWhoHadTheNumberBeforeIsNotTheItems) {
    row(desired_.servers.front(), kItem, Wanted::kNothing, false);
    own(kItem);
    EXPECT_TRUE(facts().may_have_account);
    ledger_.change(kItem, [](LedgerItem& item) {
        item.client = 17;
        item.sold.emplace().client = 18;
    });
    EXPECT_FALSE(facts().may_have_account);
}

TEST_F(OperationFactsOfAPass, ARowThatAnIncompletePanelDoesNotShowMayBeThere) {
    desired_.items = {kOther};
    EXPECT_FALSE(facts().has_row);
    desired_.complete = false;
    EXPECT_TRUE(facts().has_row);
}

// Its module was taken out, or its login mistyped: its account is closed all the same.
TEST_F(OperationFactsOfAPass, AClosedRowThatStandsInNoTableIsToBeAbsent) {
    desired_.closed.push_back({kOther, 17, false});
    const PendingOperation close = operation(kOther);
    EXPECT_EQ(all({close}).at(close).wanted, Wanted::kAbsent);
    EXPECT_FALSE(all({close}).at(close).server_error) << "it was never opened";
    desired_.closed.front().opened = true;
    const auto unseen = [&] { return all({close}).at(close).server_error.has_value(); };
    EXPECT_TRUE(unseen()) << "no account is known";
    ledger_.change(kOther, [](LedgerItem& it) { it.server = kServer; });
    EXPECT_TRUE(unseen()) << "the service is known, not its account";
    own(kOther);
    EXPECT_FALSE(unseen());
    EXPECT_TRUE(all({close}).at(close).looked);
    ledger_.change(kOther, [](LedgerItem& it) { it.deleted = true; });
    EXPECT_FALSE(unseen()) << "that it is gone is known";
    desired_.closed.clear();
    EXPECT_EQ(all({close}).at(close).wanted, std::nullopt);
}

TEST_F(OperationFactsOfAPass, CountCallsOfTheItemOnlyAndAnAdoptionIsNone) {
    plan().actions = {
        action_of(kItem, ActionKind::kCreate),
        action_of(kItem, ActionKind::kAdopt),
        action_of(kOther, ActionKind::kCreate)};
    report_.calls_done[kItem] = {ActionKind::kCreate};
    report_.calls_done[kOther] = {5, ActionKind::kSetQuota};
    EXPECT_EQ(facts().planned, 1U);
    EXPECT_EQ(facts().done, 1U);
}

TEST_F(OperationFactsOfAPass, SayWhetherTheAccountIsEnabledAtTheEndOfThePass) {
    const auto see = [&](bool enabled, bool known = true) {
        ActualTable::Builder builder;
        ActualAccount account;
        account.login = "anna";
        account.enabled = enabled;
        account.details_known = known;
        builder.add(account);
        report_.observation.servers.front().actual.emplace();
        report_.observation.servers.front().actual->accounts = std::move(builder).finish();
    };
    see(true);
    EXPECT_EQ(facts().enabled, std::nullopt) << "it is not ours";
    own(kItem);
    EXPECT_EQ(facts().enabled, true);
    report_.calls_done[kItem] = {ActionKind::kSetQuota, ActionKind::kDisable};
    EXPECT_EQ(facts().enabled, false);
    report_.calls_done[kItem] = {ActionKind::kDisable, ActionKind::kEnable};
    EXPECT_EQ(facts().enabled, true);
    report_.calls_done.clear();
    see(false);
    EXPECT_EQ(facts().enabled, false);
    see(false, false);
    EXPECT_EQ(facts().enabled, std::nullopt) << "it is there, and not known in detail";
    see(false);
    plan().actual_complete = false;
    EXPECT_EQ(facts().enabled, std::nullopt) << "not all was read";
    plan().actual_complete = true;
    ledger_.change(kItem, [](LedgerItem& it) { it.in_doubt.emplace_back(); });
    EXPECT_EQ(facts().enabled, std::nullopt) << "a call of it is on its way";
}

// It is enabled all the while: what switches it is a quota of nothing.
TEST_F(OperationFactsOfAPass, AnAccountThatTakesNoFilesIsSuspendedWhereItIsToBeReadable) {
    const auto see = [&](Quota quota) {
        ActualTable::Builder builder;
        ActualAccount account;
        account.login = "anna";
        account.quota = quota;
        builder.add(account);
        report_.observation.servers.front().actual.emplace();
        report_.observation.servers.front().actual->accounts = std::move(builder).finish();
    };
    own(kItem);
    Action cut = action_of(kItem, ActionKind::kSetQuota);
    cut.quota = Quota::bytes(0);
    plan().actions = {cut};
    plan().read_only = {kItem};
    see(Quota::bytes(5));
    EXPECT_EQ(facts().enabled, true) << "nothing was done yet";
    report_.calls_done[kItem] = {ActionKind::kSetQuota};
    EXPECT_EQ(facts().enabled, false);
    report_.calls_done.clear();
    plan().actions.clear();
    see(Quota::bytes(0));
    EXPECT_EQ(facts().enabled, false) << "as it was read";
    plan().read_only.clear();
    EXPECT_EQ(facts().enabled, true) << "whom nothing was sold to is suspended by disabling";
    plan().read_only = {kItem};
    plan().actions = {cut};
    plan().actions.front().quota = Quota::bytes(5);
    EXPECT_EQ(facts().enabled, false) << "resuming is not done yet";
    report_.calls_done[kItem] = {ActionKind::kSetQuota};
    EXPECT_EQ(facts().enabled, true);
}

TEST_F(OperationFactsOfAPass, BringTheHoldsOfTheReaderAndOfThePlan) {
    desired_.holds.push_back(hold_of(kItem, HoldCode::kLoginClash));
    desired_.holds.push_back(hold_of(kOther, HoldCode::kRetention));
    plan().held.push_back(
        {action_of(kItem, ActionKind::kDelete), hold_of(kItem, HoldCode::kRetention)}
    );
    plan().held.push_back({std::nullopt, hold_of(kOther, HoldCode::kRetention)});
    const OperationFacts f = facts();
    ASSERT_EQ(f.holds.size(), 2U);
    EXPECT_EQ(f.holds[0].code, HoldCode::kLoginClash);
    EXPECT_EQ(f.holds[1].code, HoldCode::kRetention);
}

TEST_F(OperationFactsOfAPass, WhatWaitsForItsOwnReasonIsNoneToRefuseWhoHasPaid) {
    const auto held_by = [this](ActionKind kind, HoldCode code, const char* command) {
        plan().held.assign(1, {action_of(kItem, kind), hold_of(kItem, code)});
        PendingOperation asked = operation();
        asked.command = command;
        return !all({asked}).at(asked).holds.empty();
    };
    EXPECT_FALSE(held_by(ActionKind::kSetEmail, HoldCode::kBlastRadius, "open"));
    EXPECT_FALSE(held_by(ActionKind::kSetEmail, HoldCode::kBlastRadius, "suspend"));
    EXPECT_TRUE(held_by(ActionKind::kDisable, HoldCode::kBlastRadius, "suspend"));
    EXPECT_FALSE(held_by(ActionKind::kSetQuota, HoldCode::kBlastRadius, "suspend"));
    Action cut = action_of(kItem, ActionKind::kSetQuota);
    cut.harm = Harm::kDisable;
    plan().held.assign(1, {cut, hold_of(kItem, HoldCode::kBlastRadius)});
    PendingOperation suspend = operation();
    suspend.command = "suspend";
    EXPECT_FALSE(all({suspend}).at(suspend).holds.empty()) << "this cut is the suspension";
    suspend.command = "setparam";
    EXPECT_TRUE(all({suspend}).at(suspend).holds.empty());
    EXPECT_TRUE(held_by(ActionKind::kDelete, HoldCode::kBlastRadius, "close"));
    EXPECT_TRUE(held_by(ActionKind::kSetQuota, HoldCode::kBlastRadius, "setparam"));
    EXPECT_FALSE(held_by(ActionKind::kSetQuota, HoldCode::kByHand, "setparam")) << "it stays so";
    EXPECT_TRUE(held_by(ActionKind::kSetQuota, HoldCode::kBackoff, "setparam"));
}

TEST_F(OperationFactsOfAPass, AFailureOfTheItemCountsMoreThanTheServersEnd) {
    ExecutionReport& done = report_.executions[kServer];
    done.server_error = Error(NextMove::kWait, "ocs.maintenance", "later");
    EXPECT_EQ(facts().server_error->code, "ocs.maintenance");
    done.failures.emplace_back(
        action_of(kOther, ActionKind::kCreate), Error(NextMove::kHuman, "ocs.other", "no")
    );
    EXPECT_FALSE(facts().failure);
    done.failures.emplace_back(
        action_of(kItem, ActionKind::kCreate), Error(NextMove::kHuman, "ocs.exists", "no")
    );
    const OperationFacts f = facts();
    EXPECT_EQ(f.failure->code, "ocs.exists");
    EXPECT_FALSE(f.server_error);
}

TEST_F(OperationFactsOfAPass, AServerWithoutAnAnswerSaysWhy) {
    ServerObservation& seen = report_.observation.servers.front();
    seen.plan.reset();
    seen.error = Error(NextMove::kWait, "ocs.connect", "nobody");
    const OperationFacts f = facts();
    EXPECT_FALSE(f.looked);
    EXPECT_EQ(f.server_error->code, "ocs.connect");
}

TEST_F(OperationFactsOfAPass, ABrokenRowOfTheServerIsSaid) {
    desired_.servers.front().problem = "its address is no address";
    const OperationFacts f = facts();
    ASSERT_TRUE(f.server_error);
    EXPECT_EQ(f.server_error->code, "bad-server");
}

TEST_F(OperationFactsOfAPass, AnAccountIsPossibleByThePanelsLoginOrByOurLedger) {
    row(desired_.servers.front(), kItem, Wanted::kAbsent, false);
    EXPECT_FALSE(facts().may_have_account);
    row(desired_.servers.front(), kItem, Wanted::kAbsent, true);
    EXPECT_TRUE(facts().may_have_account);
    row(desired_.servers.front(), kItem, Wanted::kAbsent, false);
    own(kItem);
    EXPECT_TRUE(facts().may_have_account);
}

TEST_F(OperationFactsOfAPass, AnAccountIsPossibleWhileItsCreateIsInDoubt) {
    row(desired_.servers.front(), kItem, Wanted::kAbsent, false);
    ledger_.change(kItem, [](LedgerItem& item) {
        item.in_doubt.push_back(
            {"a", Action(ActionKind::kCreate, ServerId(3), kItem, "user_7"), "", Time{}}
        );
    });
    EXPECT_TRUE(facts().may_have_account);
}

TEST_F(OperationFactsOfAPass, AnAccountOnAServerThatIsSwitchedOffWasNotLookedAt) {
    own(kItem);
    report_.observation.servers.clear();
    const OperationFacts f = facts();
    EXPECT_FALSE(f.looked);
    ASSERT_TRUE(f.server_error);
    EXPECT_EQ(f.server_error->code, "server-disabled");
    EXPECT_NE(judge(f).verdict, Verdict::kCompleted);
}

TEST_F(OperationFactsOfAPass, OtherServersSayNothingOfTheItem) {
    ServerObservation& other = report_.observation.servers.emplace_back();
    other.server = ServerId(4);
    other.error = Error(NextMove::kWait, "ocs.connect", "nobody");
    EXPECT_FALSE(facts().server_error);
}

TEST_F(OperationFactsOfAPass, ANarrowPassSpeaksOfItsOwnItemsOnly) {
    const auto both = all({operation(), operation(kOther)});
    EXPECT_EQ(both.size(), 2U);
    report_.observation.request.items = {kItem};
    const auto narrow = all({operation(), operation(kOther)});
    ASSERT_EQ(narrow.size(), 1U);
    EXPECT_EQ(narrow.begin()->first.item, kItem);
}

}  // namespace
}  // namespace bn::operation_facts_test
