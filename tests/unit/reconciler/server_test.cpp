#include "reconciler/decide/server.hpp"

#include <memory>

#include <gmock/gmock.h>
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
    const std::string known = row_.base_url;
    row_.base_url = "https://elsewhere.example.com";
    EXPECT_EQ(admit(), Admission::kOpen) << "nothing of ours is there";
    ledger_.edit(kServer).complete_passes = 1;
    EXPECT_EQ(admit(), Admission::kRefused) << "what its first whole reading proved is of that one";
    ledger_.edit(kServer).complete_passes = 0;
    record({AccountAdopted{ItemId(7), kServer, "user_7", "a test"}});
    EXPECT_EQ(admit(), Admission::kRefused);
    row_.base_url = known;
    EXPECT_EQ(admit(), Admission::kOpen);
    ledger_.edit(kServer).address = "";
    EXPECT_EQ(admit(), Admission::kOpen) << "of a store of before nobody knows it";
    ledger_.edit(kServer).address = known;
    row_.base_url = "https://elsewhere.example.com";
    EXPECT_EQ(admit(true), Admission::kRefused) << "asking does not make it the same cloud";
}

TEST_F(ServerDecision, AStoppedPlanIsToldOnce) {
    ServerObservation stopped = seen();
    stopped.plan.emplace();
    stopped.plan->stopped = "too much";
    Action taken;
    taken.kind = ActionKind::kDisable;
    taken.harm = Harm::kDisable;
    stopped.plan->held.push_back({taken, Hold({}, kServer, HoldCode::kBlastRadius, "", "", "")});
    stopped.checksum = "sum";
    ServerObservation going_on = stopped;
    going_on.plan->stopped = "";
    EXPECT_EQ(decide(going_on).size(), 1U) << "nothing stops it";
    std::vector<Event> events = decide(stopped);
    ASSERT_EQ(events.size(), 2U);
    ASSERT_TRUE(std::holds_alternative<PlanStopped>(events.back()));
    EXPECT_EQ(std::get<PlanStopped>(events.back()).destructive, 1U);
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

TEST_F(ServerDecision, APanelThatNamesNoServerLeavesTheKnownOnesUnknown) {
    record({AccountAdopted{ItemId(7), kServer, "user_7", "a test"}});
    ServerObserved observed;
    observed.server = kServer;
    record({observed});
    PassReport report;
    report.observation.desired = std::make_shared<DesiredSnapshot>();
    const std::vector<Event> events = decide_completed({ledger_, now_}, report, {kLongest});
    const auto& completed = std::get<PassCompleted>(events.front());
    ASSERT_EQ(completed.servers.size(), 1U);
    EXPECT_EQ(completed.servers.front().observed, Duration{0}) << "nobody looked";
    record(events);
    EXPECT_THAT(
        ledger_.server(kServer)->last_error, ::testing::HasSubstr("no processing module of ours")
    );
}

TEST_F(ServerDecision, AServerThatFailedWhileApplyingIsLeftAlone) {
    PassReport report;
    report.observation.servers.push_back(seen());
    report.executions[kServer].server_error = outage();
    record(decide_completed({ledger_, now_}, report, {kLongest}));
    EXPECT_TRUE(ledger_.server(kServer)->quarantined_until);
}

// Else another client who gets the item's number would get its files.
TEST_F(ServerDecision, AnAdoptionRecordsFirstWhoseTheAccountIs) {
    DesiredTable::Builder rows;
    DesiredAccount row;
    row.login = "anna";
    row.wanted = Wanted::kEnabled;
    for (const std::uint32_t item : {7U, 99U}) {
        row.item = ItemId(item);
        row.client = item;
        rows.add(row);
    }
    row_.accounts = std::move(rows).finish();
    const Action adopt(ActionKind::kAdopt, kServer, ItemId(7), "anna");
    record(decide_adoptions(ledger_, row_, seen(), {adopt}));
    EXPECT_EQ(ledger_.item(ItemId(7))->client, 7U);
    EXPECT_EQ(ledger_.item(ItemId(99)), nullptr) << "nobody asked for it";
}

// ---- what a pass records of what it saw

class ObservedPass : public ServerDecision {
  protected:
    ObservedPass() {
        desired.complete = true;
        desired.taken_at = now_;
        DesiredTable::Builder rows;
        DesiredAccount row;
        row.item = ItemId(7);
        row.login = "user_7";
        row.wanted = Wanted::kEnabled;
        row.email = "anna@example.org";
        rows.add(row);
        row_.accounts = std::move(rows).finish();
        DesiredServer broken;
        broken.id = ServerId(9);
        broken.problem = "no password";
        desired.servers = {row_, broken};
        desired.items = {ItemId(7), ItemId(90)};
        desired.holds.emplace_back(ItemId(90), broken.id, HoldCode::kUnknownStatus, "x", "x", "x");
        ServerObservation observed = seen();
        observed.plan.emplace();
        observed.plan->server = kServer;
        observed.plan->desired_complete = observed.plan->actual_complete = true;
        for (const std::uint32_t item : {7U, 8U}) {
            observed.plan->drift.push_back({ItemId(item), "user", {{DriftField::kQuota, "1", "2"}}}
            );
        }
        ActualTable::Builder accounts;
        ActualAccount account;
        account.login = "user_7";
        account.email = "anna@example.org";
        accounts.add(account);
        observed.actual.emplace().accounts = std::move(accounts).finish();
        observation.servers.push_back(observed);
        record({AccountAdopted{ItemId(7), kServer, "user_7", "a test"}});
        record({ItemHistoryLost{ItemId(7)}});
    }

    // Kinds and items, in the order of the events.
    std::string told() {
        observation.desired = std::make_shared<const DesiredSnapshot>(desired);
        std::string all;
        for (const Event& event : decide_observed({ledger_, now_}, observation, {kLongest})) {
            const ItemId item = item_of(event);
            all += std::string(kind_of(event).name);
            all += item.value != 0 ? " " + std::to_string(item.value) + ", " : ", ";
        }
        return all;
    }

    DesiredSnapshot desired;
    Observation observation;
};

TEST_F(ObservedPass, TellsWhatWasSoldWhatTheServerIsAndWhatIsFoundAndDiffers) {
    EXPECT_EQ(
        told(),
        "item.sold_changed 7, item.sold_changed 90, server.observed, account.found_again 7, "
        "item.drift_observed 7, item.drift_observed 8, item.held 90, "
    );
}

TEST_F(ObservedPass, OfAFewItemsTellsThoseAndOfOneServerThatOne) {
    observation.request.items = {ItemId(7)};
    EXPECT_EQ(
        told(),
        "item.sold_changed 7, server.observed, account.found_again 7, item.drift_observed 7, "
    );
    observation.request.items.clear();
    observation.request.only_server = ServerId(9);
    observation.servers.clear();
    EXPECT_EQ(told(), "");
}

TEST_F(ObservedPass, OfHalfAReadingOfThePanelTellsTheServerOnly) {
    desired.complete = false;
    observation.servers.front().plan->desired_complete = false;
    EXPECT_EQ(told(), "server.observed, ");
}

// Otherwise a restored panel's next service of that number would pass for its owner.
TEST_F(ObservedPass, OfHalfAReadingNoAccountIsMadeWithoutItsClientOnRecord) {
    desired.complete = false;
    DesiredAccount order;
    order.item = ItemId(8);
    order.login = "user_8";
    order.client = 17;
    order.login_saved = true;
    order.wanted = Wanted::kEnabled;
    DesiredTable::Builder rows;
    rows.add(order);
    desired.servers.front().accounts = std::move(rows).finish();
    observation.servers.front().plan->desired_complete = false;
    observation.servers.front().plan->actions = {
        Action(ActionKind::kCreate, kServer, ItemId(8), "user_8")};
    EXPECT_EQ(told(), "server.observed, item.sold_changed 8, ");
    record(decide_observed({ledger_, now_}, observation, {kLongest}));
    const LedgerItem* known = ledger_.item(ItemId(8));
    ASSERT_TRUE(known != nullptr && known->sold);
    EXPECT_EQ(known->sold->client, 17U);
    EXPECT_FALSE(known->sold->opened_before_us) << "it proves nothing of an earlier opening";
    record({AccountCreated{ItemId(8), kServer, "user_8", ""}});
    EXPECT_EQ(ledger_.item(ItemId(8))->client, 17U);
    EXPECT_EQ(told(), "") << "once";
}

// What the next passes believe, what stays stopped and what people read follows from it.
class CompletedPass : public ServerDecision {
  protected:
    CompletedPass() {
        ServerObservation observed = seen();
        observed.plan.emplace();
        observed.plan->desired_complete = true;
        observed.plan->actual_complete = true;
        observed.plan->desired_accounts = 30;
        observed.plan->actual_accounts = 40;
        report.observation.servers.push_back(observed);
        report.observation.started_at = now_;
    }

    ServerPlan& plan() { return *report.observation.servers.front().plan; }

    PassServerSummary summary() {
        const std::vector<Event> events = decide_completed({ledger_, now_}, report, {kLongest});
        for (const Event& event : events) {
            if (const auto* pass = std::get_if<PassCompleted>(&event)) {
                return pass->servers.at(0);
            }
        }
        return {};
    }

    PassReport report;
};

TEST_F(CompletedPass, IsCompleteWhenBothSidesWereReadWhole) {
    EXPECT_TRUE(summary().complete);
    plan().desired_complete = false;
    EXPECT_FALSE(summary().complete);
    EXPECT_EQ(summary().judged_desired, 0U);
    plan().desired_complete = true;
    plan().actual_complete = false;
    EXPECT_FALSE(summary().complete);
    plan().actual_complete = true;
    report.observation.request.items = {ItemId(7)};
    EXPECT_FALSE(summary().complete) << "a few items are not the server";
    EXPECT_EQ(summary().observed, Duration{0});
}

TEST_F(CompletedPass, TellsWhatWasSeen) {
    plan().stopped = "too many";
    plan().panel_doubt = "the panel shrank";
    plan().cloud_doubt = "the cloud shrank";
    plan().drift.resize(2);
    plan().held.resize(3);
    report.executions[kServer].progress.done = 4;
    report.executions[kServer].progress.failed = 5;
    const PassServerSummary told = summary();
    EXPECT_EQ(told.stopped, "too many");
    EXPECT_EQ(told.panel_doubt, "the panel shrank");
    EXPECT_EQ(told.cloud_doubt, "the cloud shrank");
    EXPECT_EQ(told.desired, 30U);
    EXPECT_EQ(told.actual, 40U);
    EXPECT_EQ(told.judged_desired, 30U);
    EXPECT_EQ(told.judged_actual, 40U);
    EXPECT_EQ(told.drifted, 2U);
    EXPECT_EQ(told.held, 3U);
    EXPECT_EQ(told.done, 4U);
    EXPECT_EQ(told.failed, 5U);
    EXPECT_EQ(told.error, "");
}

TEST_F(CompletedPass, TellsWhatWentWrong) {
    report.observation.servers.front().actual.emplace().incomplete_reason = "page 3 timed out";
    EXPECT_EQ(summary().error, "");
    plan().actual_complete = false;
    EXPECT_EQ(summary().error, "page 3 timed out");
    report.executions[kServer].server_error = outage();
    EXPECT_EQ(summary().error, outage().text());
    report.executions.clear();
    report.observation.servers.front() = seen(outage());
    EXPECT_EQ(summary().error, outage().text());
    EXPECT_FALSE(summary().complete);
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
    const auto looks = looks_after({ledger_, now_}, report, std::chrono::minutes(1));
    ASSERT_EQ(looks.size(), 2U);
    EXPECT_EQ(looks[0], std::pair(ItemId(7), now_));
    EXPECT_EQ(looks[1], std::pair(ItemId(8), now_ + std::chrono::minutes(2)));
}

TEST(ObservedPlan, NamesWhoHasNoServer) {
    auto desired = std::make_shared<DesiredSnapshot>();
    desired->servers.emplace_back().id = kServer;
    for (const ServerId server : {ServerId(), kServer, ServerId(77)}) {
        desired->holds.emplace_back(
            ItemId(100 + server.value), server, HoldCode::kNoServer, "", "", ""
        );
    }
    Observation seen;
    seen.desired = desired;
    const auto unplaced = [&seen] {
        std::vector<ItemId> items;
        for (const Hold& hold : seen.plan().unplaced) {
            items.push_back(hold.item);
        }
        return items;
    };
    EXPECT_EQ(unplaced(), (std::vector{ItemId(100), ItemId(177)}));
    seen.request.items = {ItemId(177)};
    EXPECT_EQ(unplaced(), std::vector{ItemId(177)});
    seen.request.items.clear();
    seen.request.only_server = kServer;
    EXPECT_TRUE(unplaced().empty());
    EXPECT_TRUE(Observation().plan().unplaced.empty());
}

// Only a plan of the whole server can be approved: one is asked for where none waits.
TEST_F(ServerDecision, ALimitThatSingleItemsMeetAsksForTheWhole) {
    record({ServerObserved{kServer, "cloud", "Nextcloud", "32.0.0", "https://c.example", "", ""}});
    Observation narrow;
    narrow.request.items = {ItemId(7)};
    narrow.servers.push_back(seen());
    narrow.servers.front().plan.emplace();
    HeldAction& held = narrow.servers.front().plan->held.emplace_back();
    held.hold.code = HoldCode::kBackoff;
    EXPECT_FALSE(wants_staging(ledger_, narrow)) << "that ends by itself";
    held.hold.code = HoldCode::kBlastRadius;
    EXPECT_TRUE(wants_staging(ledger_, narrow));
    Observation whole = narrow;
    whole.request.items.clear();
    EXPECT_FALSE(wants_staging(ledger_, whole)) << "it has staged it";
    record({PlanStopped{kServer, "c0ffee", "too many", 1, {Harm::kDelete}}});
    EXPECT_FALSE(wants_staging(ledger_, narrow)) << "something waits already";
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
    const auto looks = looks_after({ledger_, now_}, report, std::chrono::minutes(1));
    ASSERT_EQ(looks.size(), 1U) << "a person is waited for until the next full pass";
    EXPECT_EQ(looks[0], std::pair(ItemId(7), now_ + std::chrono::seconds(30)));
}

TEST_F(ServerDecision, ADoubtIsLookedAtTheMoreSeldomTheLongerItLasts) {
    PassReport report;
    report.observation.servers.push_back(seen());
    const Time begun = now_;
    const auto intend = [&](ActionKind kind, std::uint32_t item) {
        record({ActionIntended{
            "id" + std::to_string(item), Action(kind, kServer, ItemId(item), "user"), ""}});
    };
    intend(ActionKind::kCreate, 7);
    intend(ActionKind::kDisable, 8);
    const auto look_at = [&](std::uint32_t item) {
        std::vector<Time> times;
        for (const auto& [id, at] : looks_after({ledger_, now_}, report, std::chrono::minutes(1))) {
            if (id == ItemId(item)) {
                times.push_back(at);
            }
        }
        EXPECT_EQ(times.size(), 1U);
        return times.empty() ? Time() : times.front();
    };
    now_ = begun + std::chrono::seconds(1);
    report.executions[kServer].failures.emplace_back(
        Action(ActionKind::kCreate, kServer, ItemId(7), "user"), outage()
    );
    EXPECT_EQ(look_at(7), begun + std::chrono::minutes(1)) << "earlier it cannot be told";
    EXPECT_EQ(look_at(8), now_ + std::chrono::seconds(30));
    for (const auto age : {std::chrono::minutes(10), std::chrono::minutes(600)}) {
        now_ = begun + age;
        EXPECT_EQ(look_at(7), now_ + std::min<Duration>(age, std::chrono::hours(1)));
    }
    report.observation.request.items = {ItemId(8)};
    EXPECT_EQ(look_at(8), now_ + std::chrono::hours(1));
    report.observation.request.items = {ItemId(9)};
    report.executions.clear();
    EXPECT_TRUE(looks_after({ledger_, now_}, report, std::chrono::minutes(1)).empty());
}

TEST_F(ServerDecision, WhileNothingGoesWellFewAreLookedAtAndWhatNeverFailedFirst) {
    const PaceRules rules;
    std::vector<ItemId> due;
    for (std::uint32_t i = 1; i <= 6; ++i) {
        due.emplace_back(i);
        record({AccountAdopted{ItemId(i), kServer, "user_" + std::to_string(i), "a test"}});
    }
    EXPECT_EQ(pace_looks({ledger_, now_}, due, rules).now, due);
    for (const std::uint32_t item : {1U, 2U}) {
        const std::string id = "id" + std::to_string(item);
        record({ActionIntended{id, Action(ActionKind::kDisable, kServer, ItemId(item), "user"), ""}}
        );
        record({ActionFailed{
            id, ItemId(item), kServer, ActionKind::kDisable, NextMove::kRetryCall, "x", "x", now_}}
        );
    }
    DueLooks looks = pace_looks({ledger_, now_}, due, rules);
    EXPECT_EQ(looks.now, (std::vector{ItemId(3), ItemId(4)}));
    EXPECT_EQ(looks.later.size(), 4U);
    for (const char* id : {"a", "b"}) {
        record({ActionIntended{id, Action(ActionKind::kDisable, kServer, ItemId(5), "user"), ""}});
    }
    due.emplace_back(99);
    looks = pace_looks({ledger_, now_}, due, rules);
    EXPECT_EQ(looks.now, std::vector{ItemId(99)}) << "nobody knows where that one is";
    ASSERT_EQ(looks.later.size(), 6U);
    EXPECT_EQ(looks.later.front().second, now_ + rules.within);
    record({ActionSucceeded{
        .action_id = "a",
        .item = ItemId(5),
        .server = kServer,
        .kind = ActionKind::kDisable,
        .login = "user",
        .detail = {},
        .retained_until = {}}});
    EXPECT_EQ(pace_looks({ledger_, now_}, due, rules).now.size(), due.size());
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
    DesiredAccount another = row(0, 0, Wanted::kAbsent);
    another.client = 18;
    record(sold(another));
    EXPECT_EQ(ledger_.item(ItemId(7))->sold->client, 18U) << "its number was used again";
    EXPECT_EQ(ledger_.item(ItemId(7))->sold->wanted, Wanted::kAbsent);
}

TEST_F(SoldDecision, EachFieldAloneIsNews) {
    DesiredAccount before = row(5, 10, Wanted::kEnabled);
    record(sold(before));
    const auto news = [&](const auto& change) {
        DesiredAccount now = before;
        change(now);
        const std::vector<Event> events = sold(now);
        return events.empty() ? std::string() : changes(events).at(0).field;
    };
    EXPECT_EQ(news([](auto& now) { now.tariff = 6; }), "tariff");
    EXPECT_EQ(news([](auto& now) { now.quota = Quota::unlimited(); }), "quota");
    EXPECT_EQ(news([](auto& now) { now.wanted = Wanted::kDisabled; }), "status");
    EXPECT_EQ(news([](auto& now) { now.group = "pro"; }), "group");
    EXPECT_EQ(news([](auto& now) { now.client = 18; }), "client");
    EXPECT_EQ(news([](auto& now) { now.email = "b@example.org"; }), "") << "no part of it";
}

// Each side for itself: half a reading says nothing of any item.
TEST_F(ServerDecision, HalfAReadingObservesNothing) {
    DesiredSnapshot desired;
    ServerPlan plan;
    plan.server = kServer;
    plan.drift.push_back({ItemId(7), "user_7", {{DriftField::kMissing, "user_7", ""}}});
    for (const bool panel : {true, false}) {
        for (const bool cloud : {true, false}) {
            plan.desired_complete = panel;
            plan.actual_complete = cloud;
            const std::vector<Event> events = decide_observation(ledger_, plan, desired);
            ASSERT_EQ(events.size(), panel && cloud ? 1U : 0U);
            if (!events.empty()) {
                EXPECT_EQ(std::get<DriftObserved>(events[0]).login, "user_7");
            }
        }
    }
}

TEST_F(SoldDecision, AHeldRowAndAnItemThatWasNotAskedForSayNothing) {
    DesiredAccount held = row(5, 10, Wanted::kEnabled);
    held.held = true;
    EXPECT_EQ(sold(held).size(), 1U) << "but before the first whole reading";
    PassCompleted whole;
    whole.servers.emplace_back().server = kServer;
    whole.servers.back().complete = true;
    record({whole});
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
