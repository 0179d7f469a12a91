#include "cli/moment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bn::cli::moment_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBerlin = "Europe/Berlin";

Time now() {
    return *parse_time("2026-11-25T12:00:00Z");  // 13:00 in Berlin
}

std::string at(
    std::string_view text, Facing facing = Facing::kBack, const std::string& zone = kBerlin
) {
    const Result<Time> moment = read_moment(text, now(), facing, zone);
    return moment ? format_time(*moment) : moment.error().text();
}

TEST(Moment, OfADateAndATime) {
    const std::pair<const char*, const char*> cases[] = {
        {"2026-11-17", "2026-11-16T23:00:00.000Z"},
        {"2026-11-25 21:30", "2026-11-25T20:30:00.000Z"},
        {"2026-11-25T21:30", "2026-11-25T20:30:00.000Z"},
        {"2026-11-25T21:30:15", "2026-11-25T20:30:15.000Z"},
        {"2026-11-25T21:30:15.25", "2026-11-25T20:30:15.250Z"},
        {"2026-11-25T21:30:15.123456789Z", "2026-11-25T21:30:15.123Z"},
        {"2026-11-25T21:30Z", "2026-11-25T21:30:00.000Z"},
        {"2026-11-25 21:30 +03:00", "2026-11-25T18:30:00.000Z"},
        {"2026-11-25T21:30:15+0300", "2026-11-25T18:30:15.000Z"},
        {"2026-11-25T21:30:15-05", "2026-11-26T02:30:15.000Z"},
        {"2026-07-01 12:00", "2026-07-01T10:00:00.000Z"},
        {"yesterday", "2026-11-23T23:00:00.000Z"},
        {"today", "2026-11-24T23:00:00.000Z"},
        {"tomorrow", "2026-11-25T23:00:00.000Z"},
        {"yesterday 21:30", "2026-11-24T20:30:00.000Z"},
        {" 2026-11-17 ", "2026-11-16T23:00:00.000Z"},
    };
    for (const auto& [text, moment] : cases) {
        EXPECT_EQ(at(text), moment) << text;
        EXPECT_EQ(at(text, Facing::kAhead), moment) << text;
    }
}

TEST(Moment, OfATimeAloneIsTheLastOrTheNext) {
    EXPECT_EQ(at("12:59"), "2026-11-25T11:59:00.000Z");
    EXPECT_EQ(at("13:00"), "2026-11-25T12:00:00.000Z");
    EXPECT_EQ(at("21:30"), "2026-11-24T20:30:00.000Z");
    EXPECT_EQ(at("21:30:15", Facing::kAhead), "2026-11-25T20:30:15.000Z");
    EXPECT_EQ(at("12:59", Facing::kAhead), "2026-11-26T11:59:00.000Z");
    EXPECT_EQ(at("13:00", Facing::kAhead), "2026-11-26T12:00:00.000Z");
}

TEST(Moment, OfASpan) {
    for (const char* text : {"90 min", "90m", "1h30m", "1h 30 min", "1 hour 30 minutes", "5400s"}) {
        EXPECT_EQ(at(text), "2026-11-25T10:30:00.000Z") << text;
        EXPECT_EQ(at(text, Facing::kAhead), "2026-11-25T13:30:00.000Z") << text;
    }
    EXPECT_EQ(at("3d"), "2026-11-22T12:00:00.000Z");
    EXPECT_EQ(at("2 weeks"), "2026-11-11T12:00:00.000Z");
    EXPECT_EQ(at("now"), "2026-11-25T12:00:00.000Z");
    for (const char* text : {"36526d", "99999999999999999999 days", "36525d 1ms"}) {
        EXPECT_THAT(at(text), HasSubstr("century")) << text;
    }
}

