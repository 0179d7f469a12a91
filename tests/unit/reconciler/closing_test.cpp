// What ends in a deletion: closed items, vanished rows, retentions.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::closing_test {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

// Item 1 is closed, its account disabled and retained for 14 days; others are open.
class Closing : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::uint32_t i = 1; i <= 3; ++i) {
            world.panel.sell(i, true);
        }
        world.pass();
        world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
        world.pass();
        until = *world.ledger.item(ItemId(1))->retained_until;
        ASSERT_FALSE(account().enabled);
    }

    ModelAccount& account(std::uint32_t id = 1) {
        return world.cloud.accounts.at("user_" + std::to_string(id));
    }

    // What the plan would do to item 1; nothing: leave it alone.
    [[nodiscard]] std::optional<ActionKind> step() const {
        std::optional<ActionKind> kind;
        for (const Action& action : world.plan().actions) {
            if (action.item == ItemId(1)) {
                EXPECT_FALSE(kind.has_value()) << "one action at a time";
                kind = action.kind;
            }
        }
        return kind;
    }

    [[nodiscard]] std::optional<HoldCode> hold() const {
        const ServerPlan plan = world.plan();
        return plan.held.empty() ? std::nullopt : std::optional(plan.held.front().hold.code);
    }

    // A complete pass that may do nothing.
    void only_see() {
        for (const Event& event : world.observed(world.plan())) {
            world.record(event);
        }
        world.look();
    }

    // Watched all the while, but for the last hour.
    void watch_until(Time end) {
        while (world.now + std::chrono::hours(13) < end) {
            world.now += std::chrono::hours(12);
            world.look();
        }
        world.now = end - std::chrono::hours(1);
        world.look();
    }

    [[nodiscard]] PendingAction disable_of(std::uint32_t item) const {
        Action disable(
            ActionKind::kDisable,
            ModelController::kServer,
            ItemId(item),
            "user_" + std::to_string(item)
        );
        disable.closing = true;
        return {"lost", disable, "", world.now};
    }

    ModelController world;
    Time until{};
};

TEST_F(Closing, AWatchedRetentionEndsInADeletion) {
    watch_until(until);
    world.now = until - Duration(1);
    EXPECT_EQ(step(), std::nullopt);
    EXPECT_EQ(hold(), HoldCode::kRetention);
    world.now = until;
    EXPECT_EQ(step(), ActionKind::kDelete);
}

TEST_F(Closing, AnAccountThatSomebodyEnabledIsDisabledAnewWithItsWholeRetention) {
    account().enabled = true;
    EXPECT_EQ(step(), ActionKind::kDisable) << "at once";
    EXPECT_EQ(world.plan().actions.at(0).before, "enabled");
    watch_until(until + kDay);
    EXPECT_EQ(step(), ActionKind::kDisable);
    world.pass();
    EXPECT_EQ(step(), std::nullopt);
    const LedgerItem& item = *world.ledger.item(ItemId(1));
    const LedgerServer* server = world.ledger.server(ModelController::kServer);
    EXPECT_EQ(
        retention_left(item, server, world.now, 14 * kDay), 14 * kDay - std::chrono::minutes(10)
    );
}

// The days before count no more, whoever disables it and whatever we may do then.
TEST_F(Closing, ARetentionBeginsAnewOnceTheAccountWasSeenEnabled) {
    account().enabled = true;
    only_see();
    account().enabled = false;
    watch_until(until + kDay);
    EXPECT_EQ(step(), ActionKind::kDisable) << "on record, with a whole retention";
    world.pass();
    EXPECT_EQ(step(), std::nullopt);
    EXPECT_EQ(hold(), HoldCode::kRetention);
}

