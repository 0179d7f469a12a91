// What a reading does not tell is not called nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "reconciler/decide/pass_facts.hpp"

namespace bn::unknown_test {
namespace {

ServerObservation read_server(std::uint32_t id) {
    ServerObservation seen;
    seen.server = ServerId(id);
    seen.actual.emplace();
    seen.plan.emplace();
    seen.plan->server = ServerId(id);
    seen.plan->actual_complete = true;
    seen.plan->desired_complete = true;
    return seen;
}

Observation of(std::vector<ServerObservation> servers) {
    Observation observation;
    DesiredSnapshot desired;
    desired.servers.resize(1);
    observation.desired = std::make_shared<const DesiredSnapshot>(std::move(desired));
    observation.servers = std::move(servers);
    return observation;
}

TEST(UnknownParts, AreThoseThatWereNotReadOrNotWhole) {
    EXPECT_TRUE(of({read_server(1), read_server(2)}).unknown().empty());
    ServerObservation failed = read_server(3);
    failed.plan.reset();
    failed.error = Error(NextMove::kWait, "ocs.maintenance", "it is in maintenance", "wait");
    ServerObservation cut = read_server(4);
    cut.plan->actual_complete = false;
    cut.actual->incomplete_reason = "the pages moved";
    ServerObservation half = read_server(5);
    half.plan->desired_complete = false;
    ServerObservation one = read_server(6);
    HeldAction& unread = one.plan->held.emplace_back();
    unread.hold = Hold(ItemId(7), ServerId(6), HoldCode::kIncompleteRead, "", "no details", "look");
    const std::vector<Unknown> unknown = of({read_server(1), failed, cut, half, one}).unknown();
    ASSERT_EQ(unknown.size(), 4U);
    EXPECT_EQ(unknown[0].server, ServerId(3));
    EXPECT_EQ(unknown[0].why.code, "ocs.maintenance");
    EXPECT_FALSE(unknown[0].partly);
    EXPECT_TRUE(unknown[1].partly);
    EXPECT_NE(unknown[1].why.what.find("the pages moved"), std::string::npos);
    EXPECT_TRUE(unknown[2].partly);
    EXPECT_EQ(unknown[3].items, std::vector{ItemId(7)});
}

TEST(UnknownParts, WhatIsHeldBeforeAnyCloudIsReadIsNamedInANarrowPlan) {
    const Hold held(ItemId(7), ServerId(1), HoldCode::kNoDisk, "", "it has no disk", "add one");
    DesiredSnapshot desired;
    desired.servers.resize(1);
    desired.servers[0].id = ServerId(1);
    desired.holds = {held, Hold(ItemId(8), ServerId(1), HoldCode::kNoDisk, "", "", "")};
    Observation observation = of({});
    observation.desired = std::make_shared<const DesiredSnapshot>(std::move(desired));
    EXPECT_TRUE(observation.plan().unplaced.empty()) << "a whole pass has it in its server's plan";
    observation.request.items = {ItemId(7)};
    ASSERT_EQ(observation.plan().unplaced.size(), 1U);
    EXPECT_EQ(observation.plan().unplaced[0].item, ItemId(7));
    observation.servers = {read_server(1)};
    EXPECT_TRUE(observation.plan().unplaced.empty());
}

TEST(UnknownParts, APanelWithoutAServerOfOursTellsNothing) {
    Observation observation = of({});
    observation.desired = std::make_shared<const DesiredSnapshot>();
    ASSERT_EQ(observation.unknown().size(), 1U);
    EXPECT_EQ(observation.unknown().front().server, ServerId());
}

TEST(UnknownParts, AServerThatIsOffCountsWhereItIsAskedForByNumber) {
    Observation observation = of({read_server(1)});
    Unknown& off = observation.off.emplace_back();
    off.server = ServerId(2);
    off.off = true;
    EXPECT_TRUE(observation.unknown().empty()) << "on purpose";
    observation.request.only_server = ServerId(2);
    EXPECT_EQ(observation.unknown().size(), 1U);
    observation.request.only_server.reset();
    observation.request.items = {ItemId(7)};
    EXPECT_EQ(observation.unknown().size(), 1U);
    PassReport report;
    report.observation = observation;
    EXPECT_FALSE(report.failed()) << "nothing went wrong";
}

RC_GTEST_PROP(UnknownParts, APassFailsExactlyWhereAServerIsNotKnownAsAWhole, ()) {
    std::vector<ServerObservation> servers;
    std::size_t bad = 0;
    const auto kinds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
    for (const int kind : kinds) {
        ServerObservation& seen =
            servers.emplace_back(read_server(static_cast<std::uint32_t>(servers.size() + 1)));
        if (kind == 1) {
            seen.plan.reset();
            seen.error = Error(NextMove::kHuman, "ocs.401", "refused", "look");
        } else if (kind == 2) {
            seen.plan->actual_complete = false;
        } else if (kind == 3) {
            seen.plan->held.emplace_back();
            seen.plan->held.back().hold =
                Hold(ItemId(7), seen.server, HoldCode::kIncompleteRead, "", "no details", "look");
        }
        bad += kind == 1 || kind == 2 ? 1 : 0;
    }
    PassReport report;
    report.observation = of(std::move(servers));
    RC_ASSERT(report.failed() == (bad > 0));
    const auto all =
        static_cast<std::size_t>(std::ranges::count_if(kinds, [](int k) { return k > 0; }));
    RC_ASSERT(report.observation.unknown().size() == all);
}

}  // namespace
}  // namespace bn::unknown_test
