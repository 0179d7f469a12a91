// Who has an account: several services, several clients, several servers of one cloud.
#include "reconciler/plan/claims.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::claims_test {
namespace {

const ServerId kHere = ModelController::kServer;
const ServerId kThere{4};

class Claims : public ::testing::Test {
  protected:
    ModelItem& sell(std::uint32_t id, std::string login, std::uint32_t client) {
        ModelItem item;
        item.id = ItemId(id);
        item.login = std::move(login);
        item.client = client;
        return world.panel.items[item.id] = item;
    }

    ModelAccount& account(const std::string& login) {
        const std::string key = login_key(login);
        if (!world.cloud.accounts.contains(key)) {
            ModelAccount made;
            made.login = login;
            made.quota = Quota::bytes(std::int64_t{5} << 30);
            world.cloud.add(made);
        }
        return world.cloud.accounts.at(key);
    }

    [[nodiscard]] std::vector<HoldCode> holds(std::uint32_t item) const {
        std::vector<HoldCode> codes;
        for (const HeldAction& held : world.plan().held) {
            if (held.hold.item == ItemId(item)) {
                codes.push_back(held.hold.code);
            }
        }
        return codes;
    }

    [[nodiscard]] std::vector<ActionKind> steps(std::uint32_t item) const {
        std::vector<ActionKind> kinds;
        for (const Action& action : world.plan().actions) {
            if (action.item == ItemId(item)) {
                kinds.push_back(action.kind);
            }
        }
        return kinds;
    }

    [[nodiscard]] const LedgerItem& known(std::uint32_t item) const {
        return *world.ledger.item(ItemId(item));
    }

    // As a person would: the held adoption becomes a record.
    void adopt_by_word(std::uint32_t item) {
        for (const HeldAction& held : world.plan().held) {
            if (held.hold.item == ItemId(item) && held.action) {
                ASSERT_EQ(held.action->kind, ActionKind::kAdopt);
                for (Event& event : decide_adoption(*held.action)) {
                    world.record(std::move(event));
                }
                return;
            }
        }
        FAIL() << "no adoption is offered for item " << item;
    }