// Made by hand under its name, or brought back by a restore that nobody declared.
TEST_F(Closing, AnAccountThatIsNotTheOneThatWasClosedIsNotDeleted) {
    world.panel.items.at(ItemId(1)).email = "anna@example.org";
    for (const bool alike : {true, false}) {
        SCOPED_TRACE(alike);
        account().last_login = world.now;
        account().email = alike ? "anna@example.org" : "staff@example.org";
        watch_until(until + kDay);
        EXPECT_EQ(step(), ActionKind::kDelete) << "no list tells it";
        world.pass();
        ASSERT_TRUE(world.cloud.accounts.contains("user_1")) << "the look before it does";
        world.pass();
        const LedgerItem& item = *world.ledger.item(ItemId(1));
        EXPECT_EQ(hold(), alike ? HoldCode::kRetention : HoldCode::kNotOurs);
        EXPECT_FALSE(account().enabled);
        EXPECT_EQ(item.retained_until.has_value(), alike) << "a whole retention";
        until = item.retained_until.value_or(world.now + 14 * kDay);
    }
    for (int pass = 0; pass < 3; ++pass) {
        watch_until(until + (pass + 1) * 15 * kDay);
        world.pass();
        EXPECT_TRUE(world.cloud.accounts.contains("user_1")) << "it is for a person to say";
        EXPECT_EQ(hold(), HoldCode::kNotOurs);
    }
}

TEST_F(Closing, ADeleteNeedsTheLastLoginOfTheClosing) {
    // Item 2 was closed by an earlier version, which did not record it.
    world.panel.items.at(ItemId(2)).wanted = Wanted::kAbsent;
    const PendingAction disable = disable_of(2);
    world.record(ActionIntended{disable.action_id, disable.action, ""});
    ActionSucceeded closed;
    closed.action_id = disable.action_id;
    closed.item = ItemId(2);
    closed.server = ModelController::kServer;
    closed.kind = ActionKind::kDisable;
    closed.retained_until = until;
    world.record(closed);
    world.cloud.accounts.at("user_2").enabled = false;
    watch_until(until + kDay);
    const DesiredSnapshot rows = world.panel.read(ModelController::kServer, world.now, 1);
    const auto start = [&](std::uint32_t item, std::optional<Time> last_login) {
        PendingAction remove = disable_of(item);
        remove.action.kind = ActionKind::kDelete;
        Look found = world.cloud.look(remove.action.login);
        found->last_login = last_login;
        return start_action(world.ledger, remove, {&rows, &found}, {});
    };
    EXPECT_EQ(start(1, Time{}).move, StartMove::kCall);
    const ActionStart unsaid = start(1, std::nullopt);
    EXPECT_EQ(unsaid.move, StartMove::kLeave);
    EXPECT_EQ(unsaid.error.move, NextMove::kHuman);
    EXPECT_EQ(start(1, world.now).move, StartMove::kLeave);
    const ActionStart unrecorded = start(2, world.now);
    EXPECT_EQ(unrecorded.move, StartMove::kLeave);
    ASSERT_EQ(unrecorded.events.size(), 1U);
    world.record(unrecorded.events.front());
    EXPECT_FALSE(world.ledger.item(ItemId(2))->retained_until) << "it begins anew";
    EXPECT_FALSE(world.ledger.item(ItemId(2))->missed);
}

TEST_F(Closing, AnAccountThatIsInUseAgainUnderItsNameIsClosedOnlyIfItLooksLikeTheServices) {
    world.panel.items.at(ItemId(1)).email = "anna@example.org";
    account().enabled = true;
    account().last_login = world.now;
    account().email = "staff@example.org";
    EXPECT_EQ(step(), ActionKind::kDisable) << "no list tells it";
    world.pass();
    world.pass();
    EXPECT_TRUE(account().enabled) << "somebody else's by now";
    EXPECT_EQ(hold(), HoldCode::kNotOurs);
    account().email = "anna@example.org";
    world.pass();
    EXPECT_FALSE(account().enabled) << "it was the client, let in for a day";
}

// Its client's own use, while it was not closed yet, says nothing.
TEST_F(Closing, WhoLogsInBeforeAnAccountIsClosedDelaysNothing) {
    const PendingAction lost = disable_of(2);
    for (const bool answered : {true, false}) {
        world.cloud.accounts.at("user_2").last_login += std::chrono::minutes(1);
        const Look found = world.cloud.look("user_2");
        const ActionStart start = start_action(world.ledger, lost, {nullptr, &found}, {});
        ASSERT_EQ(start.move, StartMove::kCall) << answered;
        for (const Event& event : start.events) {
            world.record(event);
        }
        if (answered) {
            ActionFailed failed;
            failed.action_id = lost.action_id;
            failed.item = ItemId(2);
            failed.kind = ActionKind::kDisable;
            world.record(failed);
        } else {
            world.record(resolve_doubt(lost, found));
        }
    }
    world.cloud.accounts.at("user_2").last_login += std::chrono::minutes(1);
    const Look found = world.cloud.look("user_2");
    EXPECT_EQ(start_action(world.ledger, lost, {nullptr, &found}, {}).move, StartMove::kCall);
}

