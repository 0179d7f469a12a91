#include "reconciler/decide/server.hpp"

#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/events/events.hpp"

namespace bn::server_test {
namespace {

const ServerId kServer(3);
constexpr Duration kLongest = std::chrono::hours(1);

class ServerDecision : public ::testing::Test {
  protected:
    ServerDecision() {
        row_.id = kServer;
        row_.name = "cloud";
        row_.base_url = "https://cloud.example.com";
    }

    void record(std::vector<Event> events) {
        for (Event& event : events) {
            Envelope envelope;
            envelope.position = ++position_;
            envelope.at = now_;
            envelope.event = std::move(event);
            evolve(ledger_, envelope);
        }
    }

    ServerObservation seen(std::optional<Error> error = {}) const {
        ServerObservation seen;
        seen.server = kServer;
        seen.name = row_.name;
        seen.address = row_.base_url;
        seen.error = std::move(error);
        if (!seen.error) {
            seen.info.emplace();
            seen.info->product = "Nextcloud";
            seen.info->version = "25.0.2";
        }
        return seen;
    }

    std::vector<Event> decide(const ServerObservation& of) const {
        return decide_server({ledger_, now_}, of, kLongest);
    }

    Admission admit(bool ignore_quarantine = false) const {
        return admit_server({ledger_, now_}, row_, std::nullopt, ignore_quarantine).admission;
    }

    static Error outage(Duration wait = Duration{0}) {
        Error error(Concern::kServer, NextMove::kRetryCall, "ocs.connect", "no answer");
        if (wait > Duration{0}) {
            error.wait = wait;
        }
        return error;
    }

