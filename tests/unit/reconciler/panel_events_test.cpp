// What the ledger makes of the events about the panel.
#include <gtest/gtest.h>

#include "reconciler/events/evolve.hpp"

namespace bn {
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
    EXPECT_EQ(server().stat_owed, std::vector<std::string>{"2026-11-22"});
    measure("2026-11-23");
    EXPECT_EQ(server().stat_owed.size(), 2U);
    record(UsagePosted{kServer, "2026-11-22"});
    record(UsagePosted{kServer, "2026-11-23"});
    measure("2026-11-23");
    measure("2026-11-22");
    EXPECT_TRUE(server().stat_owed.empty());
    EXPECT_EQ(server().stat_day, "2026-11-23");
}

TEST_F(PanelEvents, ACallAboutNoItemBelongsToItsServer) {
    PanelCalled called;
    called.server = kServer;
    called.function = "service.poststat";
    EXPECT_EQ(stream_of(called), server_stream(kServer));
    record(called);
    EXPECT_TRUE(ledger_.items().empty());
    record(PanelProblemRegistered{kServer, "away"});
    EXPECT_TRUE(server().problem_registered);
    record(PanelProblemCleared{kServer});
    EXPECT_FALSE(server().problem_registered);
}

}  // namespace
}  // namespace bn