TEST_F(Closing, ABoughtBackServiceIsClosedAgainWhoeverLoggedInMeanwhile) {
    for (const bool staff_enables : {false, true}) {
        account().enabled = staff_enables;
        only_see();
        world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
        world.pass();
        ASSERT_TRUE(account().enabled);
        account().last_login = world.now;
        world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
        world.pass();
        EXPECT_FALSE(account().enabled) << staff_enables;
        EXPECT_TRUE(world.ledger.item(ItemId(1))->retained_until);
    }
}

// Paused, under another login, without a row: what it was held for says nothing of the account.
TEST_F(Closing, AnAccountThatIsInUseWhileItsItemIsHeldKeepsNoRetention) {
    const auto in_use = [&] {
        account().enabled = true;
        only_see();
        account().enabled = false;
        EXPECT_FALSE(world.ledger.item(ItemId(1))->closed_at);
        world.pass();
        world.pass();
    };
    world.record(ItemPaused{ItemId(1), "a look at it"});
    in_use();
    world.record(ItemResumed{ItemId(1)});
    world.pass();
    EXPECT_EQ(hold(), HoldCode::kRetention) << "a whole one";
    ASSERT_TRUE(world.ledger.item(ItemId(1))->closed_at);
    world.panel.items.at(ItemId(1)).login = "renamed";
    in_use();
    ASSERT_TRUE(world.ledger.item(ItemId(1))->closed_at);
    world.panel.items.erase(ItemId(1));
    in_use();
}

TEST_F(Closing, AnAccountThatIsInUseAfterItsRetentionIsNotDeletedOnceItIsDisabled) {
    watch_until(until + kDay);
    ASSERT_EQ(step(), ActionKind::kDelete);
    only_see();
    account().enabled = true;
    only_see();
    account().enabled = false;
    only_see();
    EXPECT_EQ(step(), ActionKind::kDisable);
}

TEST_F(Closing, AClockThatWasMonthsBehindEndsNoRetention) {
    world.now += 60 * kDay;
    EXPECT_EQ(step(), std::nullopt);
    EXPECT_EQ(hold(), HoldCode::kRetention);
    EXPECT_TRUE(world.pass().actions.empty());
    EXPECT_EQ(step(), std::nullopt);
}

TEST_F(Closing, OfALongPauseBetweenTwoPassesADayCounts) {
    for (int pause = 1; pause <= 13; ++pause) {
        world.now += 10 * kDay;
        EXPECT_EQ(step(), std::nullopt) << pause;
        world.look();
    }
    world.now += 10 * kDay;  // the fourteenth: 25 hours each
    EXPECT_EQ(step(), ActionKind::kDelete);
}

TEST_F(Closing, ADailyApplyIsEnough) {
    for (int day = 1; day < 14; ++day) {
        world.now += kDay;
        EXPECT_EQ(step(), std::nullopt) << day;
        world.look();
    }
    world.now += kDay;
    EXPECT_EQ(step(), ActionKind::kDelete);
}

TEST_F(Closing, OfAShortRetentionAQuarterCounts) {
    world.options.diff.retention = kDay;
    for (int pause = 1; pause < 4; ++pause) {
        world.now += kDay;
        EXPECT_EQ(step(), std::nullopt) << pause;
        world.look();
    }
    world.now += kDay;
    EXPECT_EQ(step(), ActionKind::kDelete);
}

TEST_F(Closing, APassThatWasNotCompleteObservesNothing) {
    const Duration before = world.ledger.server(ModelController::kServer)->observed;
    world.cloud.complete = false;
    world.pass();
    EXPECT_EQ(world.ledger.server(ModelController::kServer)->observed, before);
    world.cloud.complete = true;
    world.pass();
    EXPECT_EQ(
        world.ledger.server(ModelController::kServer)->observed, before + std::chrono::minutes(20)
    );
}