TEST(Moment, ThatTheClocksSkipOrShowTwiceIsRefused) {
    EXPECT_THAT(at("2026-03-29 02:30"), HasSubstr("forward at 2026-03-29T01:00:00"));
    EXPECT_EQ(at("2026-03-29 03:00"), "2026-03-29T01:00:00.000Z");
    EXPECT_THAT(
        at("2026-10-25 02:30"),
        HasSubstr("give 2026-10-25T00:30:00.000Z or 2026-10-25T01:30:00.000Z")
    );
    EXPECT_EQ(at("2026-10-25 02:30 +02:00"), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(at("2026-10-25"), "2026-10-24T22:00:00.000Z");
    // There a day may begin at one o'clock.
    EXPECT_EQ(at("2018-11-04", Facing::kBack, "America/Sao_Paulo"), "2018-11-04T03:00:00.000Z");
}

// What a time means on a host with this TZ.
std::string on_host(const char* tz, std::string_view text) {
    ::setenv("TZ", tz, 1);
    ::tzset();
    std::string moment = at(text, Facing::kBack, "");
    ::setenv("TZ", "UTC", 1);  // as all tests of this program have it
    ::tzset();
    return moment;
}

TEST(Moment, WithoutAZoneIsTheHosts) {
    EXPECT_EQ(on_host("Asia/Tokyo", "2026-11-25 21:30"), "2026-11-25T12:30:00.000Z");
    EXPECT_EQ(on_host(":Europe/Berlin", "2026-07-01 12:00"), "2026-07-01T10:00:00.000Z");
}

// The tz database has no such names; date(1) and the screens know them.
TEST(Moment, OnAHostWithAZoneOfPosix) {
    constexpr const char* kMoscow = "<+03>-3";
    constexpr const char* kNewYork = "EST5EDT,M3.2.0,M11.1.0";
    EXPECT_EQ(on_host(kMoscow, "2026-11-25 21:30"), "2026-11-25T18:30:00.000Z");
    EXPECT_EQ(on_host(kMoscow, "2026-11-25"), "2026-11-24T21:00:00.000Z");
    EXPECT_EQ(on_host(kMoscow, "today"), "2026-11-24T21:00:00.000Z");
    EXPECT_EQ(on_host(kNewYork, "2026-07-01 12:00"), "2026-07-01T16:00:00.000Z");
    EXPECT_EQ(on_host(kNewYork, "2026-11-25 06:30"), "2026-11-25T11:30:00.000Z");
    EXPECT_EQ(on_host(kNewYork, "06:30"), "2026-11-25T11:30:00.000Z");
    EXPECT_THAT(on_host(kNewYork, "2026-03-08 02:30"), HasSubstr("forward at 2026-03-08T07:00:00"));
    EXPECT_EQ(on_host(kNewYork, "2026-03-08 03:00"), "2026-03-08T07:00:00.000Z");
    EXPECT_THAT(
        on_host(kNewYork, "2026-11-01 01:30"),
        HasSubstr("give 2026-11-01T05:30:00.000Z or 2026-11-01T06:30:00.000Z")
    );
    EXPECT_EQ(on_host("WIDE-24", "2026-11-25 21:30"), "2026-11-24T21:30:00.000Z");
    EXPECT_EQ(on_host("WIDE24", "2026-11-25 21:30"), "2026-11-26T21:30:00.000Z");
}

TEST(Moment, OfNoFormListsThem) {
    for (const char* text :
         {"",
          "soon",
          "2026-13-01",
          "2026-02-30",
          "25:00",
          "21:60",
          "2026-11-25T",
          "2026-11-25 21",
          "2026-11-25 21:30 +25:00",
          "2026-11-25 21:30x",
          "3 fortnights",
          "3",
          "-3d",
          "1:30",
          "2026-11-25X21:30",
          "yesterday21:30",
          "21:30Z"}) {
        EXPECT_THAT(at(text), HasSubstr("2026-11-25T21:30:15+03:00")) << text;
    }
}

}  // namespace
}  // namespace bn::cli::moment_test
