#include "reconciler/decide/maintenance.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::maintenance_test {
namespace {

using std::chrono::minutes;

constexpr Duration kPatience = minutes(10);

SwitchHeard said(bool on) {
    SwitchHeard heard;
    heard.on = on;
    heard.what = "the file exists";
    return heard;
}

SwitchHeard silence(Duration silent) {
    SwitchHeard heard;
    heard.what = "no answer";
    heard.silent = silent;
    return heard;
}

class MaintenanceRule : public ::testing::Test {
  protected:
    bool hears(const SwitchHeard& heard, Duration patience = kPatience) {
        const std::vector<Event> events = decide_maintenance(ledger_.panel(), heard, patience);
        assume(ledger_, events, now_);
        now_ += minutes(1);
        return !events.empty();
    }

    [[nodiscard]] bool on() const { return ledger_.panel().maintenance.has_value(); }

    Ledger ledger_;
    Time now_{std::chrono::hours(1)};
};

TEST_F(MaintenanceRule, AWordBeginsAndEndsItOnce) {
    EXPECT_FALSE(hears(said(false)));
    EXPECT_TRUE(hears(said(true)));
    EXPECT_FALSE(hears(said(true)));
    ASSERT_TRUE(on());
    EXPECT_EQ(ledger_.panel().maintenance->reason, "the file exists");
    ASSERT_TRUE(in_maintenance(ledger_));
    EXPECT_EQ(in_maintenance(ledger_)->move, NextMove::kWait);
    EXPECT_TRUE(hears(said(false)));
    EXPECT_FALSE(on());
    EXPECT_FALSE(in_maintenance(ledger_));
}

TEST_F(MaintenanceRule, SilenceCountsOnlyWhenItLasts) {
    EXPECT_FALSE(hears(silence(minutes(9))));
    EXPECT_TRUE(hears(silence(minutes(10))));
    EXPECT_FALSE(hears(silence(minutes(11)))) << "told once";
    EXPECT_FALSE(hears(silence(minutes(1)))) << "it ends by a word only";
    EXPECT_TRUE(on());
    const Time since = ledger_.panel().maintenance->since;
    EXPECT_TRUE(hears(said(true)));
    EXPECT_EQ(ledger_.panel().maintenance->since, since);
    EXPECT_EQ(ledger_.panel().maintenance->reason, "the file exists");
    EXPECT_FALSE(hears(silence(minutes(99)))) << "what is known is not overwritten";
    EXPECT_TRUE(hears(said(false)));
}

TEST_F(MaintenanceRule, WhatBeganBySilenceEndsWhereSilenceCountsNoMore) {
    EXPECT_TRUE(hears(silence(minutes(10))));
    EXPECT_TRUE(hears(silence(minutes(11)), Duration{0}));
    EXPECT_FALSE(on());
}

TEST_F(MaintenanceRule, TwoWhoSayTheSameAreToldOnce) {
    EXPECT_TRUE(hears(said(true)));
    SwitchHeard other = said(true);
    other.what = "the module says so";
    EXPECT_FALSE(hears(other));
}

TEST_F(MaintenanceRule, WithoutPatienceSilenceSaysNothing) {
    EXPECT_FALSE(hears(silence(std::chrono::hours(1000)), Duration{0}));
    EXPECT_TRUE(hears(said(true), Duration{0}));
    EXPECT_FALSE(hears(silence(std::chrono::hours(1000)), Duration{0}));
    EXPECT_TRUE(on());
}

TEST_F(MaintenanceRule, AfterAnyHistoryTheLastWordStands) {
    EXPECT_TRUE(rc::check("the last word stands, or a longer silence than patience", [this] {
        ledger_ = Ledger();
        bool expected = false;
        const int steps = *rc::gen::inRange(1, 12);
        for (int i = 0; i < steps; ++i) {
            if (*rc::gen::arbitrary<bool>()) {
                expected = *rc::gen::arbitrary<bool>();
                hears(said(expected));
            } else {
                const auto lasts = minutes(*rc::gen::inRange(0, 20));
                expected = expected || lasts >= kPatience;
                hears(silence(lasts));
            }
            RC_ASSERT(on() == expected);
        }
    }));
}

TEST_F(MaintenanceRule, LeavesEveryServerAlone) {
    hears(said(true));
    EXPECT_TRUE(left_alone(ledger_, ServerId(1), now_));
    hears(said(false));
    EXPECT_FALSE(left_alone(ledger_, ServerId(1), now_));
}

}  // namespace
}  // namespace bn::maintenance_test
