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
