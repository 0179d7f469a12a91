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

TEST_F(Evolving, ASuccessEndsThePausesOfFailures) {
    ActionFailed failed;
    failed.item = kItem;
    failed.server = kServer;
    failed.move = NextMove::kHuman;
    record(failed);
    record(failed);
    EXPECT_EQ(item().failures, 2U);
    EXPECT_TRUE(item().refused);
    succeed("a", ActionKind::kEnable);
    EXPECT_EQ(item().failures, 0U);
    EXPECT_FALSE(item().refused);
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
    record(pass);
    EXPECT_EQ(ledger.server(kServer)->last_success_at, now);
}

}  // namespace
}  // namespace bn::evolve_test
