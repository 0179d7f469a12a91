// What the ledger makes of the events about the panel.
#include <gtest/gtest.h>

#include "reconciler/decide/server.hpp"
#include "reconciler/events/events.hpp"

namespace bn::panel_events_test {
namespace {

const ItemId kItem(7);
const ServerId kServer(3);

class PanelEvents : public ::testing::Test {
  protected:
    void record(Event event) {
        Envelope envelope;
        envelope.position = ++position_;
        envelope.version = position_;
        envelope.at = Time(Duration(1000 * static_cast<std::int64_t>(position_)));
        envelope.stream = stream_of(event);
        envelope.event = std::move(event);
        evolve(ledger_, envelope);
    }

    void owe(std::uint32_t operation, std::string command, bool completed = true) {
        PanelResultOwed owed;
        owed.item = kItem;
        owed.server = kServer;
        owed.operation = operation;
        owed.command = std::move(command);
        owed.completed = completed;
        record(std::move(owed));
    }

    void deliver(std::uint32_t operation, std::string command, bool password = false) {
        PanelResultDelivered delivered;
        delivered.item = kItem;
        delivered.operation = operation;
        delivered.command = std::move(command);
        delivered.password_saved = password;
        record(std::move(delivered));
    }

    void create(const std::string& ref) {
        ActionIntended intended;
        intended.action_id = ref;
        intended.action = Action(ActionKind::kCreate, kServer, kItem, "user_7");
        intended.secret_ref = ref;
        record(intended);
        ActionSucceeded done;
        done.action_id = ref;
        done.item = kItem;
        done.server = kServer;
        done.kind = ActionKind::kCreate;
        record(done);
    }

    void measure(const std::string& day) { record(UsageMeasured{kServer, day, 1, 100}); }

    [[nodiscard]] const LedgerItem& item() const { return *ledger_.item(kItem); }

    [[nodiscard]] const LedgerServer& server() const { return *ledger_.server(kServer); }