TEST_F(Closing, ARetentionWithoutAnyCompletePassDeletesNothing) {
    // A store that came back from a backup: the closing is in it, no pass is.
    world.ledger = Ledger();
    world.record(AccountAdopted{ItemId(1), ModelController::kServer, "user_1", "by hand"});
    ActionSucceeded disabled;
    disabled.item = ItemId(1);
    disabled.server = ModelController::kServer;
    disabled.kind = ActionKind::kDisable;
    disabled.retained_until = world.now + 14 * kDay;
    world.record(disabled);
    world.now += 60 * kDay;
    EXPECT_EQ(step(), std::nullopt);
    EXPECT_EQ(hold(), HoldCode::kRetention);
    world.watch(14);
    EXPECT_EQ(step(), std::nullopt) << "a whole step more, for nobody knows when it began";
    world.watch(2);
    EXPECT_EQ(step(), ActionKind::kDelete);
}

TEST_F(Closing, AQuietPassSaysTheSameOfARetentionAgain) {
    world.pass();
    const auto said = world.ledger.item(ItemId(1))->holds;
    ASSERT_FALSE(said.empty());
    world.pass();
    world.now += std::chrono::hours(3);
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(1))->holds, said);
}

TEST_F(Closing, ADisabledAccountWithoutARetentionIsDisabledOnRecordFirst) {
    world.panel.items.at(ItemId(2)).wanted = Wanted::kAbsent;
    world.cloud.accounts.at("user_2").enabled = false;  // by hand
    const ServerPlan plan = world.plan();
    ASSERT_EQ(plan.actions.size(), 1U) << plan.canonical_text();
    EXPECT_EQ(plan.actions.front().kind, ActionKind::kDisable);
    EXPECT_TRUE(plan.actions.front().closing);
}

TEST_F(Closing, AnAccountThatCannotBeReadIsLeftAlone) {
    watch_until(until);
    world.now = until;
    ASSERT_EQ(step(), ActionKind::kDelete);
    account().details = false;
    EXPECT_EQ(step(), std::nullopt);
    EXPECT_EQ(hold(), HoldCode::kIncompleteRead);
}

TEST_F(Closing, WhatTheReasonSaysIsTrue) {
    EXPECT_NE(world.plan().held.at(0).hold.detail.find("disabled until 20"), std::string::npos);
    watch_until(until);
    world.now = until;
    EXPECT_EQ(world.plan().actions.at(0).before, "disabled");
    account().has_files = true;
    const Action last = world.plan().actions.at(0);
    EXPECT_EQ(last.before, "disabled, has files");
    EXPECT_NE(last.reason.find("the item is closed; its retention ended"), std::string::npos);
    account().enabled = true;
    world.options.diff.retention = std::chrono::hours(36);
    EXPECT_EQ(world.plan().actions.at(0).reason, "the item is closed; deleted 36 hours after this");
}

// Ours was gone, item 50 made it anew, and nobody has seen yet that ours was gone.
TEST_F(Closing, AnAccountThatAnotherItemMadeAnewIsLeftToItWhileItWantsIt) {
    ModelItem next;
    next.id = ItemId(50);
    next.login = "user_1";
    next.login_saved = true;
    world.panel.items[next.id] = next;
    world.record(AccountAdopted{next.id, ModelController::kServer, "user_1", "made anew"});
    account().enabled = true;
    EXPECT_EQ(step(), std::nullopt);
    world.pass();
    EXPECT_FALSE(owns(*world.ledger.item(ItemId(1)))) << "handed over, on record";
    EXPECT_TRUE(owns(*world.ledger.item(next.id)));
    EXPECT_TRUE(account().enabled);
    world.panel.items.at(next.id).wanted = Wanted::kAbsent;
    EXPECT_EQ(step(), std::nullopt);
    EXPECT_EQ(world.pass().count(ActionKind::kDisable), 1U) << "of its new owner";
}

TEST_F(Closing, HalfAReadingOfThePanelSaysNothingAboutARowThatItLacks) {
    world.panel.items.erase(ItemId(2));
    world.panel.complete = false;
    for (const HeldAction& held : world.plan().held) {
        EXPECT_NE(held.hold.code, HoldCode::kVanished);
    }
}

// The account was enabled by hand: no action of ours ends the retention.
TEST_F(Closing, AServiceThatIsBoughtBackHasNoRetentionAnyMore) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    account().enabled = true;
    EXPECT_EQ(step(), std::nullopt);
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(1))->retained_until, std::nullopt);
    EXPECT_EQ(world.ledger.item(ItemId(1))->closed_at, std::nullopt);
}

