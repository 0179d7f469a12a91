// How `check` says what earlier versions did.
#include "cli/check/past.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bn::cli::past_test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

const Time kAt(std::chrono::hours(480'000));
constexpr std::size_t kNamed = 10;

PastFaults adopted(std::uint32_t count) {
    PastFaults faults;
    for (std::uint32_t i = 1; i <= count; ++i) {
        faults.adoptions.push_back(
            {ItemId(i), ServerId(3), "ceo", Unproven::kClosed, kAt + Duration(i), "pass"}
        );
    }
    return faults;
}

Section said(const PastFaults& faults, const Ledger& ledger = {}) {
    Section section;
    past_lines(section, faults, ledger, kNamed);
    return section;
}

TEST(Past, NothingFoundIsOneGoodLine) {
    const Section section = said({});
    ASSERT_EQ(section.lines.size(), 1U);
    EXPECT_EQ(section.lines.front().verdict, Verdict::kFound);
}

TEST(Past, TheNewestTenAreNamedAndTheRestCounted) {
    const Section section = said(adopted(13));
    ASSERT_EQ(section.lines.size(), 13U) << "what it is, ten names, the rest, how to end it";
    EXPECT_THAT(section.lines[0].what, EndsWith(": 13"));
    EXPECT_THAT(section.lines[1].what, HasSubstr("item 13: adopted ceo on server 3"));
    EXPECT_THAT(section.lines[1].remedy, HasSubstr("--item 13"));
    EXPECT_THAT(section.lines[11].what, HasSubstr("and 3 more"));
    EXPECT_THAT(section.lines[12].what, HasSubstr("--since " + format_time(kAt + Duration(14))));
    for (std::size_t i = 0; i < 12; ++i) {
        EXPECT_EQ(section.lines[i].verdict, Verdict::kWarns) << i;
        EXPECT_FALSE(section.lines[i].remedy.empty()) << i;
    }
}

TEST(Past, WhatBecameOfTheAccountIsSaid) {
    Ledger ledger;
    ledger.change(ItemId(1), [](LedgerItem& item) {
        item.ownership = Ownership::kAdopted;
        item.deleted = true;
    });
    EXPECT_THAT(said(adopted(1), ledger).lines[1].what, EndsWith("deleted since"));
    ledger.change(ItemId(1), [](LedgerItem& item) {
        item.deleted = false;
        item.paused.emplace();
    });
    EXPECT_THAT(said(adopted(1), ledger).lines[1].what, EndsWith("the service is paused"));
}

TEST(Past, SizesAndPasswordsNameServerSideAndTime) {
    PastFaults faults;
    faults.measures.push_back({ServerId(3), true, 100, 50, kAt, kAt + Duration(1)});
    faults.measures.push_back({ServerId(4), false, 91, 5, kAt, kAt + Duration(2)});
    faults.passwords.push_back({ItemId(7), ServerId(4), "user_7", kAt, "pass"});
    const Section section = said(faults);
    ASSERT_EQ(section.lines.size(), 5U);
    EXPECT_THAT(
        section.lines[0].what, HasSubstr("server 4: the cloud's accounts shrank from 91 to 5")
    );
    EXPECT_THAT(
        section.lines[1].what, HasSubstr("server 3: the panel's items shrank from 100 to 50")
    );
    EXPECT_THAT(section.lines[1].what, HasSubstr(format_time(kAt + Duration(1))));
    EXPECT_THAT(section.lines[3].what, HasSubstr("item 7: user_7 on server 4"));
    EXPECT_THAT(section.lines[4].what, HasSubstr(format_time(kAt + Duration(3))));
}

}  // namespace
}  // namespace bn::cli::past_test
