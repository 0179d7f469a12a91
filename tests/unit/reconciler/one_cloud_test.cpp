// Two servers of the panel that lead to one cloud, or may.
#include <gtest/gtest.h>

#include "reconciler/decide/panel.hpp"
#include "reconciler/plan/claims.hpp"
#include "tests/property/model_world.hpp"

namespace bn::testing::one_cloud_test {
namespace {

const ServerId kHere{3};
const ServerId kThere{4};

// What the two plans of one cloud would do, each with its own rows.
class OneCloud : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const ServerId id : {kHere, kThere}) {
            DesiredServer& server = snapshot.servers.emplace_back();
            server.id = id;
            server.base_url = "https://cloud.example";
        }
        snapshot.complete = true;
        snapshot.taken_at = now;
    }

    static DesiredAccount row(std::uint32_t item, Wanted wanted, std::uint32_t client = 17) {
        DesiredAccount account;
        account.item = ItemId(item);
        account.login = "bob";
        account.client = client;
        account.quota = Quota::bytes(std::int64_t{5} << 30);
        account.wanted = wanted;
        account.login_saved = true;
        return account;
    }

    void rows(const DesiredAccount& here, const DesiredAccount& there) {
        snapshot.items.clear();
        std::size_t at = 0;
        for (const DesiredAccount& one : {here, there}) {
            DesiredTable::Builder builder;
            builder.add(one);
            snapshot.servers[at++].accounts = std::move(builder).finish();
            snapshot.items.push_back(one.item);
        }
    }

    void own(ServerId server, std::uint32_t item) {
        Envelope told;
        told.at = now;
        told.event = SoldChanged{ItemId(item), server, {{"client", "0", "17"}}};
        evolve(ledger, told);
        told.event = AccountAdopted{ItemId(item), server, "bob", "a test"};
        evolve(ledger, told);
    }

    [[nodiscard]] ServerPlan plan(ServerId server, bool enabled = true) const {
        ActualSnapshot actual;
        actual.server = server;
        actual.complete = true;
        actual.taken_at = now;
        ActualTable::Builder builder;
        ActualAccount account;
        account.login = "bob";
        account.quota = Quota::bytes(std::int64_t{5} << 30);
        account.enabled = enabled;
        builder.add(account);
        actual.accounts = std::move(builder).finish();
        PlanOptions options(Policy::kSync);
        options.diff.now = options.guards.now = now;
        return make_server_plan(
            {*snapshot.server(server), snapshot, actual, ledger, identities}, options
        );
    }

    Time now{std::chrono::hours(24 * 365 * 50)};
    DesiredSnapshot snapshot;
    Ledger ledger;
    std::map<ServerId, std::string> identities;
};

TEST_F(OneCloud, OfTwoLivingServicesTheOwnerGoesOn) {
    rows(row(1, Wanted::kDisabled), row(2, Wanted::kEnabled, 18));
    own(kHere, 1);
    EXPECT_EQ(plan(kHere).count(ActionKind::kDisable), 1U);
    const ServerPlan other = plan(kThere, false);
    EXPECT_TRUE(other.actions.empty()) << other.canonical_text();
    EXPECT_EQ(other.held.at(0).hold.code, HoldCode::kLoginClash);
}

TEST_F(OneCloud, WhatBothOwnIsFoughtOverByNeither) {
    rows(row(1, Wanted::kDisabled), row(2, Wanted::kEnabled));
    own(kHere, 1);
    own(kThere, 2);
    EXPECT_TRUE(plan(kHere).actions.empty());
    EXPECT_TRUE(plan(kThere, false).actions.empty());
    EXPECT_EQ(plan(kHere).held.at(0).hold.code, HoldCode::kLoginClash);
}

TEST_F(OneCloud, TheClosedOneOfTwoOwnersLetsGo) {
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kEnabled));
    own(kHere, 1);
    own(kThere, 2);
    const ServerPlan closing = plan(kHere);
    EXPECT_TRUE(closing.actions.empty());
    ASSERT_EQ(closing.handed_over.size(), 1U);
    EXPECT_EQ(closing.handed_over[0], (HandOver{ItemId(1), "bob", ItemId(2)}));
    EXPECT_TRUE(plan(kThere).actions.empty());
}

TEST_F(OneCloud, OfTwoClosedOwnersEachCloses) {
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kAbsent));
    own(kHere, 1);
    own(kThere, 2);
    for (const ServerId id : {kHere, kThere}) {
        EXPECT_TRUE(plan(id).handed_over.empty());
        EXPECT_EQ(plan(id).count(ActionKind::kDisable), 1U);
    }
}