TEST_F(Closing, AServiceThatIsBackButSuspendedHasNoRetentionEither) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kDisabled;
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(1))->closed_at, std::nullopt);
}

// He paid again, but his tariff has no size, or his module is not known: what was closed before
// counts for nothing once it is closed again.
TEST_F(Closing, ARowThatDoesNotSayClosedEndsTheRetention) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    world.panel.items.at(ItemId(1)).understood = false;
    world.pass();
    EXPECT_FALSE(world.ledger.item(ItemId(1))->retained_until);
    EXPECT_FALSE(account().enabled) << "and that is all";
    watch_until(until);
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    world.panel.items.at(ItemId(1)).understood = true;
    world.pass();
    EXPECT_EQ(hold(), HoldCode::kRetention);
    EXPECT_TRUE(world.cloud.accounts.contains("user_1"));
}

TEST_F(Closing, ARowThatSaysOrderedEndsTheRetention) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kNothing;
    world.pass();
    EXPECT_FALSE(world.ledger.item(ItemId(1))->closed_at);
    EXPECT_FALSE(account().enabled) << "nobody has bought it back";
}

// Whatever it is by then: what was sold never said that it was closed.
TEST_F(Closing, ARowThatIsBackEndsTheRetentionThatBeganWithoutIt) {
    const ModelItem was = world.panel.items.at(ItemId(2));
    for (const Wanted wanted : {Wanted::kEnabled, Wanted::kDisabled}) {
        world.panel.items.erase(ItemId(2));
        for (int pass = 0; pass < 6; ++pass) {
            world.pass();
        }
        ASSERT_TRUE(world.ledger.item(ItemId(2))->closed_at);
        ModelItem back = was;
        back.wanted = wanted;
        world.panel.items[ItemId(2)] = back;
        const bool said = std::ranges::any_of(world.observed(world.plan()), [](const Event& event) {
            return std::holds_alternative<ItemBoughtBack>(event) && item_of(event) == ItemId(2);
        });
        EXPECT_TRUE(said) << to_string(wanted);
        world.pass();
    }
}

TEST_F(Closing, ARowThatIsOnNoServerSaysClosedOnlyIfItIs) {
    const auto bought_back = [this](bool closed) {
        DesiredSnapshot rows = world.panel.read(ModelController::kServer, world.now, 1);
        const ServerPlan plan = world.plan();
        world.panel.items.erase(ItemId(1));
        rows.servers = world.panel.read(ModelController::kServer, world.now, 1).servers;
        if (closed) {
            rows.closed = {{ItemId(1), 1, true}};
        }
        const std::vector<Event> events = decide_observation(world.ledger, plan, rows);
        world.panel.items[ItemId(1)].id = ItemId(1);
        return std::ranges::any_of(events, [](const Event& event) {
            return std::holds_alternative<ItemBoughtBack>(event);
        });
    };
    EXPECT_TRUE(bought_back(false));
    EXPECT_FALSE(bought_back(true));
}

// Somebody put a colon into its username.
TEST_F(Closing, AServiceIsClosedThoughItsRowNamesALoginThatCannotBe) {
    ModelItem& row = world.panel.items.at(ItemId(2));
    row.login_can_be = false;
    world.pass();
    EXPECT_TRUE(account(2).enabled) << "it is held while it is open";
    row.wanted = Wanted::kAbsent;
    row.client = 7;
    EXPECT_EQ(world.plan().held.back().hold.code, HoldCode::kOtherClient);
    row.client = 1;
    // Nor does it help that another closed service names its login.
    ModelItem& other = world.panel.sell(50);
    other.login = "user_2";
    other.wanted = Wanted::kAbsent;
    world.pass();
    EXPECT_FALSE(account(2).enabled);
    world.watch(15);
    world.pass();
    EXPECT_FALSE(world.cloud.accounts.contains("user_2"));
}

TEST_F(Closing, WhatHasNoLoginThatCanBeIsClosedUnlessAnotherServiceNamesIt) {
    ModelItem& row = world.panel.items.at(ItemId(2));
    row.login_can_be = false;
    row.wanted = Wanted::kAbsent;
    ModelItem& other = world.panel.sell(50);
    other.login = "user_2";
    world.pass();
    EXPECT_TRUE(account(2).enabled);
}

