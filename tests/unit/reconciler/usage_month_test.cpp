// A month of used space from the events: what is known of each day, and what follows from it.
#include "reconciler/decide/usage_month.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "reconciler/decide/usage.hpp"

namespace bn::usage_month_test {
namespace {

constexpr std::int64_t kGib = 1LL << 30;
const ServerId kServer(3);
const Time kNight = *parse_time("2026-11-01T03:00:00Z");
const Day kFirst = *parse_day("2026-11-01");

class UsageMonth : public ::testing::Test {
  protected:
    void record(Event event, Time at) {
        Envelope told;
        told.at = at;
        told.event = std::move(event);
        evolve(ledger_, told);
        history_.add(told);
    }

    static Time night(int day) { return kNight + std::chrono::hours(24) * (day - 1); }

    static std::string day(int number) { return day_text(kFirst + std::chrono::days(number - 1)); }

    // A measurement of this item and of another one, as it is recorded.
    void measure(int number, std::uint64_t used, bool owed = true, ServerId server = kServer) {
        UsageItemsMeasured portion{server, day(number), "disk", 4, kGib, {}};
        portion.items = {{ItemId(6), 1, Quota()}, {ItemId(7), used, Quota::bytes(10 * kGib)}};
        record(portion, night(number));
        record(UsageMeasured{server, day(number), 2, used + 1, owed}, night(number));
    }

    std::vector<DayUsage> days(int last) {
        return history_.days(kFirst, kFirst + std::chrono::days(last - 1), ledger_);
    }

    Ledger ledger_;
    UsageHistory history_{ItemId(7)};
};

TEST_F(UsageMonth, ADayThatWasNotMeasuredIsNotZero) {
    measure(1, 0);
    measure(3, kGib);
    const auto list = days(3);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].used_bytes, std::optional<std::uint64_t>(0));
    EXPECT_EQ(list[1].record, DayRecord::kNotMeasured);
    EXPECT_FALSE(list[1].used_bytes);
    EXPECT_FALSE(list[1].measured_at);
    EXPECT_EQ(list[2].value, "1");
    EXPECT_EQ(summary_of(list).measured_days, 2U);
    EXPECT_EQ(summary_of(list).mean_bytes, std::optional<std::uint64_t>(kGib / 2));
    EXPECT_EQ(summary_of(list).peak_day, "2026-11-03");
}

TEST_F(UsageMonth, AnItemThatTheMeasurementLacksWasNotMeasured) {
    record(UsageItemsMeasured{kServer, day(1), "", 0, 0, {{ItemId(6), 5, Quota()}}}, night(1));
    record(UsageMeasured{kServer, day(1), 1, 5, true}, night(1));
    EXPECT_EQ(days(1)[0].record, DayRecord::kNotMeasured);
    EXPECT_EQ(days(1)[0].billing, DayBilling::kNotTold);
}

TEST_F(UsageMonth, WhatAnEarlierVersionMeasuredIsNotRecordedAndNotZero) {
    record(UsageMeasured{kServer, day(1), 2, 100, true}, night(1));
    record(UsagePosted{kServer, day(1)}, night(1));
    const DayUsage seen = days(1)[0];
    EXPECT_EQ(seen.record, DayRecord::kNotRecorded);
    EXPECT_FALSE(seen.used_bytes);
    EXPECT_EQ(seen.billing, DayBilling::kPosted);
    EXPECT_TRUE(summary_of({seen}).posted.empty());
}

TEST_F(UsageMonth, ADayMeasuredAgainIsReplacedAndWhatThePanelTookStays) {
    measure(1, 2 * kGib);
    EXPECT_EQ(days(1)[0].billing, DayBilling::kOwed);
    record(UsagePostRefused{kServer, day(1), "not now", night(2)}, night(1));
    EXPECT_EQ(days(1)[0].billing, DayBilling::kRefused);
    EXPECT_EQ(days(1)[0].word, "not now");
    record(UsagePosted{kServer, day(1)}, night(2));
    measure(1, 3 * kGib);
    const DayUsage seen = days(1)[0];
    EXPECT_EQ(seen.value, "3");
    EXPECT_EQ(seen.posted_value, "2");
    EXPECT_EQ(seen.billing, DayBilling::kPosted);
    EXPECT_EQ(seen.billing_at, std::optional<Time>(night(2)));
    EXPECT_TRUE(seen.word.empty());
    ASSERT_EQ(summary_of({seen}).posted.size(), 1U);
    EXPECT_EQ(summary_of({seen}).posted[0].value, "2");
}

TEST_F(UsageMonth, ASecondMeasurementThatLacksTheItemLeavesNothingOfTheFirst) {
    measure(1, kGib);
    record(UsageItemsMeasured{kServer, day(1), "", 0, 0, {{ItemId(6), 5, Quota()}}}, night(1));
    record(UsageMeasured{kServer, day(1), 1, 5, true}, night(1));
    EXPECT_EQ(days(1)[0].record, DayRecord::kNotMeasured);
}