// Its row is gone: that is no word that it is closed.
TEST_F(OneCloud, AClosedOwnerLetsGoToOneWithoutARow) {
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kEnabled));
    own(kHere, 1);
    own(kThere, 2);
    snapshot.servers[1].accounts = DesiredTable();
    snapshot.items.pop_back();
    EXPECT_EQ(plan(kHere).handed_over.size(), 1U);
    EXPECT_TRUE(plan(kHere).actions.empty());
}

// A create in doubt may come to nothing: nobody has the account then.
TEST_F(OneCloud, AClosedOwnerLetsNotGoToACallInDoubt) {
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kEnabled, 18));
    own(kHere, 1);
    Envelope told;
    told.at = now;
    told.event = ActionIntended{"x", Action(ActionKind::kCreate, kThere, ItemId(2), "bob"), "x"};
    evolve(ledger, told);
    EXPECT_TRUE(plan(kHere).handed_over.empty());
    EXPECT_EQ(plan(kHere).count(ActionKind::kDisable), 1U);
}

// The service went to another cloud, its files did not.
TEST_F(OneCloud, AnOwnerThatMovedHandsNothingOver) {
    rows(row(2, Wanted::kEnabled), row(1, Wanted::kEnabled));
    snapshot.servers[1].base_url = "https://another.example";
    std::ranges::sort(snapshot.items);
    own(kHere, 1);
    EXPECT_TRUE(plan(kHere).actions.empty());
    EXPECT_EQ(plan(kHere).held.at(0).hold.code, HoldCode::kNotOurs);
}

TEST_F(OneCloud, AClosingHereTakesNothingThatAServiceThereNames) {
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kEnabled));
    own(kHere, 1);
    EXPECT_TRUE(plan(kHere).actions.empty());
    EXPECT_EQ(plan(kHere).held.at(0).hold.code, HoldCode::kLoginClash);
    EXPECT_EQ(plan(kThere).count(ActionKind::kAdopt), 1U) << "of the same client";
}

TEST_F(OneCloud, AnotherCloudsServicesSayNothing) {
    snapshot.servers[1].base_url = "https://another.example";
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kEnabled, 18));
    own(kHere, 1);
    EXPECT_EQ(plan(kHere).count(ActionKind::kDisable), 1U);
}

// The first pass over a second address of a cloud: what it shows is not recorded yet.
TEST_F(OneCloud, ASecondAddressIsKnownByWhatItShows) {
    snapshot.servers[1].base_url = "https://localhost";
    rows(row(1, Wanted::kDisabled), row(2, Wanted::kEnabled, 18));
    own(kHere, 1);
    EXPECT_EQ(plan(kThere, false).count(ActionKind::kAdopt), 1U) << "nothing tells";
    identities = {{kHere, "oc1"}, {kThere, "oc1"}};
    EXPECT_TRUE(plan(kThere, false).actions.empty());
    identities[kThere] = "oc2";
    EXPECT_EQ(plan(kThere, false).count(ActionKind::kAdopt), 1U);
    Envelope told;
    told.at = now;
    ServerObserved seen;
    seen.server = kHere;
    seen.identity = "oc1";
    told.event = seen;
    evolve(ledger, told);
    identities = {{kThere, "oc1"}};
    EXPECT_TRUE(plan(kThere, false).actions.empty());
    identities[kHere] = "";  // not shown this time: what it showed before counts
    EXPECT_TRUE(plan(kThere, false).actions.empty());
}

// The module of the owner is removed from the panel; its account is on the cloud still.
TEST_F(OneCloud, AServerThatThePanelLacksIsOfTheCloudOfItsLastAddress) {
    rows(row(1, Wanted::kEnabled), row(2, Wanted::kEnabled));
    own(kHere, 1);
    Envelope told;
    told.at = now;
    ServerObserved seen;
    seen.server = kHere;
    seen.address = "https://cloud.example";
    told.event = seen;
    evolve(ledger, told);
    const DesiredServer there = snapshot.servers.back();
    snapshot.servers = {there};
    EXPECT_EQ(servers_of_cloud(snapshot, ledger, kThere), (std::vector<ServerId>{kHere, kThere}))
        << "each once";
    EXPECT_TRUE(plan(kThere).actions.empty());
    EXPECT_EQ(plan(kThere).held.at(0).hold.code, HoldCode::kNotOurs);
    snapshot.servers[0].base_url = "https://another.example";
    EXPECT_EQ(servers_of_cloud(snapshot, ledger, kThere), std::vector<ServerId>{kThere});
}

