// A call without a sure answer, and what a look makes of it.
#include "tests/unit/reconciler/action_stage.hpp"

namespace bn::doubt_test {
namespace {

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

// An owner of before would run its own retention over the new account.
TEST_F(Doubt, AnAccountThatIsMadeEndsWhatOthersHadUnderItsLogin) {
    record({AccountAdopted{ItemId(8), kServer, "USER_7", "a test"}});
    const auto gone = [](const std::vector<Event>& events) {
        return std::ranges::any_of(events, [](const Event& event) {
            const auto* one = std::get_if<AccountFoundGone>(&event);
            return one != nullptr && one->item == ItemId(8);
        });
    };
    EXPECT_TRUE(
        gone(finish(action(ActionKind::kCreate), Outcome(OutcomeKind::kDone, Error())).events)
    );
    const PendingAction create = pending(ActionKind::kCreate);
    EXPECT_TRUE(gone(settle(create, as_asked()).events));
    EXPECT_FALSE(
        gone(finish(action(ActionKind::kEnable), Outcome(OutcomeKind::kDone, Error())).events)
    );
}

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
    OwnedActualAccount found = as_asked();
    found.login = "User_7";
    DoubtEnd end = settle(create, found);
    EXPECT_TRUE(end.settled);
    ASSERT_EQ(end.events.size(), 2U);
    ASSERT_TRUE(std::holds_alternative<AccountCreated>(end.events[1]));
    EXPECT_EQ(std::get<AccountCreated>(end.events[1]).login, "User_7");
    ASSERT_TRUE(end.set_password);
    EXPECT_EQ(end.set_password->kind, ActionKind::kSetPassword);
    record(std::move(end.events));
    EXPECT_TRUE(owns(*ledger_.item(kItem)));
    EXPECT_EQ(ledger_.item(kItem)->login, "User_7") << "as the cloud spells it";
}

// While our call had no answer somebody else made that login.
TEST_F(Doubt, AnAccountThatIsNotWhatWeAskedForIsNotOurs) {
    const PendingAction create = pending(ActionKind::kCreate);
    const auto stranger = [&](const auto& change) {
        Look found = as_asked();
        change(*found);
        const DoubtEnd end = settle(create, found);
        EXPECT_TRUE(end.settled) << "no grace makes it ours";
        EXPECT_FALSE(end.set_password);
        const auto* verdict = std::get_if<DoubtResolved>(&end.events.back());
        return verdict != nullptr && !verdict->took_effect && end.events.size() == 2;
    };
    EXPECT_TRUE(stranger([](auto& found) { found.email = "other@example.org"; }));
    EXPECT_TRUE(stranger([](auto& found) { found.display_name = "Bert"; }));
    EXPECT_TRUE(stranger([](auto& found) { found.groups = {"staff"}; }));
    EXPECT_TRUE(stranger([](auto& found) { found.groups.emplace_back("staff"); }));
    EXPECT_TRUE(stranger([](auto& found) { found.quota = Quota::bytes(1 << 20); }));
    EXPECT_TRUE(stranger([](auto& found) { found.admin = true; }));
    EXPECT_TRUE(stranger([](auto& found) { found.local_backend = false; }));
    EXPECT_TRUE(stranger([](auto& found) { found.login = "user_77"; }));
}

// The cloud makes the account first and gives it its fields one by one.
TEST_F(Doubt, ANameThatWasTakenWhileOursWasGoneIsNotOurs) {
    own();
    const PendingAction create = pending(ActionKind::kCreate);
    Look stranger = as_asked();
    stranger->email = "stranger@example.net";
    Look closed = as_asked();
    closed->enabled = false;
    EXPECT_FALSE(settle(create, closed).set_password) << "one that was there before";
    now_ += options_.doubt_grace;
    DoubtEnd end = settle(create, stranger);
    EXPECT_TRUE(end.settled);
    EXPECT_FALSE(end.set_password);
    record(std::move(end.events));
    EXPECT_FALSE(owns(*ledger_.item(kItem)));
    const PendingAction again = pending(ActionKind::kCreate);
    now_ += options_.doubt_grace;
    end = settle(again, Look());
    EXPECT_TRUE(std::holds_alternative<DoubtResolved>(end.events.back())) << "nobody is there";
}

TEST_F(Doubt, AnUnfinishedAccountIsWaitedForAndThenNotTakenForOurs) {
    const PendingAction create = pending(ActionKind::kCreate);
    Look plain = as_asked();
    plain->email.clear();
    plain->groups.clear();
    plain->quota = Quota::unlimited();
    plain->display_name = "user_7";
    now_ += options_.doubt_grace - Duration(1);
    EXPECT_FALSE(settle(create, plain).settled);
    EXPECT_TRUE(settle(create, as_asked()).settled);
    now_ += Duration(1);
    const DoubtEnd end = settle(create, plain);
    EXPECT_TRUE(end.settled);
    EXPECT_FALSE(std::get<DoubtResolved>(end.events.back()).took_effect);
    EXPECT_FALSE(end.set_password);
}

TEST_F(Doubt, AnAccountOfACreateThatTheCloudSaysFailedInTheMiddleIsOurs) {
    const PendingAction create = pending(ActionKind::kCreate);
    Look plain = as_asked();
    plain->email.clear();
    plain->groups.clear();
    plain->quota = Quota::unlimited();
    plain->last_login = Time();
    const auto begun = [&](const Look& found) {
        return settle_doubt({ledger_, now_}, create, found, options_, CallHeard::kBegun);
    };
    Look other = plain;
    other->email = "stranger@example.net";
    EXPECT_FALSE(begun(other).set_password) << "not so far as ours could be made";
    Look used = plain;
    used->last_login = now_;
    Look full = plain;
    full->has_files = true;
    Look untold = plain;
    untold->last_login.reset();
    for (const Look& somebodys : {used, full, untold}) {
        EXPECT_FALSE(begun(somebodys).took_effect) << "ours is of this moment";
    }
    EXPECT_FALSE(begun(Look()).settled) << "not there yet, perhaps";
    DoubtEnd end = begun(plain);
    EXPECT_TRUE(end.settled);
    EXPECT_TRUE(end.set_password) << "which certainly works then";
    EXPECT_EQ(end.set_password->reason, "the cloud failed in the middle of its create");
    record(std::move(end.events));
    EXPECT_TRUE(owns(*ledger_.item(kItem)));
}

TEST_F(Doubt, EachFieldThatIsNotThereYetIsWaitedFor) {
    const PendingAction create = pending(ActionKind::kCreate);
    const auto took_effect = [&](const auto& change) {
        Look found = as_asked();
        change(*found);
        const DoubtEnd end = settle(create, found);
        return end.settled && only<DoubtResolved>(end.events)->took_effect;
    };
    EXPECT_FALSE(took_effect([](auto& found) { found.email.clear(); }));
    EXPECT_FALSE(took_effect([](auto& found) { found.groups.clear(); }));
    EXPECT_FALSE(took_effect([](auto& found) { found.quota = Quota::unlimited(); }));
    EXPECT_TRUE(took_effect([](auto& found) { found.display_name.clear(); })) << "a name is not";
    EXPECT_TRUE(took_effect([](auto& found) { found.display_name = "user_7"; }));
}

TEST_F(Doubt, OfAnItemThatNobodyKnowsNothingIsSaid) {
    const DoubtEnd end = settle({"id", action(ActionKind::kCreate), "sealed", now_}, as_asked());
    EXPECT_TRUE(end.settled);
    EXPECT_TRUE(end.events.empty());
    EXPECT_FALSE(end.set_password);
}

TEST_F(Doubt, APasswordIsNotSetOnceSomebodyHasLoggedIn) {
    Look used = as_asked();
    used->last_login = now_;
    DoubtEnd end = settle(pending(ActionKind::kCreate), used);
    EXPECT_TRUE(end.settled);
    EXPECT_TRUE(only<DoubtResolved>(end.events)->took_effect);
    EXPECT_FALSE(end.set_password);
    record(std::move(end.events));
    const PendingAction again = pending(ActionKind::kSetPassword);
    EXPECT_FALSE(settle(again, used).set_password);
    used->last_login = Time{};
    EXPECT_TRUE(settle(again, used).set_password);
    record({ItemPaused{kItem, "by hand"}});
    EXPECT_FALSE(settle(again, used).set_password);
    record({ItemResumed{kItem}, ServerCloudAccepted{kServer, "", "", "", "restored"}});
    EXPECT_FALSE(settle(again, used).set_password) << "nothing shows whose account that is";
}

TEST_F(Doubt, APasswordCannotBeSeenAndIsSetAgain) {
    own();
    const DoubtEnd end = settle(pending(ActionKind::kSetPassword), account());
    EXPECT_TRUE(end.settled);
    EXPECT_TRUE(end.set_password);
    const DoubtEnd gone = settle(pending(ActionKind::kSetPassword), std::nullopt);
    EXPECT_TRUE(gone.settled);
    EXPECT_FALSE(gone.set_password) << "nobody is there to have it";
}

TEST_F(Doubt, NoOtherCallSetsAPassword) {
    own();
    Look found = account();
    found->enabled = true;
    for (const ActionKind kind : {ActionKind::kEnable, ActionKind::kSetQuota}) {
        const Action intended = action(kind);
        const DoubtEnd end = settle({"id", intended, "sealed", now_}, found);
        EXPECT_TRUE(end.settled) << "no account is under way";
        EXPECT_TRUE(std::holds_alternative<DoubtResolved>(end.events.back()));
        EXPECT_FALSE(end.set_password);
    }
    const Action create = action(ActionKind::kCreate);
    EXPECT_FALSE(settle({"id", create, "", now_}, as_asked()).set_password) << "none is sealed";
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

}  // namespace
}  // namespace bn::doubt_test
