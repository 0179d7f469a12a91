#include "reconciler/decide/action.hpp"

#include <gtest/gtest.h>

#include "reconciler/events/events.hpp"

namespace bn::action_test {
namespace {

const ServerId kServer(3);
const ItemId kItem(7);

class ActionDecision : public ::testing::Test {
  protected:
    void record(std::vector<Event> events) {
        for (Event& event : events) {
            Envelope envelope;
            envelope.position = ++position_;
            envelope.at = now_;
            envelope.event = std::move(event);
            evolve(ledger_, envelope);
        }
    }

    static Action action(ActionKind kind) {
        Action made(kind, kServer, kItem, "user_7");
        made.quota = Quota::bytes(5LL << 30);
        if (kind == ActionKind::kCreate) {
            made.create.emplace();
        }
        return made;
    }

    // A complete pass that adds this to the observed time.
    void seen(Duration step) {
        PassCompleted pass;
        pass.started_at = now_;
        pass.servers.resize(1);
        pass.servers.front().server = kServer;
        pass.servers.front().complete = true;
        pass.servers.front().observed = step;
        record({pass});
    }

    void own() { record({AccountAdopted{kItem, kServer, "user_7", "a test"}}); }

    static Look account() {
        OwnedActualAccount found;
        found.login = "user_7";
        found.enabled = false;
        return found;
    }

    static Outcome refused(Concern concern, NextMove move, std::optional<Duration> wait = {}) {
        Error error(concern, move, "ocs.any", "refused");
        error.wait = wait;
        return {OutcomeKind::kRefused, error};
    }

    ActionStart start(const Action& of, const Look* found = nullptr) {
        return start_action(ledger_, {"id", of, "", now_}, found, options_);
    }

    ActionEnd finish(const Action& of, const Outcome& outcome) {
        return finish_action({ledger_, now_}, {"id", of, "", now_}, outcome, options_);
    }

    template <class E>
    static const E* only(const std::vector<Event>& events) {
        return events.empty() ? nullptr : std::get_if<E>(&events.front());
    }

