// A month of used space as people and programs read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/usage/usage_view.hpp"
#include "tests/unit/controller/golden.hpp"

namespace bn::cli::usage_screen_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kGib = 1LL << 30;
const Time kNow{Duration(1'795'000'000'000)};

DayUsage measured(std::string day, std::uint64_t used, std::string value) {
    DayUsage out;
    out.day = std::move(day);
    out.server = ServerId(3);
    out.record = DayRecord::kMeasured;
    out.measured_at = kNow;
    out.used_bytes = used;
    out.quota = Quota::bytes(10 * kGib);
    out.param = "disk";
    out.measure = 4;
    out.value = std::move(value);
    return out;
}

UsageView usage() {
    UsageView view;
    view.now = kNow;
    view.item = ItemId(7);
    view.server = ServerId(3);
    view.server_name = "cloud\x1b.example";
    view.month = "2026-11";
    DayUsage taken = measured("2026-11-01", 5 * kGib, "5");
    taken.billing = DayBilling::kPosted;
    taken.billing_at = kNow;
    taken.posted_value = "5";
    DayUsage again = measured("2026-11-02", 6 * kGib, "6");
    again.billing = DayBilling::kPosted;
    again.billing_at = kNow;
    again.posted_value = "5.5000";
    DayUsage missing;
    missing.day = "2026-11-03";
    DayUsage former;
    former.day = "2026-11-04";
    former.record = DayRecord::kNotRecorded;
    former.billing = DayBilling::kPosted;
    former.billing_at = kNow;
    DayUsage refused = measured("2026-11-05", 7 * kGib, "7");
    refused.billing = DayBilling::kRefused;
    refused.billing_at = kNow;
    refused.word = "=error \"busy\", later";
    DayUsage owed = measured("2026-11-06", 8 * kGib, "8");
    owed.billing = DayBilling::kOwed;
    DayUsage unlimited = measured("2026-11-07", 8 * kGib, "");
    unlimited.quota = Quota::unlimited();
    view.days = {taken, again, missing, former, refused, owed, unlimited};
    view.summary = summary_of(view.days);
    view.forecast = UsageForecast{FullWhen::kOnDay, "2026-11-09", 1.0 * kGib};
    return view;
}

ScreenOptions screen(Language language = Language::kEnglish) {
    return {language, false, 100, false};
}

TEST(UsageScreen, IsAsRecorded) {
    bn::testing::expect_golden(render_usage(usage(), screen()), "tests/golden/plans/usage.txt");
    bn::testing::expect_golden(
        render_usage(usage(), screen(Language::kRussian)), "tests/golden/plans/usage_russian.txt"
    );
}

TEST(UsageScreen, ForecastsSayWhatIsNotKnown) {
    UsageView view = usage();
    view.forecast = UsageForecast{};
    EXPECT_THAT(render_usage(view, screen()), HasSubstr("is not known"));
    view.forecast = UsageForecast{FullWhen::kNotAtThisRate, "", -5.0};
    EXPECT_THAT(render_usage(view, screen()), HasSubstr("(-5 B a day) it will not be full"));
    view.forecast.reset();
    EXPECT_THAT(render_usage(view, screen()), Not(HasSubstr("full")));
    view.days.clear();
    view.summary = summary_of(view.days);
    EXPECT_THAT(render_usage(view, screen()), HasSubstr("the mean is not known"));
}

TEST(UsageJson, WhatIsNotKnownIsNull) {
    const auto json = nlohmann::json::parse(usage_to_json(usage()));
    EXPECT_EQ(json["format"], "bill-nextcloud-usage");
    EXPECT_EQ(json["version"], 1);
    EXPECT_EQ(json["days"][0]["percent"], 50.0);
    EXPECT_EQ(json["days"][1]["posted_value"], "5.5000");
    EXPECT_EQ(json["days"][2]["record"], "not-measured");
    EXPECT_TRUE(json["days"][2]["used_bytes"].is_null());
    EXPECT_TRUE(json["days"][2]["percent"].is_null());
    EXPECT_EQ(json["days"][3]["record"], "not-recorded");
    EXPECT_EQ(json["days"][6]["quota"], "unlimited");
    EXPECT_EQ(json["posted"][0]["value"], "10.5000");
    EXPECT_EQ(json["forecast"]["day"], "2026-11-09");
    UsageView over = usage();
    over.forecast.reset();
    EXPECT_TRUE(nlohmann::json::parse(usage_to_json(over))["forecast"].is_null());
}

TEST(UsageCsv, HasALineADayAndEmptyCellsForWhatIsNotKnown) {
    const std::string text = usage_to_csv(usage());
    EXPECT_EQ(std::ranges::count(text, '\n'), 8);
    EXPECT_THAT(text, HasSubstr("\r\n2026-11-03,not-measured,,,,,,,,,not-told,,,\r\n"));
    EXPECT_THAT(text, HasSubstr(",\"'=error \"\"busy\"\", later\","));
    EXPECT_THAT(
        text,
        HasSubstr(
            "2026-11-07,measured,3," + format_time(kNow) +
            ",8589934592,unlimited,,disk,4,,not-told,,,"
        )
    );
}

}  // namespace
}  // namespace bn::cli::usage_screen_test