    Time now_{std::chrono::hours(1000)};
    DesiredServer row_;
    Ledger ledger_;
    std::uint64_t position_ = 0;
};

TEST_F(ServerDecision, WhatIsSeenIsRecordedOnce) {
    record(decide(seen()));
    EXPECT_EQ(ledger_.server(kServer)->address, row_.base_url);
    EXPECT_TRUE(decide(seen()).empty());
    ServerObservation newer = seen();
    newer.info->version = "26.0.0";
    EXPECT_EQ(decide(newer).size(), 1U);
}

TEST_F(ServerDecision, AnOutageIsLeftAloneLongerEachTimeAndReleasesItself) {
    Time before = now_;
    for (int i = 0; i < 4; ++i) {
        record(decide(seen(outage())));
        EXPECT_GT(*ledger_.server(kServer)->quarantined_until, before);
        EXPECT_EQ(admit(), Admission::kLeftAlone);
        EXPECT_EQ(admit(true), Admission::kOpen) << "a person asked";
        before = now_ = *ledger_.server(kServer)->quarantined_until;
        EXPECT_EQ(admit(), Admission::kOpen) << "its time has come";
    }
    record(decide(seen()));
    EXPECT_FALSE(ledger_.server(kServer)->quarantined_until);
    EXPECT_EQ(ledger_.server(kServer)->failures, 0U);
}

TEST_F(ServerDecision, AServerIsNeverAskedSoonerThanItSaid) {
    record(decide(seen(outage(std::chrono::hours(3)))));
    EXPECT_EQ(*ledger_.server(kServer)->quarantined_until, now_ + std::chrono::hours(3));
}

TEST_F(ServerDecision, APauseOfOurOwnChoiceIsCapped) {
    Error maintenance = outage(std::chrono::hours(3));
    maintenance.wait_is_ours = true;
    record(decide(seen(maintenance)));
    EXPECT_LE(*ledger_.server(kServer)->quarantined_until, now_ + kLongest);
}

TEST_F(ServerDecision, LeavingAloneAndNoPolicyAreNoFailures) {
    for (const Admission admission : {Admission::kLeftAlone, Admission::kUnconfigured}) {
        ServerObservation idle = seen(outage());
        idle.admission = admission;
        EXPECT_TRUE(decide(idle).empty());
    }
    ServerObservation refused = seen(outage());
    refused.admission = Admission::kRefused;
    EXPECT_EQ(decide(refused).size(), 1U);
}

TEST_F(ServerDecision, AnotherAddressIsAnotherCloudWhileAccountsAreOurs) {
    record(decide(seen()));
    row_.base_url = "https://elsewhere.example.com";
    EXPECT_EQ(admit(), Admission::kOpen) << "nothing of ours is there";
    record({AccountAdopted{ItemId(7), kServer, "user_7", "a test"}});
    EXPECT_EQ(admit(), Admission::kRefused);
    EXPECT_EQ(admit(true), Admission::kRefused) << "asking does not make it the same cloud";
}

TEST_F(ServerDecision, AStoppedPlanIsToldOnce) {
    ServerObservation stopped = seen();
    stopped.plan.emplace();
    stopped.plan->stopped = "too much";
    stopped.checksum = "sum";
    std::vector<Event> events = decide(stopped);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<PlanStopped>(events.back()));
    record(std::move(events));
    EXPECT_TRUE(decide(stopped).empty());
    stopped.checksum = "another";
    EXPECT_EQ(decide(stopped).size(), 1U);
}

TEST_F(ServerDecision, OnlyServerAndStoreEndATurn) {
    Error error(NextMove::kWait, "any", "any");
    for (const Concern concern :
         {Concern::kCall, Concern::kItem, Concern::kActionKind, Concern::kPanel}) {
        error.concern = concern;
        EXPECT_FALSE(ends_turn_of_server(error));
    }
    for (const Concern concern : {Concern::kServer, Concern::kStore}) {
        error.concern = concern;
        EXPECT_TRUE(ends_turn_of_server(error));
    }
}

TEST_F(ServerDecision, AnEmptyPanelIsNoNewsOfClosedServices) {
    DesiredSnapshot desired;
    EXPECT_FALSE(emptied_panel(desired, ledger_)) << "nothing was ever sold";
    record({AccountAdopted{ItemId(7), kServer, "user_7", "a test"}});
    EXPECT_TRUE(emptied_panel(desired, ledger_));
    desired.items.push_back(ItemId(8));
    EXPECT_FALSE(emptied_panel(desired, ledger_));
}

TEST_F(ServerDecision, APassDoesNotCountAServerThatWasLeftAlone) {
    PassReport report;
    report.observation.servers.push_back(seen(outage()));
    report.observation.servers.back().admission = Admission::kLeftAlone;
    const std::vector<Event> events = decide_completed({ledger_, now_}, report, {kLongest});
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(std::get<PassCompleted>(events.front()).servers.empty());
}

TEST_F(ServerDecision, AServerThatFailedWhileApplyingIsLeftAlone) {
    PassReport report;
    report.observation.servers.push_back(seen());
    report.executions[kServer].server_error = outage();
    record(decide_completed({ledger_, now_}, report, {kLongest}));
    EXPECT_TRUE(ledger_.server(kServer)->quarantined_until);
}

TEST_F(ServerDecision, WhatWasChangedIsLookedAtAtOnceAndWhatFailedAfterItsPause) {
    PassReport report;
    ServerObservation observed = seen();
    observed.plan.emplace();
    observed.plan->actions.emplace_back(ActionKind::kEnable, kServer, ItemId(7), "user_7");
    report.observation.servers.push_back(observed);
    report.executions[kServer].failures.emplace_back(
        Action(ActionKind::kSetQuota, kServer, ItemId(8), "user_8"), outage()
    );
    record({ActionFailed{
        "id",
        ItemId(8),
        kServer,
        ActionKind::kSetQuota,
        NextMove::kRetryCall,
        "ocs.timeout",
        "lost",
        now_ + std::chrono::minutes(2)}});
    const auto looks = looks_after({ledger_, now_}, report);
    ASSERT_EQ(looks.size(), 2U);
    EXPECT_EQ(looks[0], std::pair(ItemId(7), now_));
    EXPECT_EQ(looks[1], std::pair(ItemId(8), now_ + std::chrono::minutes(2)));
}

// Refused at its start, an action leaves nothing behind that would hold it in the next plan.
TEST_F(ServerDecision, WhatWasRefusedBeforeItsCallWaitsAndIsNotLookedAtAtOnce) {
    PassReport report;
    ServerObservation observed = seen();
    observed.plan.emplace();
    observed.plan->actions.emplace_back(ActionKind::kDelete, kServer, ItemId(7), "user_7");
    observed.plan->actions.emplace_back(ActionKind::kDelete, kServer, ItemId(8), "user_8");
    report.observation.servers.push_back(observed);
    const auto refuse = [&](std::uint32_t item, NextMove move) {
        report.executions[kServer].failures.emplace_back(
            Action(ActionKind::kDelete, kServer, ItemId(item), "user"),
            Error(move, "executor.changed", "item 9 names the account")
        );
    };
    refuse(7, NextMove::kRedoPass);
    refuse(8, NextMove::kHuman);
    const auto looks = looks_after({ledger_, now_}, report);
    ASSERT_EQ(looks.size(), 1U) << "a person is waited for until the next full pass";
    EXPECT_EQ(looks[0], std::pair(ItemId(7), now_ + std::chrono::seconds(30)));
}

// ---- what was sold

class SoldDecision : public ServerDecision {
  protected:
    std::vector<Event> sold(DesiredAccount row, const std::vector<ItemId>& items = {}) {
        row.item = ItemId(7);
        row.login = "user_7";
        DesiredTable::Builder builder;
        builder.add(row);
        row_.accounts = std::move(builder).finish();
        return decide_sold(ledger_, row_, items);
    }

