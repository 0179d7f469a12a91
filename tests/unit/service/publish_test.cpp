// What a scrape shows of the ledger is so at that moment.
#include "controller/pass/publish.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/sys/files.hpp"
#include "reconciler/events/events.hpp"
#include "tests/unit/controller/temp_folder.hpp"
#include "tests/unit/reconciler/recorder.hpp"

namespace bn::controller::publish_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ServerId kServer{3};

class Published : public ::testing::Test {
  protected:
    void record(Event event) { recorder.record({std::move(event)}); }

    void differ(std::uint32_t item, DriftField field) {
        record(DriftObserved{ItemId(item), kServer, "anna", {{field, "", ""}}});
    }

    void hold(std::uint32_t item, HoldCode code) {
        record(ItemHeld{ItemId(item), {Hold(ItemId(item), kServer, code, "", "", "")}});
    }

    std::string scrape() {
        publish_ledger(metrics, recorder.moment(), config);
        return metrics.expose();
    }

    Config config;
    bn::testing::Recorder recorder;
    Time& now = recorder.now;
    Metrics metrics{"test"};
};

TEST_F(Published, AgesGoOnBetweenPasses) {
    metrics.add_server(kServer);
    record(AccountCreated{ItemId(7), kServer, "anna", ""});
    differ(7, DriftField::kQuota);
    now += std::chrono::seconds(90);
    EXPECT_THAT(scrape(), HasSubstr("drift_age_seconds{field=\"quota\",server=\"3\"} 90\n"));
    now += std::chrono::seconds(10);
    const std::string text = scrape();
    EXPECT_THAT(text, HasSubstr("drift_age_seconds{field=\"quota\",server=\"3\"} 100\n"));
    EXPECT_THAT(text, HasSubstr("oldest_drift_age_seconds{server=\"3\"} 100\n"));
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_drift{field=\"quota\",server=\"3\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("drift_age_seconds{field=\"group\",server=\"3\"} 0\n"));
    record(DriftCleared{ItemId(7)});
    EXPECT_THAT(scrape(), HasSubstr("drift_age_seconds{field=\"quota\",server=\"3\"} 0\n"));
}

TEST_F(Published, WhatIsHeldHasAnAgeByItsReasonAndIsNoDriftThatIsLate) {
    metrics.add_server(kServer);
    differ(7, DriftField::kMissing);
    hold(7, HoldCode::kNoDisk);
    now += std::chrono::hours(2);
    hold(8, HoldCode::kNoDisk);
    now += std::chrono::hours(1);
    std::string text = scrape();
    EXPECT_THAT(text, HasSubstr("held_items{code=\"no-disk\",server=\"3\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("held_age_seconds{code=\"no-disk\",server=\"3\"} 10800\n"));
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_drift{field=\"missing\",server=\"3\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("drift_age_seconds{field=\"missing\",server=\"3\"} 0\n"));
    record(ItemHoldsCleared{ItemId(7)});
    text = scrape();
    EXPECT_THAT(text, HasSubstr("held_items{code=\"no-disk\",server=\"3\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("drift_age_seconds{field=\"missing\",server=\"3\"} 10800\n"));
}

TEST_F(Published, WhatThePanelIsOwedHasTheAgeOfTheOldest) {
    EXPECT_THAT(scrape(), HasSubstr("panel_owed_age_seconds 0\n"));
    PanelResultOwed owed;
    owed.item = ItemId(7);
    owed.server = kServer;
    owed.operation = 1;
    owed.command = "open";
    record(owed);
    now += std::chrono::minutes(20);
    owed.item = ItemId(8);
    record(owed);
    const std::string text = scrape();
    EXPECT_THAT(text, HasSubstr("panel_owed 2\n"));
    EXPECT_THAT(text, HasSubstr("panel_owed_age_seconds 1200\n"));
}

TEST_F(Published, AServerThatThePanelDroppedIsNotShownAnew) {
    record(AccountCreated{ItemId(7), kServer, "anna", ""});
    hold(7, HoldCode::kNoDisk);
    now += std::chrono::hours(1);
    const std::string text = scrape();
    EXPECT_THAT(text, Not(HasSubstr("server=\"3\"")));
    EXPECT_THAT(text, HasSubstr("unplaced_items{code=\"no-disk\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("unplaced_age_seconds{code=\"no-disk\"} 3600\n"));
}

TEST_F(Published, WhatIsLeftOfTheLimitsIsShown) {
    metrics.add_server(kServer);
    record(AccountCreated{ItemId(7), kServer, "anna", ""});
    const Allowance hour = config.defaults.limits[Harm::kDisable].hour;
    EXPECT_THAT(
        scrape(),
        HasSubstr(
            "limit_left{harm=\"" + std::string(to_string(Harm::kDisable)) +
            "\",server=\"3\",window=\"hour\"} " + std::to_string(hour.count) + "\n"
        )
    );
}

class PassesInTheLog : public ::testing::Test {
  protected:
    PassesInTheLog() {
        config.file = folder.file("log");
        log = Log(make_log_sink(config, secrets).value());
    }

    // Of a whole pass; what it wrote.
    std::string pass(std::size_t held, std::size_t actions = 0) {
        PassReport report;
        report.observation.servers.resize(1);
        ServerObservation& server = report.observation.servers.front();
        server.server = kServer;
        server.plan.emplace();
        server.plan->server = kServer;
        server.plan->held.resize(held);
        server.plan->actions.resize(actions);
        return write(report);
    }

    std::string write(const PassReport& report) {
        const std::size_t before = read_file(config.file).value().size();
        passes.add(log, report, now);
        now += std::chrono::minutes(5);
        return read_file(config.file).value().substr(before);
    }

    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    LogConfig config;
    Log log;
    PassLog passes;
    Steady now{};
};

TEST_F(PassesInTheLog, WhatIsAsItWasIsSaidOnceAnHour) {
    EXPECT_THAT(pass(1), HasSubstr("0 drifted, 1 held, 0 of 0 actions done"));
    for (int minutes = 5; minutes < 60; minutes += 5) {
        EXPECT_EQ(pass(1), "") << minutes;
    }
    EXPECT_THAT(pass(1), HasSubstr("as in 11 passes before it\n"));
    EXPECT_EQ(pass(1), "");
}

TEST_F(PassesInTheLog, WhatIsNewIsSaidAtOnce) {
    EXPECT_NE(pass(1), "");
    EXPECT_THAT(pass(2), HasSubstr("2 held"));
    EXPECT_THAT(pass(2, 3), HasSubstr("of 3 actions done"));
    EXPECT_THAT(pass(2, 3), HasSubstr("of 3 actions done")) << "there is something to do still";
    EXPECT_NE(pass(1), "");
    EXPECT_EQ(pass(1), "");
}

TEST_F(PassesInTheLog, ThatAServerIsWellAgainIsSaid) {
    EXPECT_NE(pass(1), "");
    PassReport failed;
    failed.observation.servers.resize(1);
    failed.observation.servers.front().server = kServer;
    failed.observation.servers.front().error =
        Error(NextMove::kRetryCall, "ocs.timeout", "no answer", "wait");
    EXPECT_THAT(write(failed), HasSubstr("was not reconciled"));
    EXPECT_THAT(write(failed), HasSubstr("was not reconciled"));
    EXPECT_THAT(pass(1), HasSubstr("1 held"));
}

}  // namespace
}  // namespace bn::controller::publish_test