    Time now_{std::chrono::hours(1000)};
    Ledger ledger_;
    ActionRules options_;
    std::uint64_t position_ = 0;
};

TEST_F(ActionDecision, ACreateIsIntendedWithASealedPassword) {
    const ActionStart start = this->start(action(ActionKind::kCreate));
    EXPECT_EQ(start.move, StartMove::kCall);
    EXPECT_EQ(start.secret_ref, "id");
    const auto* intent = only<ActionIntended>(start.events);
    ASSERT_NE(intent, nullptr);
    EXPECT_EQ(intent->secret_ref, "id");
}

TEST_F(ActionDecision, AnAdoptionIsRecordedAndNothingIsCalled) {
    const ActionStart start = this->start(action(ActionKind::kAdopt));
    EXPECT_EQ(start.move, StartMove::kRecord);
    EXPECT_NE(only<AccountAdopted>(start.events), nullptr);
}

TEST_F(ActionDecision, WhatIsNotOursIsLeft) {
    for (const ActionKind kind : kAllActionKinds) {
        if (kind == ActionKind::kAdopt || kind == ActionKind::kCreate) {
            continue;
        }
        const ActionStart start = this->start(action(kind));
        EXPECT_EQ(start.move, StartMove::kLeave) << to_string(kind);
        EXPECT_EQ(start.error.move, NextMove::kRedoPass);
        EXPECT_TRUE(start.events.empty());
    }
}

TEST_F(ActionDecision, AnAccountOfTheSameNameOnAnotherServerIsNotOurs) {
    record({AccountAdopted{kItem, ServerId(4), "user_7", "a test"}});
    EXPECT_EQ(start(action(ActionKind::kEnable)).move, StartMove::kLeave);
}

TEST_F(ActionDecision, AnAccountOfAnotherLoginIsNotOurs) {
    own();
    Action other = action(ActionKind::kEnable);
    other.login = "user_8";
    EXPECT_EQ(start(other).move, StartMove::kLeave);
    other.login = "User_7";
    EXPECT_EQ(start(other).move, StartMove::kCall);
}

TEST_F(ActionDecision, WhatWasSoAlreadyIsASuccess) {
    own();
    const ActionEnd end =
        finish(action(ActionKind::kEnable), Outcome(OutcomeKind::kAlreadySo, Error()));
    EXPECT_EQ(end.move, OutcomeMove::kNext);
    EXPECT_NE(only<ActionSucceeded>(end.events), nullptr);
}

TEST_F(ActionDecision, NobodyElsesPasswordIsSet) {
    const Action create = action(ActionKind::kCreate);
    record({ActionIntended{"a", create, "a"}});
    Look found = account();
    found->admin = true;
    const DoubtEnd end = settle_doubt({ledger_, now_}, {"a", create, "a", now_}, found, options_);
    EXPECT_FALSE(end.set_password.has_value());
}

TEST_F(ActionDecision, APausedItemAndOneInDoubtAreLeft) {
    own();
    record({ItemPaused{kItem, "by hand"}});
    EXPECT_EQ(start(action(ActionKind::kEnable)).move, StartMove::kLeave);
    record({ItemResumed{kItem}});
    EXPECT_EQ(start(action(ActionKind::kEnable)).move, StartMove::kCall);
    record({ActionIntended{"other", action(ActionKind::kSetQuota), ""}});
    EXPECT_EQ(start(action(ActionKind::kEnable)).move, StartMove::kLeave);
}

TEST_F(ActionDecision, WhatTakesAwayLooksFirst) {
    own();
    EXPECT_EQ(start(action(ActionKind::kDisable)).move, StartMove::kLook);
    const Look there = account();
    EXPECT_EQ(start(action(ActionKind::kDisable), &there).move, StartMove::kCall);
    const Look gone;
    EXPECT_EQ(start(action(ActionKind::kDisable), &gone).move, StartMove::kCall);
}

TEST_F(ActionDecision, WhatIsProtectedNowIsNotTakenAway) {
    own();
    for (int i = 0; i < 3; ++i) {
        Look found = account();
        found->admin = i == 0;
        found->local_backend = i != 1;
        found->details_known = i != 2;
        EXPECT_EQ(start(action(ActionKind::kDisable), &found).move, StartMove::kLeave) << i;
    }
}

TEST_F(ActionDecision, ADeleteWaitsForItsWholeRetention) {
    own();
    const Look found = account();
    const Action remove = action(ActionKind::kDelete);
    EXPECT_EQ(start(remove, &found).move, StartMove::kLeave) << "no retention was begun";
    Action disable = action(ActionKind::kDisable);
    disable.closing = true;
    const Outcome done(OutcomeKind::kDone, Error());
    seen(Duration{0});
    record(finish(disable, done).events);
    EXPECT_EQ(start(remove, &found).move, StartMove::kLeave);
    now_ += options_.retention;
    EXPECT_EQ(start(remove, &found).move, StartMove::kLeave) << "only the clock says so";
    seen(options_.retention - Duration(1));
    EXPECT_EQ(start(remove, &found).move, StartMove::kLeave);
    now_ += Duration(1);
    EXPECT_EQ(start(remove, &found).move, StartMove::kCall);
    Look enabled = account();
    enabled->enabled = true;
    EXPECT_EQ(start(remove, &enabled).move, StartMove::kLeave) << "somebody enabled it again";
}

TEST_F(ActionDecision, OnlyAClosingDisableBeginsTheRetention) {
    own();
    Action disable = action(ActionKind::kDisable);
    const Outcome done(OutcomeKind::kDone, Error());
    EXPECT_FALSE(only<ActionSucceeded>(finish(disable, done).events)->retained_until);
    disable.closing = true;
    const ActionEnd end = finish(disable, done);
    EXPECT_EQ(only<ActionSucceeded>(end.events)->retained_until, now_ + options_.retention);
}

TEST_F(ActionDecision, AnAccountOfOursThatTheListMissedIsNotMadeAnew) {
    own();
    EXPECT_EQ(start(action(ActionKind::kCreate)).move, StartMove::kLook);
    const Look there = account();
    EXPECT_EQ(start(action(ActionKind::kCreate), &there).move, StartMove::kLeave);
    const Look gone;
    EXPECT_EQ(start(action(ActionKind::kCreate), &gone).move, StartMove::kCall);
}

TEST_F(ActionDecision, ACreateThatFindsAnAccountMakesItNotOurs) {
    const Action create = action(ActionKind::kCreate);
    record(start(create).events);
    const Outcome already(OutcomeKind::kAlreadySo, Error());
    ActionEnd end = finish(create, already);
    EXPECT_EQ(end.move, OutcomeMove::kEndOfItem);
    EXPECT_TRUE(end.forget_secret);
    ASSERT_TRUE(end.failure);
    EXPECT_EQ(end.failure->move, NextMove::kHuman);
    record(std::move(end.events));
    EXPECT_FALSE(owns(*ledger_.item(kItem)));
    EXPECT_TRUE(ledger_.item(kItem)->in_doubt.empty());
}

TEST_F(ActionDecision, AFailureBacksOffAndGrows) {
    own();
    const Action quota = action(ActionKind::kSetQuota);
    options_.backoff.jitter = 0;
    Duration before{0};
    for (int i = 0; i < 3; ++i) {
        ActionEnd end = finish(quota, refused(Concern::kItem, NextMove::kRetryCall));
        const Duration pause = *only<ActionFailed>(end.events)->next_attempt_at - now_;
        EXPECT_GT(pause, before);
        before = pause;
        record(std::move(end.events));
    }
}

TEST_F(ActionDecision, ASpentLimitDefersAndIsNoFailure) {
    own();
    const ActionEnd end = finish(
        action(ActionKind::kSetQuota),
        refused(Concern::kActionKind, NextMove::kWait, std::chrono::minutes(9))
    );
    EXPECT_EQ(end.move, OutcomeMove::kDefer);
    EXPECT_FALSE(end.failure);
    EXPECT_EQ(only<ActionFailed>(end.events)->next_attempt_at, now_ + std::chrono::minutes(9));
}

TEST_F(ActionDecision, AnUnknownOutcomeRecordsNothingAndAsksForALook) {
    own();
    const Outcome lost(OutcomeKind::kUnknown, Error(NextMove::kRetryCall, "ocs.timeout", "lost"));
    const ActionEnd end = finish(action(ActionKind::kSetQuota), lost);
    EXPECT_EQ(end.move, OutcomeMove::kLook);
    EXPECT_TRUE(end.events.empty());
    EXPECT_TRUE(end.failure);
}

TEST_F(ActionDecision, AFailedPasswordHoldsNothingUp) {
    own();
    const ActionEnd end =
        finish(action(ActionKind::kSetPassword), refused(Concern::kItem, NextMove::kRetryCall));
    EXPECT_FALSE(only<ActionFailed>(end.events)->next_attempt_at);
    EXPECT_FALSE(end.forget_secret) << "the password that the create carried is the same one";
}

// ---- doubt

class Doubt : public ActionDecision {
  protected:
    PendingAction pending(ActionKind kind) {
        const Action intended = action(kind);
        const std::string ref = kind == ActionKind::kSetQuota ? "" : "sealed";
        record({ActionIntended{"id", intended, ref}});
        return ledger_.item(kItem)->in_doubt.front();
    }