    static DesiredAccount row(std::uint32_t tariff, std::int64_t gib, Wanted wanted) {
        DesiredAccount row;
        row.tariff = tariff;
        row.quota = Quota::bytes(gib << 30);
        row.wanted = wanted;
        return row;
    }

    static std::vector<SoldChange> changes(const std::vector<Event>& events) {
        return events.empty() ? std::vector<SoldChange>()
                              : std::get<SoldChanged>(events.front()).changes;
    }
};

TEST_F(SoldDecision, AnItemIsToldFromNothingThenByWhatChanged) {
    record(sold(row(5, 10, Wanted::kEnabled)));
    EXPECT_TRUE(sold(row(5, 10, Wanted::kEnabled)).empty()) << "a quiet pass says nothing";
    const std::vector<Event> more = sold(row(6, 50, Wanted::kEnabled));
    const std::vector<SoldChange> expected = {
        {"tariff", "5", "6"}, {"quota", "10737418240", "53687091200"}};
    EXPECT_EQ(changes(more), expected);
    record(more);
    const std::vector<Event> suspended = sold(row(6, 50, Wanted::kDisabled));
    ASSERT_EQ(changes(suspended).size(), 1U);
    EXPECT_EQ(changes(suspended)[0].field, "status");
}

TEST_F(SoldDecision, AClosedItemKeepsWhatItHadAndAnOldOneIsNoNews) {
    EXPECT_TRUE(sold(row(0, 0, Wanted::kAbsent)).empty());
    record(sold(row(5, 10, Wanted::kEnabled)));
    const std::vector<Event> closed = sold(row(0, 0, Wanted::kAbsent));
    ASSERT_EQ(changes(closed).size(), 1U);
    record(closed);
    EXPECT_EQ(ledger_.item(ItemId(7))->sold->tariff, 5U);
    EXPECT_TRUE(sold(row(0, 0, Wanted::kAbsent)).empty());
}

TEST_F(SoldDecision, AHeldRowAndAnItemThatWasNotAskedForSayNothing) {
    DesiredAccount held = row(5, 10, Wanted::kEnabled);
    held.held = true;
    EXPECT_TRUE(sold(held).empty());
    EXPECT_TRUE(sold(row(5, 10, Wanted::kEnabled), {ItemId(8)}).empty());
    EXPECT_EQ(sold(row(5, 10, Wanted::kEnabled), {ItemId(7)}).size(), 1U);
}

TEST_F(ServerDecision, APanelThatGoesBackIsToldOnce) {
    DesiredSnapshot desired;
    desired.complete = true;
    const auto look = [&](PanelMark mark) {
        desired.mark = mark;
        std::vector<Event> events = decide_panel_mark(ledger_, desired);
        std::string kinds;
        for (const Event& event : events) {
            kinds += std::string(kind_of(event).name) + " ";
        }
        record(std::move(events));
        return kinds;
    };
    EXPECT_EQ(look({}), "");
    EXPECT_EQ(look({100, 20}), "panel.seen ");
    EXPECT_EQ(look({100, 20}), "");
    EXPECT_EQ(look({101, 0}), "panel.seen ");
    EXPECT_EQ(ledger_.panel().mark, (PanelMark{101, 20}));
    EXPECT_EQ(look({99, 21}), "panel.went_back ");
    EXPECT_EQ(look({99, 21}), "") << "told once";
    EXPECT_EQ(ledger_.panel().behind_since, now_);
    desired.complete = false;
    EXPECT_EQ(look({101, 20}), "") << "nothing is concluded from half a reading";
    desired.complete = true;
    EXPECT_EQ(look({101, 21}), "panel.caught_up panel.seen ");
    EXPECT_FALSE(ledger_.panel().behind_since);
    look({50, 10});
    record(accept_panel(ledger_, desired));
    EXPECT_FALSE(ledger_.panel().behind_since);
    EXPECT_EQ(ledger_.panel().mark, (PanelMark{50, 10}));
    EXPECT_TRUE(accept_panel(ledger_, desired).empty());
}

}  // namespace
}  // namespace bn::server_test
