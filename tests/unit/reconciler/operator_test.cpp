// Whose a store is, what a pass says of a server first, and what people say.
#include "reconciler/decide/operator.hpp"

#include <gtest/gtest.h>

#include "reconciler/decide/server.hpp"
#include "reconciler/events/events.hpp"
#include "tests/unit/reconciler/recorder.hpp"

namespace bn::operator_test {
namespace {

using std::chrono::hours;
using testing::kItem;
using testing::kServer;
using testing::kStart;
using testing::Recorder;

// ---- whose store it is

TEST(PanelIdentity, AStoreBelongsToTheFirstPanelThatItSaw) {
    Recorder r;
    EXPECT_TRUE(decide_panel_identity(r.ledger(), "")->empty());
    r.record(*decide_panel_identity(r.ledger(), "aaaa"));
    EXPECT_EQ(r.ledger().panel().fingerprint, "aaaa");
    EXPECT_TRUE(decide_panel_identity(r.ledger(), "aaaa")->empty());
    EXPECT_TRUE(decide_panel_identity(r.ledger(), "")->empty()) << "not known is not another";
    const auto other = decide_panel_identity(r.ledger(), "bbbb");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "panel.other");
    EXPECT_EQ(other.error().move, NextMove::kHuman);
    EXPECT_EQ(other.error().concern, Concern::kPanel);
}

// ---- accounts that another module opened

TEST(Adoptions, RecordTheServerFirstWhereThatIsNews) {
    Recorder r;
    ServerObservation seen;
    seen.server = kServer;
    seen.name = "cloud";
    seen.address = "https://cloud";
    seen.info.emplace();
    seen.info->product = "Nextcloud";
    seen.info->version = "25";
    Action action;
    action.kind = ActionKind::kAdopt;
    action.item = kItem;
    action.server = kServer;
    action.login = "anna";
    EXPECT_TRUE(decide_adoptions(r.ledger(), DesiredServer(), seen, {}).empty());
    const std::vector<Event> events = decide_adoptions(r.ledger(), DesiredServer(), seen, {action});
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(std::get<ServerObserved>(events[0]).address, "https://cloud");
    EXPECT_EQ(std::get<AccountAdopted>(events[1]).login, "anna");
    r.record(events);
    EXPECT_TRUE(owns(*r.ledger().item(kItem)));
    EXPECT_EQ(decide_adoptions(r.ledger(), DesiredServer(), seen, {action}).size(), 1U)
        << "no news of the server";
    seen.address = "https://new";
    EXPECT_EQ(decide_adoptions(r.ledger(), DesiredServer(), seen, {action}).size(), 2U);
}

TEST(ServerNews, ACloudIsKnownByWhatItShowedUntilItShowsAnotherOrMoves) {
    Recorder r;
    ServerObservation seen;
    seen.server = kServer;
    seen.name = "cloud";
    seen.address = "https://cloud";
    seen.info.emplace();
    seen.info->product = "Nextcloud";
    const auto look = [&](const std::string& identity, const std::string& fingerprint) {
        seen.info->identity = identity;
        seen.info->data_fingerprint = fingerprint;
        const std::vector<Event> events = decide_server({r.ledger(), Time{}}, seen, Duration(1));
        r.record(events);
        return events.size();
    };
    look("", "");
    EXPECT_EQ(look("oc1111111111", ""), 1U) << "a store of before learns it";
    EXPECT_EQ(look("oc1111111111", "none"), 1U);
    EXPECT_EQ(r.ledger().server(kServer)->identity, "oc1111111111");
    EXPECT_EQ(look("", ""), 0U) << "not shown is no news";
    EXPECT_EQ(look("", "abc"), 1U);
    EXPECT_EQ(r.ledger().server(kServer)->identity, "oc1111111111");
    EXPECT_EQ(r.ledger().server(kServer)->data_fingerprint, "abc");
    seen.info->version = "26";
    EXPECT_EQ(look("oc1111111111", ""), 1U);
    EXPECT_EQ(r.ledger().server(kServer)->data_fingerprint, "abc");
    seen.address = "https://elsewhere";
    EXPECT_EQ(look("", ""), 1U);
    EXPECT_EQ(r.ledger().server(kServer)->identity, "") << "of the former address";
    EXPECT_EQ(r.ledger().server(kServer)->data_fingerprint, "") << "of the former address";
}

// ---- a person's word

TEST(Operators, ACloudIsAcceptedAsItWasSeenAndOnce) {
    Recorder r;
    std::optional<CloudInfo> seen;
    EXPECT_TRUE(accept_cloud(r.ledger(), kServer, seen).empty());
    r.record({ServerObserved{
        kServer, "cloud", "Nextcloud", "25", "https://a", "oc1111111111", "none"}});
    EXPECT_TRUE(accept_cloud(r.ledger(), kServer, seen).empty());
    seen.emplace();
    EXPECT_TRUE(accept_cloud(r.ledger(), kServer, seen).empty()) << "it does not show who it is";
    seen->identity = "oc1111111111";
    seen->data_fingerprint = "none";
    EXPECT_TRUE(accept_cloud(r.ledger(), kServer, seen).empty());
    seen->data_fingerprint = "2f50";
    r.record(accept_cloud(r.ledger(), kServer, seen));
    EXPECT_EQ(r.ledger().server(kServer)->data_fingerprint, "2f50");
    seen->identity = "oc3333333333";
    EXPECT_EQ(accept_cloud(r.ledger(), kServer, seen).size(), 1U) << "of the same fingerprint";
    EXPECT_TRUE(accept_cloud(r.ledger(), ServerId(99), seen).empty());
    EXPECT_TRUE(accept_cloud(r.ledger(), kServer, std::nullopt).empty());
    seen->identity = "oc2222222222";
    seen->data_fingerprint = "";  // another cloud was not asked for it
    r.record(accept_cloud(r.ledger(), kServer, seen));
    EXPECT_EQ(r.ledger().server(kServer)->identity, "oc2222222222");
    EXPECT_EQ(r.ledger().server(kServer)->data_fingerprint, "");
    EXPECT_TRUE(accept_cloud(r.ledger(), kServer, seen).empty());
}

TEST(Operators, AnAddressIsAcceptedOnce) {
    Recorder r;
    DesiredServer server;
    server.id = kServer;
    server.base_url = "https://new";
    EXPECT_TRUE(accept_address(r.ledger(), server).empty());
    r.record({ServerObserved{kServer, "cloud", "Nextcloud", "25", "https://old"}});
    r.record(accept_address(r.ledger(), server));
    EXPECT_EQ(r.ledger().server(kServer)->address, "https://new");
    EXPECT_TRUE(accept_address(r.ledger(), server).empty());
}

TEST(Operators, ApproveExactlyOnePlan) {
    const PlanApproved approved = approve_plan(kServer, "sum");
    EXPECT_EQ(approved.server, kServer);
    EXPECT_EQ(approved.checksum, "sum");
}

TEST(Operators, AServiceSaysWhatItIsAndWhyItEnds) {
    EXPECT_EQ(
        service_started("1", "digest", "host", 7), (ServiceStarted{"1", "digest", "host", 7})
    );
    EXPECT_EQ(service_stopped("SIGTERM").reason, "SIGTERM");
}

TEST(Operators, AnUnchangedConfigurationIsNoEvent) {
    EXPECT_TRUE(config_changed("a", "a", "").empty());
    EXPECT_EQ(config_changed("a", "b", "x").size(), 1U);
}

}  // namespace
}  // namespace bn::operator_test