    DoubtEnd settle(const PendingAction& of, const Look& found) {
        return settle_doubt({ledger_, now_}, of, found, options_);
    }
};

TEST_F(Doubt, ACreateThatIsNotToBeSeenIsBelievedNotMadeAfterItsGrace) {
    const PendingAction create = pending(ActionKind::kCreate);
    const Look gone;
    now_ += options_.doubt_grace - Duration(1);
    EXPECT_FALSE(settle(create, gone).settled);
    EXPECT_TRUE(settle(create, gone).events.empty());
    now_ += Duration(1);
    DoubtEnd end = settle(create, gone);
    EXPECT_TRUE(end.settled);
    EXPECT_FALSE(end.set_password);
    record(std::move(end.events));
    EXPECT_FALSE(owns(*ledger_.item(kItem)));
}

TEST_F(Doubt, ACreateThatTookEffectIsOursAndGetsItsPasswordAgain) {
    const PendingAction create = pending(ActionKind::kCreate);
    DoubtEnd end = settle(create, account());
    EXPECT_TRUE(end.settled);
    ASSERT_TRUE(end.set_password);
    EXPECT_EQ(end.set_password->kind, ActionKind::kSetPassword);
    record(std::move(end.events));
    EXPECT_TRUE(owns(*ledger_.item(kItem)));
    const ActionStart again = start_action(
        ledger_, {"next", *end.set_password, create.secret_ref, now_}, nullptr, options_
    );
    EXPECT_EQ(again.move, StartMove::kCall);
    EXPECT_EQ(again.secret_ref, "sealed");
}

TEST_F(Doubt, APasswordCannotBeSeenAndIsSetAgain) {
    own();
    const DoubtEnd end = settle(pending(ActionKind::kSetPassword), account());
    EXPECT_TRUE(end.settled);
    EXPECT_TRUE(end.set_password);
}

TEST_F(Doubt, AnAnswerWithoutContentProvesNothing) {
    own();
    Look bare = account();
    bare->details_known = false;
    EXPECT_FALSE(settle(pending(ActionKind::kSetQuota), bare).settled);
}

TEST_F(Doubt, OfOneServerOnlyAndByItem) {
    record({ActionIntended{"b", Action(ActionKind::kEnable, kServer, ItemId(9), "b"), ""}});
    record({ActionIntended{"a", Action(ActionKind::kEnable, kServer, ItemId(2), "a"), ""}});
    record({ActionIntended{"c", Action(ActionKind::kEnable, ServerId(4), ItemId(1), "c"), ""}});
    const std::vector<PendingAction> doubts = doubts_of(ledger_, kServer);
    ASSERT_EQ(doubts.size(), 2U);
    EXPECT_EQ(doubts[0].action_id, "a");
    EXPECT_EQ(doubts[1].action_id, "b");
}

// ---- an account found gone

TEST_F(ActionDecision, AnAccountThatIsGoneIsNoLongerOurs) {
    own();
    const GoneAccount gone{kItem, "user_7"};
    EXPECT_TRUE(decide_gone(ledger_, kServer, gone, account()).empty()) << "it stands";
    record(decide_gone(ledger_, kServer, gone, std::nullopt));
    EXPECT_FALSE(owns(*ledger_.item(kItem)));
    EXPECT_TRUE(decide_gone(ledger_, kServer, gone, std::nullopt).empty()) << "told once";
}

TEST_F(ActionDecision, AnotherAccountThatIsGoneSaysNothingOfOurs) {
    own();
    const GoneAccount other{kItem, "user_8"};
    EXPECT_TRUE(decide_gone(ledger_, kServer, other, std::nullopt).empty());
}

TEST_F(ActionDecision, AnAccountWithACallUnderWayIsNotFoundGone) {
    own();
    record({ActionIntended{"id", action(ActionKind::kEnable), ""}});
    const GoneAccount gone{kItem, "user_7"};
    EXPECT_TRUE(decide_gone(ledger_, kServer, gone, std::nullopt).empty());
}

}  // namespace
}  // namespace bn::action_test