    Ledger ledger_;
    std::uint64_t position_ = 0;
};

TEST_F(PanelEvents, ResultsAreOwedInTheOrderInWhichTheyCameAbout) {
    owe(4, "setparam");
    owe(5, "suspend");
    ASSERT_EQ(item().owed.size(), 2U);
    EXPECT_EQ(item().owed[0].operation, 4U);
    EXPECT_TRUE(ledger_.owing().contains(kItem));
    deliver(4, "setparam");
    ASSERT_EQ(item().owed.size(), 1U);
    EXPECT_EQ(item().owed[0].command, "suspend");
    deliver(5, "suspend");
    EXPECT_TRUE(ledger_.owing().empty());
}

TEST_F(PanelEvents, ANewerWordAboutAnOperationTakesThePlaceOfTheFormer) {
    owe(4, "open", false);
    owe(5, "setparam");
    owe(4, "open", true);
    ASSERT_EQ(item().owed.size(), 2U);
    EXPECT_EQ(item().owed[0].operation, 4U);
    EXPECT_TRUE(item().owed[0].completed);
}

TEST_F(PanelEvents, WhatHasComeAboutIsNotUnsaidByAnOlderLook) {
    owe(4, "open", true);
    owe(4, "open", false);
    ASSERT_EQ(item().owed.size(), 1U);
    EXPECT_TRUE(item().owed[0].completed);
    owe(4, "close", false);
    ASSERT_EQ(item().owed.size(), 2U) << "another command of the same number is another result";
}

TEST_F(PanelEvents, ARefusedCallIsTriedAgainLaterAndASecondDeliveryIsNothing) {
    owe(4, "open");
    PanelCalled called;
    called.item = kItem;
    called.server = kServer;
    called.operation = 4;
    called.next_attempt_at = Time(Duration(99000));
    record(called);
    EXPECT_EQ(item().owed[0].attempts, 1U);
    EXPECT_EQ(item().owed[0].next_attempt_at, Time(Duration(99000)));
    deliver(4, "open");
    deliver(4, "open");
    EXPECT_TRUE(item().owed.empty());
}

TEST_F(PanelEvents, TheFirstPasswordWaitsUntilThePanelHasIt) {
    create("secret-1");
    EXPECT_EQ(item().password_ref, "secret-1");
    owe(4, "open");
    deliver(4, "open", false);
    EXPECT_EQ(item().password_ref, "secret-1") << "not proved: it is kept";
    owe(5, "resume");
    deliver(5, "resume", true);
    EXPECT_TRUE(item().password_ref.empty());
}

TEST_F(PanelEvents, ADayIsBilledOnceHoweverOftenItIsMeasured) {
    measure("2026-11-22");
    measure("2026-11-22");
    EXPECT_EQ(server().stat_owed, (std::vector<OwedDay>{{"2026-11-22", 0, std::nullopt, ""}}));
    measure("2026-11-23");
    EXPECT_EQ(server().stat_owed.size(), 2U);
    record(UsagePosted{kServer, "2026-11-22"});
    record(UsagePosted{kServer, "2026-11-23"});
    measure("2026-11-23");
    measure("2026-11-22");
    EXPECT_TRUE(server().stat_owed.empty());
    EXPECT_EQ(server().stat_day, "2026-11-23");
}

TEST_F(PanelEvents, ADayThatIsOwedToNobodyCountsAsMeasured) {
    record(UsageMeasureFailed{kServer, "away", Time(Duration(99000))});
    record(UsageMeasureFailed{kServer, "away", Time(Duration(199000))});
    EXPECT_EQ(server().measure_attempts, 2U);
    EXPECT_EQ(server().measure_next_attempt_at, Time(Duration(199000)));
    record(UsageMeasured{kServer, "2026-11-22", 1, 100, false});
    EXPECT_EQ(server().measured_day, "2026-11-22");
    EXPECT_EQ(server().stat_day, "") << "a way to the panel that opens later bills it";
    EXPECT_TRUE(server().stat_owed.empty());
    EXPECT_EQ(server().measure_attempts, 0U);
    EXPECT_FALSE(server().measure_next_attempt_at);
    record(UsageMeasured{kServer, "2026-11-22", 1, 100, true});
    EXPECT_EQ(server().stat_owed.size(), 1U);
}

TEST_F(PanelEvents, ARefusedDayWaitsAndHoldsUpNoOther) {
    measure("2026-11-22");
    measure("2026-11-23");
    record(UsagePostRefused{kServer, "2026-11-22", "not now", Time(Duration(99000))});
    ASSERT_EQ(server().stat_owed.size(), 2U);
    EXPECT_EQ(server().stat_owed[0], (OwedDay{"2026-11-22", 1, Time(Duration(99000)), "not now"}));
    EXPECT_EQ(server().stat_owed[1].attempts, 0U);
}

TEST_F(PanelEvents, ADeferredResultIsOwedAsBefore) {
    owe(4, "open");
    owe(5, "suspend");
    record(PanelResultDeferred{kItem, 4, "open", "panel.refused", "no", Time(Duration(99000))});
    EXPECT_EQ(item().owed[0].attempts, 1U);
    EXPECT_EQ(item().owed[0].next_attempt_at, Time(Duration(99000)));
    EXPECT_EQ(item().owed[1].attempts, 0U);
    EXPECT_FALSE(item().owed[1].next_attempt_at);
}

TEST_F(PanelEvents, WhatWasDoneForAnOperationIsKnownByEventsOfItsOwn) {
    PanelCalled called;
    called.item = kItem;
    called.operation = 4;
    called.function = "service.changepricelist.rollback";
    record(called);
    EXPECT_EQ(item().rolled_back, 0U);
    record(OperationRolledBack{kItem, kServer, 4, ""});
    record(OperationTaskMade{kItem, kServer, 5, "open_failed"});
    EXPECT_EQ(item().rolled_back, 4U);
    EXPECT_EQ(item().task_made, 5U);
}

TEST_F(PanelEvents, ACompletedResultIsNotUnsaidByAFailure) {
    owe(4, "open", true);
    owe(4, "open", false);
    ASSERT_EQ(item().owed.size(), 1U);
    EXPECT_TRUE(item().owed[0].completed);
    EXPECT_TRUE(item().told.empty());
}

TEST_F(PanelEvents, AFailureIsToldOnceUntilTheOperationIsCompleted) {
    owe(4, "open", false);
    deliver(4, "open");
    ASSERT_EQ(item().told.size(), 1U);
    EXPECT_EQ(item().told[0].operation, 4U);
    owe(4, "open", false);
    EXPECT_EQ(item().told.size(), 1U);
    owe(4, "open", true);
    EXPECT_TRUE(item().told.empty());
    for (std::uint32_t i = 1; i <= kToldFailures + 2; ++i) {
        owe(100 + i, "open", false);
    }
    EXPECT_EQ(item().told.size(), kToldFailures);
    EXPECT_EQ(item().told.front().operation, 103U);
}

TEST_F(PanelEvents, APasswordIsOfferedWithoutAnOperationOnce) {
    create("secret-1");
    owe(4, "open");
    EXPECT_TRUE(item().password_offered.empty());
    owe(0, "sync_item");
    EXPECT_EQ(item().password_offered, "secret-1");
}

TEST_F(PanelEvents, ThePanelGoesAwayAndComesBack) {
    record(PanelWentAway{"no answer"});
    const auto since = ledger_.panel().away_since;
    ASSERT_TRUE(since);
    record(PanelWentAway{"refused"});
    EXPECT_EQ(ledger_.panel().away_since, since) << "away since the first word of it";
    EXPECT_EQ(ledger_.panel().what, "refused");
    record(PanelIdentified{"c0ffee"});
    record(PanelCameBack{});
    LedgerPanel known;
    known.fingerprint = "c0ffee";
    known.recorded_at = ledger_.panel().recorded_at;
    EXPECT_EQ(ledger_.panel(), known);
    EXPECT_EQ(stream_of(PanelCameBack{}), "service");
}

TEST_F(PanelEvents, AStoreBelongsToTheFirstPanelThatItSees) {
    EXPECT_TRUE(decide_panel_identity(ledger_, "")->empty()) << "nothing certain, nothing recorded";
    const auto first = decide_panel_identity(ledger_, "c0ffee");
    ASSERT_EQ(first->size(), 1U);
    record(first->front());
    EXPECT_TRUE(decide_panel_identity(ledger_, "c0ffee")->empty());
    EXPECT_TRUE(decide_panel_identity(ledger_, "")->empty());
    const auto other = decide_panel_identity(ledger_, "0ddba11");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "panel.other");
    EXPECT_EQ(other.error().concern, Concern::kPanel);
    EXPECT_NE(other.error().what.find("c0ffee"), std::string::npos);
    EXPECT_NE(other.error().what.find("0ddba11"), std::string::npos);
    EXPECT_FALSE(other.error().remedy.empty());
}

TEST_F(PanelEvents, AProblemThatThePanelDidNotTakeIsToldAgain) {
    record(PanelProblemDeferred{kServer, "away", Time(Duration(99000))});
    EXPECT_EQ(server().problem_attempts, 1U);
    EXPECT_EQ(server().problem_next_attempt_at, Time(Duration(99000)));
    record(PanelProblemRegistered{kServer, "away"});
    EXPECT_EQ(server().problem_attempts, 0U);
    EXPECT_FALSE(server().problem_next_attempt_at);
}

TEST_F(PanelEvents, ImportsAreRememberedForAnHour) {
    record(AccountImported{kServer, "Anna", "", false});
    record(AccountImported{kServer, "ben", "8", true});
    record(AccountImported{kServer, "anna", "7", true});
    ASSERT_EQ(server().imports.size(), 2U);
    EXPECT_EQ(server().imports[1].login_key, "anna");
    EXPECT_TRUE(server().imports[1].certain);
    position_ += 3600;
    record(AccountImported{kServer, "cleo", "9", true});
    ASSERT_EQ(server().imports.size(), 1U);
    EXPECT_EQ(server().imports[0].login_key, "cleo");
}

TEST_F(PanelEvents, AnAccountIsOursFromItsCreationAndUntilItIsFoundGone) {
    record(AccountCreated{kItem, kServer, "User_7", ""});
    EXPECT_TRUE(owns(item()));
    EXPECT_EQ(item().ownership, Ownership::kCreated);
    EXPECT_EQ(ledger_.owner_of(kServer, "user_7"), &item());
    record(AccountFoundGone{kItem, kServer, "User_7", ""});
    EXPECT_FALSE(owns(item()));
    EXPECT_EQ(ledger_.owned_count(kServer), 0U);
}

TEST_F(PanelEvents, AnAcceptedAddressIsTheServersFromThenOn) {
    record(ServerObserved{kServer, "cloud", "Nextcloud", "25", "https://a.example"});
    record(ServerAddressAccepted{kServer, "https://a.example", "https://b.example"});
    EXPECT_EQ(server().address, "https://b.example");
    EXPECT_EQ(server().product, "Nextcloud");
}

TEST_F(PanelEvents, WhatWasSoldFollowsFromItsChanges) {
    const Sold first{12, Quota::bytes(5368709120), Wanted::kEnabled, "pro", "user_7"};
    record(SoldChanged{kItem, kServer, sold_changes(Sold(), first)});
    EXPECT_EQ(item().sold, first);
    const Sold second{13, Quota::unlimited(), Wanted::kDisabled, "", "user_8"};
    const auto changes = sold_changes(first, second);
    ASSERT_EQ(changes.size(), 5U);
    EXPECT_EQ(changes[1], (SoldChange{"quota", "5368709120", "unlimited"}));
    EXPECT_EQ(changes[2], (SoldChange{"status", "enabled", "disabled"}));
    record(SoldChanged{kItem, kServer, changes});
    EXPECT_EQ(item().sold, second);
    record(SoldChanged{kItem, kServer, {{"colour", "", "red"}, {"quota", "", "much"}}});
    EXPECT_EQ(item().sold, second) << "what is not understood changes nothing";
    EXPECT_TRUE(sold_changes(second, second).empty());
}

TEST_F(PanelEvents, ACallAboutNoItemBelongsToItsServer) {
    PanelCalled called;
    called.server = kServer;
    called.function = "service.poststat";
    EXPECT_EQ(stream_of(called), server_stream(kServer));
    record(called);
    EXPECT_TRUE(ledger_.items().empty());
    record(PanelProblemRegistered{kServer, "away"});
    EXPECT_FALSE(server().problem_shown.empty());
    record(PanelProblemCleared{kServer});
    EXPECT_TRUE(server().problem_shown.empty());
}

}  // namespace
}  // namespace bn::panel_events_test