TEST_F(Closing, WhatWasBoughtBackWhileItsCloudWasAwayIsClosedAnew) {
    world.record(SoldChanged{ItemId(1), ModelController::kServer, {{"status", "absent", "enabled"}}}
    );
    EXPECT_FALSE(world.ledger.item(ItemId(1))->retained_until);
}

// Its row was removed, and then its account.
TEST_F(Closing, WhoTakesTheNameOfAnAccountThatWentWithItsRowIsNotOurs) {
    const ModelAccount was = account();
    world.panel.items.erase(ItemId(1));
    world.pass();
    world.cloud.accounts.erase("user_1");
    world.pass();
    EXPECT_TRUE(world.ledger.item(ItemId(1))->missed);
    world.cloud.accounts["user_1"] = was;
    account().enabled = true;
    for (int pass = 0; pass < 6; ++pass) {
        world.pass();
    }
    EXPECT_TRUE(account().enabled);
}

// Both were removed between two passes, so that nothing was recorded of either.
TEST_F(Closing, WhoTakesTheNameOfAnAccountThatWentAtOnceWithItsRowIsNotOurs) {
    for (const bool paused : {false, true}) {
        const ItemId id(paused ? 3 : 2);
        const std::string login = "user_" + std::to_string(id.value);
        const ModelAccount was = account(id.value);
        if (paused) {
            world.record(ItemPaused{id, "looked at"});
        }
        world.panel.items.erase(id);
        world.cloud.accounts.erase(login);
        world.panel.complete = false;
        EXPECT_TRUE(world.plan().gone.empty());
        world.panel.complete = true;
        world.pass();
        world.cloud.accounts[login] = was;
        for (int pass = 0; pass < 6; ++pass) {
            world.pass();
        }
        EXPECT_TRUE(account(id.value).enabled);
        world.cloud.accounts.erase(login);
        world.pass();
        EXPECT_FALSE(owns(*world.ledger.item(id))) << "nothing is left of it";
    }
}

// Whatever keeps its row from being examined, an account that is gone is not whoever has its name.
TEST_F(Closing, WhoTakesTheNameOfAnAccountThatWasGoneUnseenIsNotOurs) {
    const ModelItem sold = world.panel.items.at(ItemId(2));
    const auto hide = [&](const std::string& how) {
        ModelItem& row = world.panel.items.at(ItemId(2));
        row.understood = how != "held";
        row.login_can_be = how != "bad login";
        row.wanted = how == "ordered" ? Wanted::kNothing : Wanted::kEnabled;
        row.login = how == "renamed" ? "other" : sold.login;
        row.client = how == "other client" ? 9 : sold.client;
        if (how == "paused") {
            world.record(ItemPaused{ItemId(2), "looked at"});
        }
    };
    for (const char* how : {"held", "bad login", "ordered", "renamed", "other client", "paused"}) {
        hide(how);
        world.pass();
        world.cloud.accounts.erase("user_2");
        world.pass();
        EXPECT_TRUE(world.ledger.item(ItemId(2))->missed) << how;
        ModelAccount stranger;
        stranger.login = "user_2";
        stranger.email = "stranger@example.org";
        stranger.quota = Quota::unlimited();
        world.cloud.add(stranger);
        world.panel.items.at(ItemId(2)) = sold;
        world.record(ItemResumed{ItemId(2)});
        for (const Wanted wanted : {Wanted::kEnabled, Wanted::kDisabled, Wanted::kAbsent}) {
            world.panel.items.at(ItemId(2)).wanted = wanted;
            world.pass();
            EXPECT_EQ(account(2).email, "stranger@example.org") << how;
            EXPECT_TRUE(account(2).enabled && account(2).quota == Quota::unlimited()) << how;
        }
        world.cloud.accounts.erase("user_2");
        world.panel.items.at(ItemId(2)) = sold;
        for (int pass = 0; pass < 3; ++pass) {
            world.pass();
        }
        world.cloud.accounts.erase("other");
        ASSERT_TRUE(account(2).enabled) << how;
    }
}