TEST_F(OneCloud, TwoAddressesThatAreNotKnownAreNotTheSame) {
    snapshot.servers[0].base_url = snapshot.servers[1].base_url = "";
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kEnabled));
    own(kHere, 1);
    EXPECT_EQ(servers_of_cloud(snapshot, ledger, kHere), std::vector<ServerId>{kHere});
    EXPECT_EQ(plan(kHere).count(ActionKind::kDisable), 0U) << "but they may be";
    EXPECT_EQ(plan(kHere).held.at(0).hold.code, HoldCode::kLoginClash);
    for (const ServerId server : {kHere, kThere}) {
        Envelope told;
        ServerObserved seen;
        seen.server = server;
        seen.identity = "oc" + std::to_string(server.value);
        told.event = seen;
        evolve(ledger, told);
    }
    EXPECT_EQ(plan(kHere).count(ActionKind::kDisable), 1U);
}

// A service of another product that is on no server may be anybody's: it keeps nobody from a login,
// but what it names is not taken from its client.
TEST_F(OneCloud, AServiceOfAnotherProductStopsOnlyWhatTakesAway) {
    DesiredTable::Builder nowhere;
    nowhere.add(row(9, Wanted::kEnabled));
    snapshot.foreign_claims = std::move(nowhere).finish();
    rows(row(1, Wanted::kEnabled), DesiredAccount());
    EXPECT_EQ(plan(kHere).count(ActionKind::kAdopt), 1U);
    own(kHere, 1);
    rows(row(1, Wanted::kAbsent), DesiredAccount());
    const ServerPlan closing = plan(kHere);
    EXPECT_TRUE(closing.actions.empty()) << closing.canonical_text();
    ASSERT_EQ(closing.held.size(), 1U);
    EXPECT_EQ(closing.held[0].hold.code, HoldCode::kLoginClash);
}

TEST_F(OneCloud, WhatBelongsToAServiceThereIsNotImportedHere) {
    ActualAccount bob;
    bob.login = "Bob";
    bob.local_backend = true;
    bob.details_known = true;
    const auto taken = [&] { return !why_no_import({ledger, now}, snapshot, kHere, bob).empty(); };
    EXPECT_FALSE(taken());
    rows(row(1, Wanted::kAbsent), row(2, Wanted::kNothing));
    EXPECT_TRUE(taken());
    snapshot.servers[0].accounts = DesiredTable();
    EXPECT_TRUE(taken()) << "named there";
    snapshot.servers[1].accounts = DesiredTable();
    EXPECT_FALSE(taken());
    DesiredTable::Builder nowhere;
    nowhere.add(row(3, Wanted::kEnabled));
    snapshot.claims = std::move(nowhere).finish();
    EXPECT_TRUE(taken()) << "named by a service that is on no server yet";
    snapshot.claims = DesiredTable();
    Envelope told;
    told.at = now;
    told.event = AccountImported{kThere, "bob", "", false};
    evolve(ledger, told);
    EXPECT_TRUE(taken()) << "imported there a moment ago";
    now += kImportMemory;
    EXPECT_FALSE(taken());
    own(kThere, 2);
    EXPECT_TRUE(taken()) << "owned there";
    snapshot.servers[1].base_url = "https://another.example";
    EXPECT_FALSE(taken());
}

// Who adds a module for a known cloud does not open the door of the first look again.
TEST_F(OneCloud, ASecondModuleForAKnownCloudIsNoFirstLook) {
    rows(row(1, Wanted::kNothing), row(2, Wanted::kEnabled));
    EXPECT_EQ(plan(kThere).count(ActionKind::kAdopt), 1U) << "nobody has read the cloud";
    Envelope told;
    told.at = now;
    PassCompleted pass;
    PassServerSummary& seen = pass.servers.emplace_back();
    seen.server = kHere;
    seen.complete = true;
    told.event = pass;
    evolve(ledger, told);
    EXPECT_EQ(plan(kThere).count(ActionKind::kAdopt), 0U);
    ASSERT_FALSE(plan(kThere).held.empty());
    EXPECT_EQ(plan(kThere).held.front().hold.code, HoldCode::kNotOurs);
    // What is recorded at its first pass proves nothing later.
    for (const ServerId server : {kHere, kThere}) {
        ServerObserved observed;
        observed.server = server;
        observed.address = server == kHere ? "https://cloud.example" : "https://127.0.0.1";
        observed.identity = "oc1";
        told.event = SoldChanged{ItemId(server.value), server, {{"opened before us", "no", "yes"}}};
        evolve(ledger, told);
        told.event = observed;
        evolve(ledger, told);
        EXPECT_EQ(ledger.item(ItemId(server.value))->sold->opened_before_us, server == kHere);
    }
}

}  // namespace
}  // namespace bn::testing::one_cloud_test
