// What a scrape shows of the ledger is so at that moment.
#include "controller/pass/publish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconciler/events/events.hpp"

namespace bn::controller::publish_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ServerId kServer{3};

class Published : public ::testing::Test {
  protected:
    void record(Event event) {
        Envelope envelope;
        envelope.at = now;
        envelope.event = std::move(event);
        evolve(ledger, envelope);
    }

    void differ(std::uint32_t item, DriftField field) {
        record(DriftObserved{ItemId(item), kServer, "anna", {{field, "", ""}}});
    }

    void hold(std::uint32_t item, HoldCode code) {
        record(ItemHeld{ItemId(item), {Hold(ItemId(item), kServer, code, "", "", "")}});
    }

    std::string scrape() {
        publish_ledger(metrics, {ledger, now}, config);
        return metrics.expose();
    }

    Config config;
    Ledger ledger;
    Metrics metrics{"test"};
    Time now{std::chrono::hours(24 * 365 * 50)};
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

}  // namespace
}  // namespace bn::controller::publish_test