// Wherever its row is, or whoever names its account, by then.
TEST_F(Closing, ARetentionBeginsAnewWhateverKeepsTheRowFromBeingExamined) {
    const ModelItem closed = world.panel.items.at(ItemId(1));
    for (const char* how : {"bad login", "gone", "renamed", "ordered"}) {
        ASSERT_TRUE(world.ledger.item(ItemId(1))->closed_at) << how;
        ModelItem& other = world.panel.sell(50);
        other.login = "user_1";
        other.client = 9;
        ModelItem& row = world.panel.items.at(ItemId(1));
        row.login_can_be = how != std::string("bad login");
        row.login = how == std::string("renamed") ? "other" : row.login;
        row.wanted = how == std::string("ordered") ? Wanted::kNothing : row.wanted;
        if (how == std::string("gone")) {
            world.panel.items.erase(ItemId(1));
        }
        account().enabled = true;
        for (const Event& event : world.observed(world.plan())) {
            world.record(event);
        }
        EXPECT_FALSE(world.ledger.item(ItemId(1))->closed_at) << how;
        world.panel.items.erase(ItemId(50));
        world.panel.items[ItemId(1)] = closed;
        world.pass();
        ASSERT_FALSE(account().enabled) << how;
    }
}

// A store of before: nothing shows when it was last used.
TEST_F(Closing, AnAccountOfWhoseClosingLittleIsKnownIsNotDeletedAtOnce) {
    account().last_login = world.now;
    world.record(AccountLastUsed{ItemId(1), ModelController::kServer, "user_1", world.now});
    world.record(AccountFoundAgain{ItemId(1), ModelController::kServer, "user_1"});
    EXPECT_EQ(step(), ActionKind::kDisable) << "on record, with a whole retention";
}

TEST_F(Closing, ARowThatCameBackIsNotVanishedAnyMore) {
    const ModelItem item = world.panel.items.at(ItemId(2));
    world.panel.items.erase(ItemId(2));
    world.pass();
    const std::optional<std::uint64_t> since = world.ledger.item(ItemId(2))->vanished_at_pass;
    ASSERT_TRUE(since.has_value());
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(2))->vanished_at_pass, since) << "counted from the first";
    world.panel.items[item.id] = item;
    world.pass();
    EXPECT_EQ(world.ledger.item(ItemId(2))->vanished_at_pass, std::nullopt);
}

TEST_F(Closing, AVanishedRowIsClosedAfterThreeMoreCompletePasses) {
    for (int pass = 0; pass < 5; ++pass) {
        world.pass();
    }
    world.panel.items.erase(ItemId(2));
    for (int pass = 0; pass < 3; ++pass) {
        EXPECT_EQ(world.pass().destructive_count(), 0U) << pass;
    }
    EXPECT_EQ(world.pass().count(ActionKind::kDisable), 1U);
    EXPECT_FALSE(world.cloud.accounts.at("user_2").enabled);
}

// It works, and nothing shows whose it is.
TEST_F(Closing, OfAnAccountThatIsNotKnownToBeOursWaitsForAPerson) {
    ModelItem& lost = world.panel.sell(4);
    lost.wanted = Wanted::kAbsent;
    lost.in_progress = true;
    ModelAccount made;
    made.login = lost.login;
    world.cloud.add(made);
    const auto hold_of_it = [&] {
        for (const HeldAction& held : world.plan().held) {
            if (held.hold.item == ItemId(4)) {
                return std::optional(held.hold.code);
            }
        }
        return std::optional<HoldCode>();
    };
    EXPECT_EQ(hold_of_it(), HoldCode::kNotOurs);
    lost.in_progress = false;
    EXPECT_EQ(hold_of_it(), std::nullopt) << "nobody waits for an answer";
    lost.in_progress = true;
    ModelItem& order = world.panel.sell(5);
    order.login = lost.login;
    order.in_progress = true;
    EXPECT_EQ(hold_of_it(), HoldCode::kNotOurs) << "an order may be given any login";
    world.panel.items.erase(ItemId(5));
    world.pass();
    world.cloud.accounts.erase("user_4");
    EXPECT_EQ(hold_of_it(), HoldCode::kIncompleteSnapshot) << "a list may skip one";
    world.pass();
    EXPECT_EQ(hold_of_it(), std::nullopt) << "two do not";
}

