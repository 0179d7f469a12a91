// Whose an account is, and how an account comes about: ownership and opening.
#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::ownership_test {
namespace {

// One item, 7, that wants an account "anna"; each test says what the cloud and the ledger have.
class Owning : public ::testing::Test {
  protected:
    void SetUp() override {
        world.cloud.groups = {"admin", "basic"};
        world.panel.managed_groups = {"basic"};
        ModelItem item;
        item.id = ItemId(7);
        item.login = "anna";
        item.email = "anna@example.org";
        item.display_name = "Anna";
        item.group = "basic";
        item.quota = Quota::bytes(5'000'000'000);
        world.panel.items[item.id] = item;
    }

    ModelItem& item() { return world.panel.items.at(ItemId(7)); }

    ModelAccount& account(const std::string& login = "anna") {
        ModelAccount made;
        made.login = login;
        made.quota = Quota::unlimited();
        world.cloud.add(made);
        return world.cloud.accounts.at(login_key(login));
    }

    void deleted_before() {
        world.record(AccountAdopted{ItemId(7), ModelController::kServer, "anna", "by hand"});
        ActionSucceeded gone;
        gone.item = ItemId(7);
        gone.server = ModelController::kServer;
        gone.kind = ActionKind::kDelete;
        world.record(gone);
    }

    // Another item's call about this login whose outcome is not known.
    void doubted_by_another() {
        Action create(ActionKind::kCreate, ModelController::kServer, ItemId(9), "Anna");
        world.record(ActionIntended{"x", create, ""});
    }

    [[nodiscard]] std::vector<ActionKind> kinds() const {
        std::vector<ActionKind> kinds;
        for (const Action& action : world.plan().actions) {
            kinds.push_back(action.kind);
        }
        return kinds;
    }

    // The item's only hold in a plan that does nothing.
    [[nodiscard]] Hold hold() const {
        ServerPlan plan = world.plan();
        EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
        std::erase_if(plan.held, [](const HeldAction& held) {
            return held.hold.item != ItemId(7);
        });
        EXPECT_EQ(plan.held.size(), 1U);
        return plan.held.empty() ? Hold() : plan.held.front().hold;
    }

    ModelController world;
};

using Kinds = std::vector<ActionKind>;

// It was free when the cloud was read: who took it since is known by nothing but the e-mail
// address.
TEST_F(Owning, ALoginThatWasFreeIsAdoptedOnlyIfItLooksLikeTheItems) {
    item().login_saved = true;
    world.options.policy = Policy::kObserve;
    world.pass();
    world.options.policy = Policy::kSync;
    ModelAccount& taken = account();
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
    world.pass();
    EXPECT_EQ(hold().code, HoldCode::kNotOurs) << "and stays so";
    taken.email = "Anna@example.org";
    EXPECT_EQ(kinds().front(), ActionKind::kAdopt);
}

TEST_F(Owning, AfterALostStoreAnAccountIsAdoptedOnlyIfItLooksLikeTheItems) {
    item().login_saved = true;
    world.record(StoreAccepted{"store.lost", "there was one"});
    ModelAccount& there = account();
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
    there.email = "anna@example.org";
    EXPECT_EQ(kinds().front(), ActionKind::kAdopt);
}

// A backup may have the account of whoever had the login before.
TEST_F(Owning, OnAnAcceptedCloudAnAccountIsOursIfItLooksLikeTheItems) {
    world.pass();
    ASSERT_TRUE(owns(*world.ledger.item(ItemId(7))));
    for (const bool alike : {true, false}) {
        world.record(ServerCloudAccepted{ModelController::kServer, "oc1", "oc1", "", "restored"});
        if (!alike) {
            world.cloud.accounts.at("anna").email = "eve@example.org";
            EXPECT_EQ(hold().code, HoldCode::kNotOurs);
            world.pass();
            EXPECT_TRUE(owns(*world.ledger.item(ItemId(7)))) << "he may have changed his address";
            EXPECT_EQ(hold().code, HoldCode::kNotOurs) << "for a person to say";
            world.cloud.accounts.at("anna").quota = Quota::unlimited();
        }
        world.pass();
        EXPECT_EQ(owns(*world.ledger.item(ItemId(7))), alike);
        EXPECT_FALSE(alike && world.ledger.item(ItemId(7))->missed) << "it was found again";
    }
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
}

// Though all else is as it was sold.
TEST_F(Owning, ARowThatBecameAnotherClientsIsSeenAtOnce) {
    world.pass();
    world.pass();
    ASSERT_TRUE(world.plan().held.empty());
    item().client = 99;
    EXPECT_EQ(hold().code, HoldCode::kOtherClient);
}

TEST_F(Owning, ASavedLoginIsAdoptedBeforeAnythingIsCorrected) {
    account();
    item().login_saved = true;
    EXPECT_EQ(
        kinds(),
        (Kinds{
            ActionKind::kAdopt, ActionKind::kSetQuota, ActionKind::kSetEmail, ActionKind::kAddGroup}
        )
    );
}

TEST_F(Owning, AStrangerOfTheSameNameIsLeftAlone) {
    account();
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
    EXPECT_NE(hold().detail.find("that we did not create"), std::string::npos);
    item().in_progress = true;
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
    EXPECT_NE(hold().detail.find("not known to be opened yet"), std::string::npos);
}

TEST_F(Owning, OurOwnLoginAnAdministratorAndAForeignBackendAreProtected) {
    item().login_saved = true;
    account().groups = {"admin"};
    EXPECT_EQ(hold().code, HoldCode::kProtected);
    EXPECT_NE(hold().detail.find("administrator"), std::string::npos);
    world.cloud.accounts.at("anna").groups.clear();
    world.cloud.own_login = "Anna";
    EXPECT_EQ(hold().code, HoldCode::kProtected);
    EXPECT_NE(hold().detail.find("that we log in with"), std::string::npos);
    world.cloud.own_login = "root";
    world.cloud.accounts.at("anna").local = false;
    EXPECT_EQ(hold().code, HoldCode::kForeignBackend);
}

// Also when the account is as it was sold, and known to be ours.
TEST_F(Owning, AnAccountThatBecameAnAdministratorIsSaid) {
    world.pass();
    world.pass();
    ASSERT_TRUE(world.plan().held.empty());
    world.cloud.accounts.at("anna").groups.insert("admin");
    EXPECT_EQ(hold().code, HoldCode::kProtected);
    world.cloud.accounts.at("anna").groups.erase("admin");
    world.cloud.own_login = "anna";
    EXPECT_EQ(hold().code, HoldCode::kProtected);
}

TEST_F(Owning, AnotherItemsAccountIsNotAdopted) {
    account();
    item().login_saved = true;
    world.record(AccountAdopted{ItemId(9), ModelController::kServer, "Anna", "by hand"});
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
    EXPECT_EQ(hold().where, "item 9");
}

TEST_F(Owning, AnAccountThatAnotherItemsCallMayHaveMadeIsWaitedFor) {
    doubted_by_another();
    EXPECT_EQ(hold().code, HoldCode::kInDoubt) << "none is made";
    account();
    item().login_saved = true;
    EXPECT_EQ(hold().code, HoldCode::kInDoubt) << "none is adopted";
    ModelItem other = item();
    other.id = ItemId(9);
    world.panel.items[other.id] = other;
    const auto code = [&] {
        const ServerPlan plan = world.plan();
        EXPECT_TRUE(plan.actions.empty()) << plan.canonical_text();
        return plan.held.at(0).hold.code;
    };
    world.panel.items.at(ItemId(9)).login_saved = false;
    EXPECT_EQ(code(), HoldCode::kInDoubt) << "that is no owner who clashes";
    world.panel.items.at(ItemId(9)).wanted = Wanted::kAbsent;
    EXPECT_EQ(code(), HoldCode::kInDoubt) << "none that hands over";
}

TEST_F(Owning, AnAccountMadeAfterOursWasDeletedIsNotOurs) {
    deleted_before();
    item().login_saved = true;
    EXPECT_EQ(kinds(), Kinds{ActionKind::kCreate});
    account();
    EXPECT_EQ(hold().code, HoldCode::kNotOurs);
    EXPECT_NE(hold().detail.find("was deleted"), std::string::npos);
}

// ---- opening

TEST_F(Owning, ANewAccountHasAllThatWasSold) {
    const Action create = world.plan().actions.at(0);
    ASSERT_TRUE(create.create.has_value());
    EXPECT_EQ(create.create->email, "anna@example.org");
    EXPECT_EQ(create.create->display_name, "Anna");
    EXPECT_EQ(create.create->group, "basic");
    EXPECT_EQ(create.create->quota, canonical(item().quota)) << "what the cloud will keep";
    EXPECT_EQ(
        create.after,
        "quota " + to_string(create.create->quota) + ", group basic, e-mail anna@example.org"
    );
    EXPECT_EQ(create.reason, "the item is paid and has no account");
    world.options.diff.manage_groups = false;
    EXPECT_EQ(world.plan().actions.at(0).create->group, "");
}

TEST_F(Owning, TheReasonSaysWhetherFilesWereLost) {
    const auto reason = [&] { return world.plan().actions.at(0).reason; };
    world.record(ItemResumed{ItemId(7)});
    EXPECT_EQ(reason(), "the item is paid and has no account");
    item().login_saved = true;
    EXPECT_NE(reason().find("was opened earlier and is gone"), std::string::npos);
    deleted_before();
    EXPECT_NE(reason().find("after its account was deleted"), std::string::npos);
    world.record(AccountAdopted{ItemId(7), ModelController::kServer, "anna", "by hand"});
    EXPECT_NE(reason().find("was there and is gone"), std::string::npos);
}

TEST_F(Owning, NoAccountIsMadeForAnUnpaidOrNeverOpenedSuspendedItem) {
    item().wanted = Wanted::kNothing;
    EXPECT_TRUE(kinds().empty());
    item().wanted = Wanted::kDisabled;
    EXPECT_TRUE(kinds().empty());
    item().login_saved = true;
    EXPECT_EQ(kinds(), (Kinds{ActionKind::kCreate, ActionKind::kDisable}));
    item().login_saved = false;
    world.record(AccountAdopted{ItemId(7), ModelController::kServer, "anna", "by hand"});
    EXPECT_EQ(kinds(), (Kinds{ActionKind::kCreate, ActionKind::kDisable})) << "it was ours";
}

TEST_F(Owning, HalfAReadingOfTheCloudMissesNoAccount) {
    EXPECT_EQ(world.plan().drift.size(), 1U);
    world.cloud.complete = false;
    EXPECT_TRUE(world.plan().drift.empty());
}

TEST_F(Owning, NoAccountIsMadeWithoutTheGroupOfItsTariff) {
    item().group = "gone";
    EXPECT_EQ(hold().code, HoldCode::kMissingGroup);
    item().group = "admin";
    EXPECT_EQ(hold().code, HoldCode::kBadGroup);
    item().group = "0";
    ASSERT_EQ(kinds(), Kinds{ActionKind::kCreate}) << "who paid is served";
    EXPECT_EQ(world.plan().actions.front().create->group, "");
}

TEST_F(Owning, ARowThatWasNotUnderstoodIsHeldWhateverTheCloudHas) {
    item().understood = false;
    EXPECT_EQ(hold().code, HoldCode::kUnknownStatus);
    item().understood = true;
    world.pass();
    world.pass();
    item().understood = false;
    EXPECT_EQ(hold().code, HoldCode::kUnknownStatus) << "also when all is in order";
    item().login = "renamed";
    item().wanted = Wanted::kAbsent;
    EXPECT_EQ(hold().code, HoldCode::kUnknownStatus) << "nothing is closed on such a row";
}

TEST_F(Owning, AVanishedRowOfAPausedItemClosesNothing) {
    ModelItem other;
    other.id = ItemId(8);
    other.login = "bert";
    world.panel.items[other.id] = other;
    world.pass();
    world.record(ItemPaused{ItemId(7), "a look by hand"});
    world.panel.items.erase(ItemId(7));
    for (int pass = 0; pass < 5; ++pass) {
        EXPECT_EQ(world.pass().destructive_count(), 0U);
    }
    EXPECT_EQ(hold().code, HoldCode::kPaused);
}

TEST_F(Owning, WhomThePanelWaitsForGoesFirst) {
    ModelItem waiting;
    waiting.id = ItemId(9);
    waiting.login = "zoe";
    waiting.in_progress = true;
    world.panel.items[waiting.id] = waiting;
    const ServerPlan plan = world.plan();
    ASSERT_EQ(plan.actions.size(), 2U);
    EXPECT_EQ(plan.actions.front().item, ItemId(9));
    EXPECT_TRUE(plan.actions.front().urgent);
}

}  // namespace
}  // namespace bn::testing::ownership_test