    ModelController world;
};

using Kinds = std::vector<ActionKind>;
using Codes = std::vector<HoldCode>;

// ---- what proves that an earlier module opened an account

TEST_F(Claims, WhatWasOpenedBeforeTheFirstReadingIsAdopted) {
    account("anna");
    sell(1, "anna", 17).login_saved = true;
    EXPECT_EQ(steps(1), Kinds{ActionKind::kAdopt});
    world.options.policy = Policy::kObserve;  // a week of looking on
    world.pass();
    world.pass();
    world.options.policy = Policy::kSync;
    EXPECT_EQ(steps(1), Kinds{ActionKind::kAdopt});
}

// An order with the username of somebody else, whose opening staff end by hand; or the service was
// off all the while.
TEST_F(Claims, WhatWasOpenedLaterTakesNoAccountThatIsThere) {
    account("ceo");
    for (const bool seen_before : {true, false}) {
        world.pass();
        ModelItem& order = sell(seen_before ? 1 : 2, "ceo", 17);
        order.in_progress = true;
        if (seen_before) {
            world.pass();
        }
        order.in_progress = false;
        order.login_saved = true;
        const std::uint32_t id = order.id.value;
        EXPECT_EQ(holds(id), Codes{HoldCode::kNotOurs});
        EXPECT_TRUE(steps(id).empty());
        world.pass();
        EXPECT_EQ(holds(id), Codes{HoldCode::kNotOurs}) << "and stays so";
        world.panel.items.erase(order.id);
    }
}

// The store was lost, or its proof: the account works on, and nobody knows whose it is.
TEST_F(Claims, AClosingOfAnAccountThatNobodyKnowsIsNotSaidToHaveComeAbout) {
    world.pass();
    account("anna");
    ModelItem& item = sell(1, "anna", 17);
    item.login_saved = true;
    world.pass();
    item.wanted = Wanted::kAbsent;
    EXPECT_EQ(holds(1), Codes{HoldCode::kNotOurs});
    EXPECT_TRUE(steps(1).empty());
    ModelItem& other = sell(2, "anna", 17);
    other.login_saved = true;
    EXPECT_TRUE(holds(1).empty()) << "a living service names it";
    world.panel.items.erase(other.id);
    account("anna").enabled = false;
    EXPECT_TRUE(holds(1).empty()) << "it works no more";
    account("anna").enabled = true;
    world.panel.items.at(ItemId(1)).login_saved = false;
    EXPECT_TRUE(holds(1).empty()) << "an order that was never opened had none";
    world.panel.items.at(ItemId(1)).login_saved = true;
    adopt_by_word(1);
    EXPECT_EQ(steps(1), Kinds{ActionKind::kDisable});
}

TEST_F(Claims, AnOrderThatMayBeUnpaidGetsNoAccount) {
    world.pass();
    sell(1, "user_1", 17).maybe_unpaid = true;
    EXPECT_EQ(holds(1), Codes{HoldCode::kUnknownStatus});
    EXPECT_TRUE(steps(1).empty());
    world.panel.items.at(ItemId(1)).maybe_unpaid = false;
    world.pass();
    ASSERT_TRUE(owns(known(1)));
    world.panel.items.at(ItemId(1)).maybe_unpaid = true;
    world.cloud.accounts.erase("user_1");
    EXPECT_EQ(steps(1), Kinds{ActionKind::kCreate}) << "what is ours goes on";
}

// The panel's staff made the service of the account: that names both.
TEST_F(Claims, WhatWasImportedIsAdopted) {
    account("anna");
    world.pass();
    AccountImported imported;
    imported.server = kHere;
    imported.login = "Anna";
    imported.service = "1";
    const auto adopts = [&](std::uint32_t item, const std::string& login) {
        sell(item, login, 17).login_saved = true;
        const bool does = steps(item) == Kinds{ActionKind::kAdopt};
        world.panel.items.erase(ItemId(item));
        return does;
    };
    imported.certain = false;
    world.record(imported);
    EXPECT_FALSE(adopts(1, "anna")) << "it may have become one";
    imported.certain = true;
    world.record(imported);
    EXPECT_TRUE(adopts(1, "anna"));
    EXPECT_FALSE(adopts(2, "anna")) << "another service";
    account("bert");
    EXPECT_FALSE(adopts(1, "bert")) << "another account";
}

TEST_F(Claims, AnotherLoginAnotherClientOrAClosingEndTheProof) {
    account("anna");
    world.options.policy = Policy::kObserve;
    const auto lost = [&](const auto& change) {
        world.ledger = Ledger();
        sell(1, "anna", 17).login_saved = true;
        world.pass();
        const ModelItem before = world.panel.items.at(ItemId(1));
        change(world.panel.items.at(ItemId(1)));
        world.pass();
        world.panel.items.at(ItemId(1)) = before;
        world.pass();
        return holds(1) == Codes{HoldCode::kNotOurs};
    };
    EXPECT_TRUE(lost([](ModelItem& item) { item.login = "bert"; }));
    EXPECT_TRUE(lost([](ModelItem& item) { item.client = 18; }));
    EXPECT_TRUE(lost([](ModelItem& item) { item.wanted = Wanted::kAbsent; }));
    EXPECT_FALSE(lost([](ModelItem& item) { item.quota = Quota::bytes(1); }));
}

// Whoever ordered could choose the username; nobody had opened anything by then.
TEST_F(Claims, WhatWasUnpaidAtTheFirstReadingWasNotOpenedBeforeUs) {
    account("ceo");
    world.options.policy = Policy::kObserve;
    ModelItem& order = sell(1, "ceo", 17);
    order.login_saved = true;
    for (const Wanted before : {Wanted::kNothing, Wanted::kAbsent, Wanted::kDisabled}) {
        world.ledger = Ledger();
        order.wanted = before;
        if (before == Wanted::kAbsent) {
            ASSERT_TRUE(steps(1).empty()) << "a closing is no reason to take an account";
        }
        world.pass();
        order.wanted = Wanted::kEnabled;
        world.pass();
        world.options.policy = Policy::kSync;
        const bool was_open = before == Wanted::kDisabled;
        EXPECT_EQ(steps(1), was_open ? Kinds{ActionKind::kAdopt} : Kinds{}) << to_string(before);
        world.options.policy = Policy::kObserve;
    }
}

// What is known of an item or a server without a whole reading is no proof that it came later.
TEST_F(Claims, OnlyAWholeReadingEndsTheTimeBeforeUs) {
    account("anna");
    sell(1, "anna", 17).login_saved = true;
    ServerObserved seen;
    seen.server = kHere;
    world.record(seen);
    world.record(ItemHeld{ItemId(1), {Hold(ItemId(1), kHere, HoldCode::kNoDisk, "x", "x", "x")}});
    EXPECT_EQ(steps(1), Kinds{ActionKind::kAdopt});
    world.options.policy = Policy::kObserve;
    world.cloud.complete = false;
    world.pass();
    world.cloud.complete = true;
    world.options.policy = Policy::kSync;
    EXPECT_EQ(steps(1), Kinds{ActionKind::kAdopt});
}

// The cloud could not be read for a while, and a row was held all that time.
TEST_F(Claims, WhatWasHeldBeforeTheFirstReadingProvesNoMoreThanItSaidThen) {
    account("ceo");
    const auto held_first = [&](const auto& then) {
        world.ledger = Ledger();
        world.cloud.complete = false;
        ModelItem& item = sell(1, "ceo", 17);
        item.understood = false;
        then(item, false);
        world.pass();
        item.understood = true;
        item.login_saved = true;
        then(item, true);
        const Kinds at_once = steps(1);
        item.understood = false;
        world.cloud.complete = true;
        world.pass();
        item.understood = true;
        EXPECT_EQ(steps(1), at_once) << "the whole reading changes nothing";
        return at_once;
    };
    EXPECT_EQ(held_first([](ModelItem&, bool) {}), Kinds{}) << "typed, and not opened";
    EXPECT_EQ(
        held_first([](ModelItem& item, bool) { item.login_saved = true; }),
        Kinds{ActionKind::kAdopt}
    ) << "what the panel says of its opening is understood";
    EXPECT_EQ(
        held_first([](ModelItem& item, bool later) {
            item.login_saved = true;
            item.login = later ? "ceo" : "user_1";
        }),
        Kinds{}
    );
    EXPECT_EQ(
        held_first([](ModelItem& item, bool later) {
            item.login_saved = true;
            item.client = later ? 17 : 18;
        }),
        Kinds{}
    );
    EXPECT_EQ(
        held_first([](ModelItem& item, bool later) {
            item.login_saved = true;
            item.wanted =
                later ? Wanted::kEnabled : Wanted::kNothing;  // a status that says nothing
        }),
        Kinds{}
    );
}

TEST_F(Claims, AHeldRowKeepsItsProofUnlessItsLoginOrClientChanges) {
    account("anna");
    world.options.policy = Policy::kObserve;
    for (const bool renamed : {false, true}) {
        world.ledger = Ledger();
        ModelItem& item = sell(1, "anna", 17);
        item.login_saved = true;
        world.pass();
        item.understood = false;
        item.wanted = Wanted::kNothing;
        item.login = renamed ? "bert" : "anna";
        world.pass();
        EXPECT_EQ(known(1).sold->wanted, Wanted::kEnabled) << "what is sold is not known just now";
        EXPECT_FALSE(known(1).sold->quota.is_unknown());
        sell(1, "anna", 17).login_saved = true;
        world.pass();
        world.options.policy = Policy::kSync;
        EXPECT_EQ(steps(1), renamed ? Kinds{} : Kinds{ActionKind::kAdopt});
        world.options.policy = Policy::kObserve;
    }
}

TEST_F(Claims, ARowThatComesIntoSightLaterProvesNothing) {
    DesiredSnapshot rows = world.panel.read(kHere, world.now, 1);
    const auto hold = [&rows](std::uint32_t item, ServerId server) {
        rows.holds.emplace_back(ItemId(item), server, HoldCode::kBadLogin, "x", "x", "x");
    };
    hold(1, kHere);       // a login that no cloud takes
    hold(2, ServerId());  // no module
    hold(3, kHere);
    world.record(AccountAdopted{ItemId(3), kHere, "carl", "a test"});
    std::vector<Event> told = decide_unplaced(world.ledger, rows);
    ASSERT_EQ(told.size(), 2U) << "whose account is known is not forgotten";
    for (Event& event : told) {
        world.record(std::move(event));
    }
    EXPECT_TRUE(decide_unplaced(world.ledger, rows).empty()) << "once";
    DesiredAccount row;
    row.login = "ceo";
    row.wanted = Wanted::kEnabled;
    row.login_saved = true;
    for (const std::uint32_t item : {1U, 2U}) {
        row.item = ItemId(item);
        EXPECT_FALSE(opened_before_us(world.ledger, kHere, row)) << item;
    }
    row.item = ItemId(4);
    EXPECT_TRUE(opened_before_us(world.ledger, kHere, row));
    world.record(ItemHeld{ItemId(4), {Hold(ItemId(4), kThere, HoldCode::kNoDisk, "x", "x", "x")}});
    EXPECT_FALSE(opened_before_us(world.ledger, kHere, row)) << "it was on another server";
    sell(5, "bob", 17).understood = false;
    rows = world.panel.read(kHere, world.now, 1);
    EXPECT_TRUE(decide_unplaced(world.ledger, rows).empty()) << "it has a row";
    hold(6, kHere);
    world.pass();
    EXPECT_TRUE(decide_unplaced(world.ledger, rows).empty()) << "too late to prove anything";
    EXPECT_TRUE(known(5).sold) << "the row was there in time";
    sell(7, "eve", 17).understood = false;
    world.pass();
    EXPECT_FALSE(known(7).sold);
}

TEST_F(Claims, AServiceThatWasOpenedElsewhereProvesNothingHere) {
    sell(1, "bob", 17).login_saved = true;
    world.options.policy = Policy::kObserve;
    world.pass();
    DesiredAccount row;
    row.item = ItemId(1);
    row.login = "bob";
    row.client = 17;
    row.wanted = Wanted::kEnabled;
    row.login_saved = true;
    EXPECT_TRUE(opened_before_us(world.ledger, kHere, row));
    EXPECT_FALSE(opened_before_us(world.ledger, kThere, row));
    world.record(SoldChanged{ItemId(1), kThere, {}});
    EXPECT_FALSE(opened_before_us(world.ledger, kThere, row));
}

TEST_F(Claims, WhoTookTheNameOfAnAccountThatWasGoneIsNotOurs) {
    sell(1, "bob", 17).email = "bob@example.org";
    world.pass();
    ASSERT_TRUE(owns(known(1)));
    const ModelAccount was = account("bob");
    world.cloud.accounts.erase("bob");
    world.record(DriftObserved{ItemId(1), kHere, "bob", {{DriftField::kMissing, "bob", ""}}});
    ASSERT_TRUE(known(1).missed);
    world.cloud.accounts["bob"] = was;
    EXPECT_TRUE(holds(1).empty()) << "by its e-mail address it is ours";
    world.cloud.accounts["bob"].email = "stranger@example.net";
    for (const Wanted wanted : {Wanted::kEnabled, Wanted::kAbsent}) {
        world.panel.items.at(ItemId(1)).wanted = wanted;
        EXPECT_EQ(holds(1), Codes{HoldCode::kNotOurs});
        EXPECT_TRUE(steps(1).empty());
        const std::string why = world.plan().held.front().hold.detail;
        EXPECT_TRUE(why.ends_with("it has not the e-mail address of the service.")) << why;
    }
    world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    world.pass();
    EXPECT_TRUE(owns(known(1))) << "he may have changed his address";
    EXPECT_EQ(holds(1), Codes{HoldCode::kNotOurs}) << "a person has to say";
    world.cloud.accounts["bob"].quota = Quota::unlimited();
    world.pass();
    EXPECT_FALSE(owns(known(1))) << "and it is on record";
    world.pass();
    EXPECT_EQ(holds(1), Codes{HoldCode::kNotOurs});
    world.cloud.accounts["bob"].quota = was.quota;
    adopt_by_word(1);
    EXPECT_EQ(steps(1), Kinds{ActionKind::kSetEmail});
}

TEST_F(Claims, AClosedServiceWhoseLoginAnotherRowNamesIsNotForgotten) {
    sell(1, "bob", 17);
    sell(2, "carl", 18);
    world.pass();
    world.panel.items.at(ItemId(1)).login = "carl";
    world.panel.items.at(ItemId(2)).login = "bob";
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    EXPECT_EQ(world.plan().count(ActionKind::kDisable), 1U) << "disabled, and not deleted";
    world.panel.items.at(ItemId(2)).client = 17;
    world.panel.items.at(ItemId(2)).login_saved = true;
    EXPECT_EQ(holds(1), Codes{HoldCode::kLoginClash}) << "it is his who keeps his files";
}

TEST_F(Claims, APersonsWordGivesWhatNoProofGives) {
    world.pass();
    account("anna");
    sell(1, "anna", 17).login_saved = true;
    world.pass();
    ASSERT_EQ(holds(1), Codes{HoldCode::kNotOurs});
    adopt_by_word(1);
    EXPECT_TRUE(owns(known(1)));
    EXPECT_TRUE(holds(1).empty());
}

// ---- clients

// A restored panel, or a removed row whose number is used again.
TEST_F(Claims, AnItemThatIsAnotherClientsByNowGetsNothingOfTheAccount) {
    sell(1, "anna", 17).email = "anna@example.org";
    world.pass();
    world.pass();
    ASSERT_EQ(known(1).client, 17U);
    ModelItem& item = world.panel.items.at(ItemId(1));
    item.client = 18;
    item.email = "bert@example.org";
    for (const Wanted wanted : {Wanted::kEnabled, Wanted::kDisabled, Wanted::kAbsent}) {
        item.wanted = wanted;
        EXPECT_EQ(holds(1), Codes{HoldCode::kOtherClient}) << to_string(wanted);
        EXPECT_TRUE(world.plan().actions.empty()) << to_string(wanted);
        world.pass();
    }
    EXPECT_EQ(world.cloud.accounts.at("anna").email, "anna@example.org");
    item.client = 0;  // not known is not the same client
    EXPECT_EQ(holds(1), Codes{HoldCode::kOtherClient});
    item.client = 17;
    EXPECT_TRUE(holds(1).empty() || holds(1) == Codes{HoldCode::kRetention});
}

TEST_F(Claims, AServiceThatChangedHandsIsTakenOverByAPersonsWord) {
    sell(1, "anna", 17);
    world.pass();
    world.panel.items.at(ItemId(1)).client = 18;
    world.pass();
    ASSERT_EQ(holds(1), Codes{HoldCode::kOtherClient});
    adopt_by_word(1);
    EXPECT_EQ(known(1).client, 18U);
    EXPECT_TRUE(holds(1).empty());
}

TEST_F(Claims, AnAccountFromBeforeClientsWereRecordedLearnsItsOwn) {
    sell(1, "anna", 0);
    world.pass();
    ASSERT_EQ(known(1).client, 0U);
    world.panel.items.at(ItemId(1)).client = 17;
    world.pass();
    EXPECT_EQ(known(1).client, 17U);
}

// ---- several services, one login

TEST_F(Claims, TheOwnerGoesOnWhateverAnotherOrderIsCalled) {
    sell(1, "user_1", 17);
    world.pass();
    for (const bool opened : {false, true}) {
        ModelItem& other = sell(2, "USER_1", 18);
        other.login_saved = opened;
        other.in_progress = !opened;
        world.panel.items.at(ItemId(1)).wanted = Wanted::kDisabled;
        EXPECT_EQ(steps(1), Kinds{ActionKind::kDisable});
        EXPECT_EQ(holds(2), Codes{HoldCode::kLoginClash});
        world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
        EXPECT_EQ(steps(1), Kinds{ActionKind::kDisable}) << "a stranger's order keeps nobody open";
        EXPECT_EQ(holds(2), Codes{HoldCode::kNotOurs});
        world.panel.items.at(ItemId(1)).wanted = Wanted::kEnabled;
    }
}

TEST_F(Claims, TheOnlyOneThatWasOpenedGoesOnWhenNobodyOwnsTheLogin) {
    sell(1, "user_1", 17).login_saved = true;
    sell(2, "user_1", 18);
    EXPECT_EQ(steps(1), Kinds{ActionKind::kCreate});
    EXPECT_EQ(holds(2), Codes{HoldCode::kLoginClash});
    world.panel.items.at(ItemId(2)).login_saved = true;
    EXPECT_EQ(holds(1), Codes{HoldCode::kLoginClash});
    EXPECT_EQ(holds(2), Codes{HoldCode::kLoginClash});
    world.panel.items.at(ItemId(2)).wanted = Wanted::kNothing;  // unpaid: it claims nothing
    EXPECT_EQ(steps(1), Kinds{ActionKind::kCreate});
    for (const bool opened : {true, false}) {
        world.panel.items.at(ItemId(2)).login_saved = opened;
        world.panel.items.at(ItemId(2)).understood = false;
        EXPECT_EQ(holds(1), Codes{HoldCode::kLoginClash});
    }
}

TEST_F(Claims, OfTwoOrdersForOneLoginNoneIsOpened) {
    sell(1, "bob", 17);
    sell(2, "Bob", 18);
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_EQ(holds(1), Codes{HoldCode::kLoginClash});
    EXPECT_EQ(holds(2), Codes{HoldCode::kLoginClash});
    const Hold hold = world.plan().held.at(0).hold;
    EXPECT_NE(hold.detail.find("The items 1, 2 claim"), std::string::npos) << hold.detail;
}

// Both are on record as the owner; the other is closed, and a third one orders the name.
TEST_F(Claims, AClosedOwnerFreezesNobody) {
    sell(1, "bob", 17);
    world.pass();
    sell(2, "bob", 17).wanted = Wanted::kAbsent;
    world.record(AccountAdopted{ItemId(2), kHere, "bob", "a test"});
    sell(3, "bob", 18);
    world.panel.items.at(ItemId(1)).wanted = Wanted::kDisabled;
    EXPECT_EQ(steps(1), Kinds{ActionKind::kDisable});
    EXPECT_EQ(holds(3), Codes{HoldCode::kLoginClash});
}

TEST_F(Claims, AnAccountThatMayBeSomebodyElsesIsNotHandedOver) {
    sell(1001, "bob", 17);
    world.pass();
    world.panel.items.at(ItemId(1001)).wanted = Wanted::kAbsent;
    world.pass();
    sell(3000, "bob", 17).login_saved = true;
    EXPECT_EQ(steps(3000), (Kinds{ActionKind::kAdopt, ActionKind::kEnable}));
    world.record(ServerCloudAccepted{kHere, "", "", "", "restored"});
    EXPECT_TRUE(steps(3000).empty());
}

// Staff give the client's new service the login of his old one, so that he keeps his files.
TEST_F(Claims, AClosedServiceHandsItsAccountOverToTheSameClient) {
    sell(1001, "bob", 17);
    world.pass();
    world.panel.items.at(ItemId(1001)).wanted = Wanted::kAbsent;
    world.pass();
    const ModelAccount before = account("bob");
    ASSERT_FALSE(before.enabled);
    ModelItem& next = sell(3000, "bob", 17);
    next.in_progress = true;  // not opened yet: nothing is taken, and nothing is deleted
    world.watch(15);
    EXPECT_TRUE(steps(1001).empty());
    EXPECT_EQ(holds(1001), Codes{HoldCode::kLoginClash});
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
    next.in_progress = false;
    next.login_saved = true;
    EXPECT_EQ(steps(3000), (Kinds{ActionKind::kAdopt, ActionKind::kEnable}));
    const Action taken = world.plan().actions.at(0);
    EXPECT_EQ(taken.before, "item 1001");
    EXPECT_EQ(taken.after, "ours");
    EXPECT_EQ(taken.reason, "item 1001 of the same client is closed and hands its account over");
    world.pass();
    EXPECT_EQ(account("bob").born, before.born) << "not deleted and made anew";
    EXPECT_TRUE(account("bob").enabled);
    EXPECT_FALSE(owns(known(1001)));
    EXPECT_FALSE(known(1001).retained_until);
    EXPECT_TRUE(owns(known(3000)));
    EXPECT_TRUE(world.plan().actions.empty());
    EXPECT_EQ(world.replayed(), world.ledger);
}

// Not paid, under another login by now, or read in half: whoever has the account is not closed.
TEST_F(Claims, AServiceThatIsNotClosedHandsNothingOver) {
    ModelItem& owner = sell(1001, "bob", 17);
    world.pass();
    sell(3000, "bob", 17).login_saved = true;
    owner.wanted = Wanted::kNothing;
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
    owner.wanted = Wanted::kEnabled;
    owner.login = "bobby";
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
    owner.wanted = Wanted::kAbsent;
    EXPECT_EQ(steps(3000), Kinds{ActionKind::kAdopt});
    world.panel.items.erase(ItemId(1001));
    world.panel.complete = false;
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
    EXPECT_TRUE(steps(3000).empty());
}

// The number of the closed service was used again, by whoever orders its login as well.
TEST_F(Claims, AClosedServiceHandsOverToTheClientWhoseFilesTheyAre) {
    sell(1001, "bob", 17);
    world.pass();
    world.pass();
    sell(1001, "bob", 18).wanted = Wanted::kAbsent;
    sell(3000, "bob", 18).login_saved = true;
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
    world.panel.items.at(ItemId(3000)).client = 17;
    EXPECT_EQ(steps(3000), Kinds{ActionKind::kAdopt});
}

TEST_F(Claims, OfAnOlderStoreTheClosedRowSaysWhoseTheFilesAre) {
    account("bob");
    world.record(AccountAdopted{ItemId(1001), kHere, "bob", "before clients were recorded"});
    sell(1001, "bob", 17).wanted = Wanted::kAbsent;
    sell(3000, "bob", 18).login_saved = true;
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
    EXPECT_TRUE(steps(1001).empty()) << "whoever names it may be its client";
    EXPECT_EQ(holds(1001), Codes{HoldCode::kLoginClash});
    world.panel.items.at(ItemId(3000)).client = 17;
    EXPECT_EQ(steps(3000), Kinds{ActionKind::kAdopt});
}

TEST_F(Claims, AClosedAccountThatARowNamesWhichNobodyUnderstandsStays) {
    sell(1001, "bob", 17);
    world.pass();
    world.panel.items.at(ItemId(1001)).wanted = Wanted::kAbsent;
    sell(3000, "bob", 18).understood = false;
    EXPECT_TRUE(steps(1001).empty());
    EXPECT_EQ(holds(1001), Codes{HoldCode::kLoginClash});
}

TEST_F(Claims, AClosedAccountThatAnotherClientsServiceNamesIsDisabledButNotDeleted) {
    sell(1001, "bob", 17);
    world.pass();
    world.panel.items.at(ItemId(1001)).wanted = Wanted::kAbsent;
    sell(3000, "bob", 18).login_saved = true;
    EXPECT_EQ(steps(1001), Kinds{ActionKind::kDisable});
    world.pass();
    for (int day = 0; day < 60; ++day) {
        world.watch(1);
        world.pass();
    }
    EXPECT_EQ(holds(1001), Codes{HoldCode::kLoginClash});
    for (const HeldAction& held : world.plan().held) {
        if (held.hold.item == ItemId(1001)) {
            ASSERT_TRUE(held.action.has_value()) << "a person sees what is held";
            EXPECT_EQ(held.action->kind, ActionKind::kDelete);
        }
    }
    EXPECT_TRUE(world.cloud.accounts.contains("bob"));
    EXPECT_EQ(holds(3000), Codes{HoldCode::kNotOurs});
}

// Whoever pays it is to find the files there.
TEST_F(Claims, AnUnpaidOrderOfTheSameClientKeepsAClosedAccountFromItsDeletion) {
    sell(1001, "bob", 17);
    sell(5, "eve", 5);
    world.pass();
    world.panel.items.at(ItemId(1001)).wanted = Wanted::kAbsent;
    ModelItem& order = sell(3000, "Bob", 17);
    order.wanted = Wanted::kNothing;
    EXPECT_EQ(steps(1001), Kinds{ActionKind::kDisable}) << "what is not paid keeps nobody open";
    world.pass();
    for (int day = 0; day < 60; ++day) {
        world.watch(1);
        world.pass();
    }
    EXPECT_EQ(holds(1001), Codes{HoldCode::kLoginClash});
    const std::vector<HeldAction> held = world.plan().held;
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(held[0].action->kind, ActionKind::kDelete);
    EXPECT_NE(held[0].hold.detail.find("item 3000, which is not paid yet"), std::string::npos);
    EXPECT_NE(held[0].hold.remedy.find("Cancel item 3000"), std::string::npos);
    order.client = 18;
    EXPECT_EQ(steps(1001), Kinds{ActionKind::kDelete}) << "a stranger's order stops nothing";
    order.client = 17;
    order.wanted = Wanted::kAbsent;
    EXPECT_EQ(steps(1001), Kinds{ActionKind::kDelete}) << "it was cancelled";
    order.wanted = Wanted::kEnabled;
    order.login_saved = true;
    EXPECT_EQ(steps(3000), (Kinds{ActionKind::kAdopt, ActionKind::kEnable}));
}

TEST_F(Claims, OfAnOlderStoreAnybodysUnpaidOrderKeepsTheFiles) {
    sell(3000, "bob", 18).wanted = Wanted::kNothing;
    const DesiredSnapshot rows = world.panel.read(kHere, world.now, 1);
    const auto order = [&](std::uint32_t client) {
        return unpaid_order_on(rows, {kHere, kThere}, "bob", ItemId(1001), client);
    };
    EXPECT_EQ(order(0), ItemId(3000)) << "it is not known whose the files are";
    EXPECT_EQ(order(18), ItemId(3000));
    EXPECT_FALSE(order(17));
    EXPECT_FALSE(unpaid_order_on(rows, {kHere}, "bob", ItemId(3000), 18)) << "itself";
    EXPECT_FALSE(unpaid_order_on(rows, {kThere}, "bob", ItemId(1001), 18)) << "another cloud";
}

TEST_F(Claims, AVanishedServiceHandsOverAsAClosedOneDoes) {
    sell(1001, "bob", 17);
    sell(5, "eve", 5);
    world.pass();
    world.panel.items.erase(ItemId(1001));
    sell(3000, "bob", 17).login_saved = true;
    EXPECT_TRUE(steps(3000).empty()) << "it may be back with the next reading";
    for (int pass = 0; pass < 3; ++pass) {
        world.pass();
    }
    EXPECT_TRUE(owns(known(1001)));
    world.panel.items.at(ItemId(3000)).client = 18;
    world.now += std::chrono::minutes(20);
    EXPECT_TRUE(steps(3000).empty());
    world.panel.items.at(ItemId(3000)).client = 17;
    EXPECT_EQ(steps(3000), Kinds{ActionKind::kAdopt});
}

// ---- whoever orders what

TEST(ClaimLaws, OneServiceAtMostActsOnALogin) {
    EXPECT_TRUE(rc::check("rows of one login: at most one is acted for", [] {
        ModelController world;
        const int count = *rc::gen::inRange(1, 5);
        for (int i = 1; i <= count; ++i) {
            ModelItem item;
            item.id = ItemId(static_cast<std::uint32_t>(i));
            item.login = "bob";
            item.client = *rc::gen::inRange<std::uint32_t>(1, 3);
            item.wanted = *rc::gen::element(
                Wanted::kNothing, Wanted::kEnabled, Wanted::kDisabled, Wanted::kAbsent
            );
            item.login_saved = *rc::gen::arbitrary<bool>();
            item.understood = *rc::gen::weightedElement<bool>({{9, true}, {1, false}});
            world.panel.items[item.id] = item;
        }
        if (*rc::gen::arbitrary<bool>()) {
            world.record(AccountAdopted{ItemId(1), kHere, "bob", "a test"});
        }
        if (*rc::gen::arbitrary<bool>()) {
            ModelAccount bob;
            bob.login = "bob";
            world.cloud.add(bob);
        }
        std::set<ItemId> acted;
        const ServerPlan plan = world.plan();
        for (const Action& action : plan.actions) {
            acted.insert(action.item);
        }
        RC_ASSERT(acted.size() <= 1U);
    }));
}

}  // namespace
}  // namespace bn::testing::claims_test