// A store that came back from a backup: the account is in it, no pass is.
TEST_F(Closing, ARowThatIsGoneBeforeAnyPassIsNotClosed) {
    world.ledger = Ledger();
    world.record(AccountAdopted{ItemId(2), ModelController::kServer, "user_2", "by hand"});
    world.panel.items.erase(ItemId(2));
    EXPECT_EQ(world.plan().destructive_count(), 0U);
    EXPECT_EQ(hold(), HoldCode::kVanished);
}

TEST_F(Closing, ManyPassesInAMomentAreNotEnoughForAVanishedRow) {
    world.panel.items.erase(ItemId(2));
    for (int pass = 0; pass < 20; ++pass) {
        EXPECT_EQ(world.pass().destructive_count(), 0U);
        world.now -= std::chrono::minutes(10) - Duration(100);
    }
    EXPECT_TRUE(world.ledger.item(ItemId(2))->vanished_at.has_value());
}

TEST_F(Closing, ALongTimeIsNotEnoughForAVanishedRowWithoutPasses) {
    world.panel.items.erase(ItemId(2));
    world.pass();
    world.now += kDay;
    EXPECT_EQ(world.pass().destructive_count(), 0U);
    world.now += kDay;
    EXPECT_EQ(world.pass().destructive_count(), 0U);
    EXPECT_EQ(world.pass().count(ActionKind::kDisable), 1U);
}

TEST_F(Closing, AnIncompletePassDoesNotCountForAVanishedRow) {
    world.panel.items.erase(ItemId(2));
    world.pass();
    world.cloud.complete = false;
    for (int pass = 0; pass < 5; ++pass) {
        world.pass();
    }
    world.cloud.complete = true;
    EXPECT_EQ(world.plan().destructive_count(), 0U);
}

TEST_F(Closing, APanelWithoutAnyRowSaysNothingAboutAVanishedOne) {
    world.panel.items.clear();
    for (int pass = 0; pass < 5; ++pass) {
        EXPECT_EQ(world.pass().destructive_count(), 0U);
    }
    EXPECT_TRUE(world.plan().held.empty());
}

TEST_F(Closing, AnItemThatClosesUnderANewLoginIsClosedUnderItsOld) {
    ModelItem& item = world.panel.items.at(ItemId(2));
    item.login = "renamed";
    EXPECT_EQ(hold(), HoldCode::kRetention);
    EXPECT_EQ(world.plan().held.back().hold.code, HoldCode::kLoginChanged);
    item.wanted = Wanted::kAbsent;
    const ServerPlan plan = world.plan();
    ASSERT_EQ(plan.actions.size(), 1U) << plan.canonical_text();
    EXPECT_EQ(plan.actions.front().kind, ActionKind::kDisable);
    EXPECT_EQ(plan.actions.front().login, "user_2");
    EXPECT_EQ(plan.held.size(), 1U) << "the retained one only";
}

// Its number was used again under another login, and that one was closed.
TEST_F(Closing, AnItemThatIsAnotherClientsClosesNothingUnderTheOldLogin) {
    ModelItem& item = world.panel.items.at(ItemId(2));
    item.login = "renamed";
    item.wanted = Wanted::kAbsent;
    item.client = 18;
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_EQ(world.plan().held.back().hold.code, HoldCode::kOtherClient);
    item.client = 1;
    EXPECT_EQ(world.plan().count(ActionKind::kDisable), 1U);
    world.record(ItemPaused{ItemId(2), "a look at it"});
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_EQ(world.plan().held.back().hold.code, HoldCode::kPaused);
}

// A closing is no reason to take an account, whatever the row says of it: an order form can set the
// username, and an order that was never paid is closed as well.
TEST_F(Closing, AClosedItemAdoptsNothing) {
    ModelAccount staff;
    staff.login = "ceo";
    world.cloud.add(staff);
    ModelItem order;
    order.id = ItemId(20);
    order.login = "ceo";
    order.wanted = Wanted::kAbsent;
    for (const bool saved : {false, true}) {
        order.login_saved = saved;
        world.panel.items[order.id] = order;
        const ServerPlan plan = world.plan();
        EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
        EXPECT_EQ(plan.held.size(), saved ? 2U : 1U) << "the retained one, and whose this one is";
    }
    world.options.policy = Policy::kCreateOnly;
    EXPECT_TRUE(world.plan().actions.empty());
}

}  // namespace
}  // namespace bn::testing::closing_test
