#include "reconciler/decide/action.hpp"

#include "tests/unit/reconciler/action_stage.hpp"

namespace bn::action_test {
namespace {

TEST_F(ActionDecision, ACreateIsIntendedWithASealedPassword) {
    const Look none;
    const ActionStart start = this->start(action(ActionKind::kCreate), &none);
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
        if (kind == ActionKind::kAdopt || kind == ActionKind::kCreate ||
            kind == ActionKind::kMakeGroup) {  // that touches no account
            continue;
        }
        const ActionStart start = this->start(action(kind));
        ASSERT_EQ(start.move, StartMove::kLeave) << to_string(kind);
        EXPECT_EQ(start.error.move, NextMove::kRedoPass);
        EXPECT_TRUE(start.events.empty());
    }
}

TEST_F(ActionDecision, WhatWasDeletedSinceThePlanIsNotOurs) {
    own();
    EXPECT_EQ(start(action(ActionKind::kEnable)).move, StartMove::kCall);
    record({AccountFoundGone{kItem, kServer, "user_7", "a test"}});
    EXPECT_EQ(start(action(ActionKind::kEnable)).move, StartMove::kLeave);
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

TEST_F(ActionDecision, AQuotaThatSuspendsLooksFirst) {
    own();
    Action cut = action(ActionKind::kSetQuota);
    EXPECT_EQ(start(cut).move, StartMove::kCall);
    cut.harm = Harm::kDisable;
    EXPECT_EQ(start(cut).move, StartMove::kLook);
    Look found = account();
    EXPECT_EQ(start(cut, &found).move, StartMove::kCall);
    found->admin = true;
    EXPECT_EQ(start(cut, &found).move, StartMove::kLeave);
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
    now_ += options_.retention.usual;
    EXPECT_EQ(start(remove, &found).move, StartMove::kLeave) << "only the clock says so";
    seen(options_.retention.usual - Duration(1));
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
    Action remove = action(ActionKind::kDelete);
    disable.closing = remove.closing = true;
    EXPECT_FALSE(only<ActionSucceeded>(finish(remove, done).events)->retained_until);
    const ActionEnd end = finish(disable, done);
    EXPECT_EQ(only<ActionSucceeded>(end.events)->retained_until, now_ + options_.retention.usual);
}

// Ours, or an earlier module's: should the answer be lost, it would pass for the one just made, and
// the panel's password would be replaced.
TEST_F(ActionDecision, AnAccountThatTheListMissedIsNotMadeAnew) {
    for (const bool ours : {false, true}) {
        if (ours) {
            own();
        }
        EXPECT_EQ(start(action(ActionKind::kCreate)).move, StartMove::kLook);
        const Look there = account();
        EXPECT_EQ(start(action(ActionKind::kCreate), &there).move, StartMove::kLeave);
        const Look gone;
        EXPECT_EQ(start(action(ActionKind::kCreate), &gone).move, StartMove::kCall);
    }
}

TEST_F(ActionDecision, ACreateThatFindsAnAccountMakesItNotOurs) {
    const Action create = action(ActionKind::kCreate);
    record(start(create).events);
    const Outcome already(OutcomeKind::kAlreadySo, Error());
    ActionEnd end = finish(create, already);
    EXPECT_EQ(end.move, OutcomeMove::kOthers);
    EXPECT_TRUE(end.forget_secret);
    ASSERT_TRUE(end.failure);
    EXPECT_EQ(end.failure->move, NextMove::kHuman);
    record(std::move(end.events));
    EXPECT_FALSE(owns(*ledger_.item(kItem)));
    EXPECT_TRUE(ledger_.item(kItem)->in_doubt.empty());
}

// Ours was gone, and somebody took its name before we made it anew.
TEST_F(ActionDecision, ANameThatWasTakenWhileOursWasGoneIsNotOurs) {
    own();
    const Action create = action(ActionKind::kCreate);
    const Look gone;
    record(start(create, &gone).events);
    ActionEnd end = finish(create, Outcome(OutcomeKind::kAlreadySo, Error()));
    EXPECT_TRUE(std::holds_alternative<AccountFoundGone>(end.events.back()));
    record(std::move(end.events));
    EXPECT_FALSE(owns(*ledger_.item(kItem)));
    EXPECT_TRUE(ledger_.item(kItem)->deleted) << "what is there now is held, not adopted";
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
    const auto pause = [&](Concern concern, std::optional<Duration> wait) {
        const ActionEnd failed =
            finish(action(ActionKind::kSetQuota), refused(concern, NextMove::kWait, wait));
        return *only<ActionFailed>(failed.events)->next_attempt_at - now_;
    };
    const Duration plain = pause(Concern::kItem, {});
    EXPECT_LT(plain, std::chrono::minutes(9));
    EXPECT_EQ(pause(Concern::kItem, std::chrono::minutes(9)), plain) << "it is no limit of changes";
    EXPECT_EQ(pause(Concern::kActionKind, {}), plain) << "nobody says how long";
}

TEST_F(ActionDecision, AnUnknownOutcomeRecordsNothingAndAsksForALook) {
    own();
    // What stands in front of a cloud may refuse what took effect all the same.
    for (const NextMove move : {NextMove::kRetryCall, NextMove::kHuman}) {
        const Outcome lost(OutcomeKind::kUnknown, Error(move, "ocs.unknown", "lost or refused"));
        const ActionEnd end = finish(action(ActionKind::kSetQuota), lost);
        EXPECT_EQ(end.move, OutcomeMove::kLook);
        EXPECT_TRUE(end.events.empty());
        EXPECT_TRUE(end.failure);
    }
}

TEST_F(ActionDecision, AFailedPasswordHoldsNothingUp) {
    own();
    const ActionEnd end =
        finish(action(ActionKind::kSetPassword), refused(Concern::kItem, NextMove::kRetryCall));
    EXPECT_FALSE(only<ActionFailed>(end.events)->next_attempt_at);
    EXPECT_FALSE(end.forget_secret) << "the password that the create carried is the same one";
}

TEST_F(ActionDecision, ACreateThatTheCloudAnswersWithAnotherLoginMakesNothingOurs) {
    Outcome other(OutcomeKind::kDone, Error());
    other.login = "user_77";
    ActionEnd end = finish(action(ActionKind::kCreate), other);
    EXPECT_EQ(end.move, OutcomeMove::kOthers);
    ASSERT_EQ(end.events.size(), 1U);
    EXPECT_EQ(only<ActionFailed>(end.events)->code, "ocs.other_login");
    EXPECT_EQ(only<ActionFailed>(end.events)->move, NextMove::kHuman);
    Outcome no = refused(Concern::kItem, NextMove::kRetryCall);
    no.login = "user_77";
    end = finish(action(ActionKind::kCreate), no);
    EXPECT_EQ(only<ActionFailed>(end.events)->code, "ocs.any");
}

TEST_F(ActionDecision, ACreateThatWasDoneIsToldWithTheCloudsSpelling) {
    for (const char* spelled : {"User_7", ""}) {
        Outcome done(OutcomeKind::kDone, Error());
        done.login = spelled;
        const std::string login = done.login.empty() ? "user_7" : done.login;
        const ActionEnd end = finish(action(ActionKind::kCreate), done);
        ASSERT_EQ(end.events.size(), 2U);
        ASSERT_NE(only<ActionSucceeded>(end.events), nullptr);
        EXPECT_EQ(only<ActionSucceeded>(end.events)->login, login);
        ASSERT_TRUE(std::holds_alternative<AccountCreated>(end.events[1]));
        EXPECT_EQ(std::get<AccountCreated>(end.events[1]).login, login);
    }
}

TEST_F(ActionDecision, AnAccountIsHandedOverByAnItemAndNotByAText) {
    Action adopt = action(ActionKind::kAdopt);
    for (const char* value : {"", "user_5", "5 "}) {
        adopt.value = value;
        EXPECT_EQ(decide_adoption(adopt).size(), 1U) << value;
    }
    adopt.value = "5";
    const std::vector<Event> events = decide_adoption(adopt);
    ASSERT_EQ(events.size(), 2U) << "the former owner lets go first";
    ASSERT_NE(only<AccountHandedOver>(events), nullptr);
    EXPECT_EQ(only<AccountHandedOver>(events)->item, ItemId(5));
    EXPECT_EQ(only<AccountHandedOver>(events)->to, kItem);
}

// ---- what is read just before a delete

class Deleting : public ActionDecision {
  protected:
    void SetUp() override {
        own();
        seen(Duration{0});
        ActionSucceeded disabled;
        disabled.item = kItem;
        disabled.server = kServer;
        disabled.kind = ActionKind::kDisable;
        disabled.login = "user_7";
        disabled.retained_until = now_ + options_.retention.usual;
        record({disabled});
        now_ += options_.retention.usual;
        seen(options_.retention.usual);
    }

    StartMove with(const DesiredSnapshot& fresh) {
        const Look found = account();
        return start_action(
                   ledger_,
                   {"id", action(ActionKind::kDelete), "", now_},
                   {&fresh, &found},
                   options_
        )
            .move;
    }

    // Another row that names the account.
    static DesiredSnapshot named_by(
        ItemId item, ServerId server, Wanted wanted, bool held = false
    ) {
        DesiredSnapshot fresh = panel(Wanted::kAbsent);
        DesiredTable::Builder rows;
        DesiredAccount row;
        if (server == kServer) {
            row.item = kItem;
            row.login = "user_7";
            row.wanted = Wanted::kAbsent;
            rows.add(row);
        }
        row.item = item;
        row.login = "User_7";
        row.wanted = wanted;
        row.held = held;
        rows.add(row);
        fresh.items.push_back(item);
        if (server != kServer) {
            fresh.servers.emplace_back().id = server;
            fresh.servers.front().base_url = fresh.servers.back().base_url = "https://cloud";
        }
        fresh.servers.back().accounts = std::move(rows).finish();
        return fresh;
    }
};

TEST_F(Deleting, ReadsThePanelAndTheAccountFirst) {
    const PendingAction intent{"id", action(ActionKind::kDelete), "", now_};
    EXPECT_EQ(start_action(ledger_, intent, {}, options_).move, StartMove::kPanel);
    const DesiredSnapshot closed = panel(Wanted::kAbsent);
    EXPECT_EQ(start_action(ledger_, intent, {&closed, nullptr}, options_).move, StartMove::kLook);
    EXPECT_EQ(with(closed), StartMove::kCall);
    record({ItemPaused{kItem, "by hand"}});
    EXPECT_EQ(start_action(ledger_, intent, {}, options_).move, StartMove::kLeave) << "for nothing";
}

TEST_F(Deleting, LeavesWhatWasBoughtBackOrCannotBeRead) {
    for (const Wanted wanted : {Wanted::kEnabled, Wanted::kDisabled, Wanted::kNothing}) {
        EXPECT_EQ(with(panel(wanted)), StartMove::kLeave) << to_string(wanted);
    }
    DesiredSnapshot half = panel(Wanted::kAbsent);
    half.complete = false;
    EXPECT_EQ(with(half), StartMove::kLeave);
    EXPECT_EQ(with(panel({})), StartMove::kLeave) << "the row is gone since";
    DesiredSnapshot moved = panel({});
    moved.items.push_back(kItem);
    EXPECT_EQ(with(moved), StartMove::kLeave) << "its row is on no server of ours";
}

TEST_F(Deleting, ARowThatTheLedgerKnowsForGoneStaysGone) {
    record({ItemVanished{kItem, 1}});
    DesiredSnapshot others = panel({});
    EXPECT_EQ(with(others), StartMove::kLeave) << "a panel without any item proves nothing";
    others.items.emplace_back(99);
    EXPECT_EQ(with(others), StartMove::kCall);
}

TEST_F(Deleting, LeavesWhatARowNamesThatIsOnNoServer) {
    for (const Wanted wanted : {Wanted::kNothing, Wanted::kEnabled}) {
        DesiredSnapshot fresh = named_by(ItemId(8), kServer, wanted);
        fresh.claims = std::move(fresh.servers.front().accounts);
        fresh.servers = panel(Wanted::kAbsent).servers;
        EXPECT_EQ(with(fresh), StartMove::kLeave) << to_string(wanted);
    }
}

TEST_F(Deleting, LeavesWhatAnotherItemHasToo) {
    record({AccountAdopted{ItemId(8), kServer, "USER_7", "a test"}});
    EXPECT_EQ(with(panel(Wanted::kAbsent)), StartMove::kLeave);
}

TEST_F(Deleting, ARowThatIsGoneSinceThePlanConfirmsNothing) {
    DesiredSnapshot others = panel({});
    others.items.emplace_back(99);
    EXPECT_EQ(with(others), StartMove::kLeave);
    EXPECT_TRUE(still_wanted(others, Ledger(), action(ActionKind::kDelete)));
}

TEST_F(Deleting, LeavesWhatAnUnpaidOrderOfTheSameClientNamesByNow) {
    DesiredSnapshot fresh = panel(Wanted::kAbsent);
    const auto with_order = [&](std::uint32_t client, bool has_row) {
        DesiredTable::Builder rows;
        DesiredAccount row = fresh.servers.front().accounts[0];
        row.client = 17;
        if (has_row) {
            rows.add(row);
        }
        row.item = ItemId(99);
        row.client = client;
        row.wanted = Wanted::kNothing;
        rows.add(row);
        fresh.servers.front().accounts = std::move(rows).finish();
        fresh.items = {row.item};
        return with(fresh);
    };
    EXPECT_EQ(with_order(17, true), StartMove::kLeave);
    EXPECT_EQ(with_order(18, true), StartMove::kCall) << "a stranger's order stops nothing";
    record({ItemVanished{kItem, 1}});
    EXPECT_EQ(with_order(18, false), StartMove::kLeave) << "whose they are is not known";
    record({SoldChanged{kItem, kServer, {{"client", "0", "17"}}}});
    EXPECT_EQ(with_order(18, false), StartMove::kCall);
    EXPECT_EQ(with_order(17, false), StartMove::kLeave);
}

// Its number was used again: what that client closes are not the files of the former one.
TEST_F(Deleting, LeavesWhatIsAnotherClientsByNow) {
    DesiredSnapshot fresh = panel(Wanted::kAbsent);
    const auto of_client = [&](std::uint32_t client) {
        DesiredTable::Builder rows;
        DesiredAccount row = fresh.servers.front().accounts[0];
        row.client = client;
        rows.add(row);
        DesiredTable table = std::move(rows).finish();
        fresh.servers.front().accounts = std::move(table);
        return with(fresh);
    };
    EXPECT_EQ(of_client(18), StartMove::kCall) << "whose it was is not known";
    record({SoldChanged{kItem, kServer, {{"client", "0", "17"}}}});
    EXPECT_EQ(of_client(18), StartMove::kLeave);
    EXPECT_EQ(of_client(0), StartMove::kLeave) << "not known is not the same client";
    EXPECT_EQ(of_client(17), StartMove::kCall);
    record({ItemVanished{kItem, 1}});
    DesiredSnapshot gone = panel({});
    gone.items.emplace_back(99);
    EXPECT_EQ(with(gone), StartMove::kCall);
}

TEST_F(Deleting, LeavesWhatAnotherServiceOfTheCloudNamesByNow) {
    for (const ServerId server : {kServer, ServerId(9)}) {
        EXPECT_EQ(with(named_by(ItemId(30), server, Wanted::kEnabled)), StartMove::kLeave);
        EXPECT_EQ(with(named_by(ItemId(30), server, Wanted::kDisabled)), StartMove::kLeave);
        EXPECT_EQ(with(named_by(ItemId(30), server, Wanted::kNothing, true)), StartMove::kLeave);
        EXPECT_EQ(with(named_by(ItemId(30), server, Wanted::kNothing)), StartMove::kLeave)
            << "an unpaid order, and whose the files are is not known";
        EXPECT_EQ(with(named_by(ItemId(30), server, Wanted::kAbsent)), StartMove::kCall);
    }
    DesiredSnapshot elsewhere = named_by(ItemId(30), ServerId(9), Wanted::kEnabled);
    elsewhere.servers.back().base_url = "https://another";
    EXPECT_EQ(with(elsewhere), StartMove::kLeave) << "which cloud that is is not known";
    for (const ServerId server : {kServer, ServerId(9)}) {
        ServerObserved seen;
        seen.server = server;
        seen.identity = "oc" + std::to_string(server.value);
        record({seen});
    }
    EXPECT_EQ(with(elsewhere), StartMove::kCall);
    record({PanelSeen{PanelMark{120, 50}}});
    elsewhere.mark = {119, 50};
    EXPECT_EQ(with(elsewhere), StartMove::kLeave) << "a replica that lags says nothing";
}

// ---- an account found gone

TEST_F(ActionDecision, AnAccountThatIsGoneIsNoLongerOurs) {
    const GoneAccount gone{kItem, "user_7"};
    EXPECT_TRUE(decide_gone(ledger_, kServer, gone, std::nullopt).empty()) << "nobody's";
    own();
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