TEST_F(UsageMonth, OwedIsOnlyWhatTheLedgerOwes) {
    measure(1, kGib);
    ledger_.edit(kServer).stat_owed.clear();
    EXPECT_EQ(days(1)[0].billing, DayBilling::kNotTold);
}

TEST_F(UsageMonth, WithoutAWayBackNothingWasWritten) {
    measure(1, kGib, false);
    EXPECT_TRUE(days(1)[0].value.empty());
    EXPECT_EQ(days(1)[0].billing, DayBilling::kNotTold);
    EXPECT_EQ(days(1)[0].used_bytes, std::optional<std::uint64_t>(kGib));
}

TEST_F(UsageMonth, OfTwoServersTheOneThatMeasuredItCounts) {
    measure(1, kGib, true, ServerId(4));
    record(UsageItemsMeasured{kServer, day(1), "", 0, 0, {{ItemId(6), 5, Quota()}}}, night(2));
    record(UsageMeasured{kServer, day(1), 1, 5, true}, night(2));
    EXPECT_EQ(days(1)[0].server, ServerId(4));
    EXPECT_EQ(days(1)[0].value, "1");
}

TEST_F(UsageMonth, FullOnTheDayThatTheLineReachesTheQuota) {
    measure(1, 4 * kGib);
    measure(2, 5 * kGib);
    EXPECT_EQ(forecast_of(days(2)).when, FullWhen::kNotKnown) << "two days are too few";
    measure(4, 7 * kGib);
    const UsageForecast seen = forecast_of(days(5));
    EXPECT_EQ(seen.when, FullWhen::kOnDay);
    EXPECT_EQ(seen.day, "2026-11-07");
    EXPECT_NEAR(seen.bytes_per_day.value_or(0), kGib, 1);
    EXPECT_EQ(forecast_of(days(30)).when, FullWhen::kNotKnown) << "what is long ago tells nothing";
}

TEST_F(UsageMonth, WhatShrinksOrStaysIsNeverFull) {
    for (int number = 1; number <= 4; ++number) {
        measure(number, 5 * kGib);
    }
    EXPECT_EQ(forecast_of(days(4)).when, FullWhen::kNotAtThisRate);
    measure(4, kGib);
    EXPECT_EQ(forecast_of(days(4)).when, FullWhen::kNotAtThisRate);
    EXPECT_LT(forecast_of(days(4)).bytes_per_day.value_or(0), 0);
    measure(4, 10 * kGib);
    EXPECT_EQ(forecast_of(days(4)).when, FullWhen::kNow);
}

TEST(UsageSums, PostedValuesAddUpExactly) {
    EXPECT_TRUE(rc::check([](const std::vector<std::uint32_t>& thousandths) {
        std::vector<DayUsage> list;
        std::uint64_t sum = 0;
        for (const std::uint32_t bytes : thousandths) {
            DayUsage day;
            day.posted_value = in_units(bytes, 10000);
            list.push_back(day);
            sum += bytes;
        }
        const UsageSummary seen = summary_of(list);
        RC_ASSERT(seen.posted.size() == (thousandths.empty() ? 0U : 1U));
        const std::string added = thousandths.empty() ? "0" : seen.posted.front().value;
        RC_ASSERT(added == in_units(sum, 10000));
    }));
}

TEST(UsageForecasts, FullComesAfterTheLastMeasuredDay) {
    EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, std::uint32_t>>& used) {
        std::vector<DayUsage> list;
        std::string last;
        for (std::size_t i = 0; i < used.size(); ++i) {
            DayUsage day;
            day.day = day_text(kFirst + std::chrono::days(i));
            if (used[i].first) {
                day.used_bytes = used[i].second;
                last = day.day;
            }
            day.quota = Quota::bytes(1LL << 31);
            list.push_back(day);
        }
        const UsageForecast seen = forecast_of(list);
        RC_ASSERT((seen.when == FullWhen::kOnDay) == !seen.day.empty());
        RC_ASSERT(seen.when != FullWhen::kOnDay || seen.day > last);
    }));
}

TEST(UsageDays, TextsThatAreNoDayAreNone) {
    for (const char* text :
         {"",
          "2026-11",
          "2026-11-31",
          "2026-13-01",
          "2026-1-001",
          "0000-01-01",
          "2026-11-01 ",
          "2026/11/01",
          "-026-11-01"}) {
        EXPECT_FALSE(parse_day(text)) << text;
    }
    EXPECT_EQ(day_text(parse_day("2028-02-29").value_or(Day())), "2028-02-29");
    EXPECT_FALSE(parse_month("2026-00"));
    EXPECT_FALSE(parse_month("2026-11-01"));
    EXPECT_TRUE(parse_month("2026-11"));
}

}  // namespace
}  // namespace bn::usage_month_test
