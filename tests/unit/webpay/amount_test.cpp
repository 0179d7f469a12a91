// Money is exact: what is to be paid goes up to the next 0.01, what was paid is taken as it is.
#include "webpay/amount.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::webpay::amount_test {
namespace {

std::string due(std::string_view text) {
    const auto amount = Amount::rounded_up(text);
    return amount ? amount->text() : "none";
}

std::string received(std::string_view text) {
    const auto amount = Amount::exactly(text);
    return amount ? amount->text() : "none";
}

TEST(Amount, IsRoundedUpToTheNextHundredth) {
    EXPECT_EQ(due("21.9"), "21.90");
    EXPECT_EQ(due("50"), "50.00");
    EXPECT_EQ(due("50.0100"), "50.01");
    EXPECT_EQ(due("50.0101"), "50.02");
    EXPECT_EQ(due("0.999"), "1.00");
    EXPECT_EQ(due("0.001"), "0.01");
    EXPECT_EQ(due(" 7.05 "), "7.05");
    EXPECT_EQ(due("999999999999.99"), "999999999999.99");
}

TEST(Amount, OfWhatIsNoNumberIsNone) {
    for (const char* text :
         {"",
          " ",
          "-1",
          "+1",
          "1,5",
          "1e3",
          ".5",
          "5.",
          "1.2.3",
          "0x10",
          "nan",
          "1 000",
          "9999999999999",
          "1.-5"}) {
        EXPECT_EQ(due(text), "none") << text;
        EXPECT_EQ(received(text), "none") << text;
    }
}

TEST(Amount, ThatWasPaidIsNeverRounded) {
    EXPECT_EQ(received("50.01"), "50.01");
    EXPECT_EQ(received("50.0100"), "50.01");
    EXPECT_EQ(received("50.0101"), "none");
    EXPECT_NE(*Amount::exactly("50.00"), *Amount::exactly("50.01"));
    EXPECT_EQ(*Amount::exactly("50"), *Amount::rounded_up("50.000"));
    EXPECT_TRUE(Amount::exactly("0.00")->is_zero());
}

TEST(Amount, OfAnyDecimalIsTheSmallestThatCoversIt) {
    EXPECT_TRUE(rc::check([] {
        const auto whole = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
        const auto millionths = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
        std::string places = std::to_string(millionths);
        places.insert(0, 6 - places.size(), '0');
        const auto amount = Amount::rounded_up(std::to_string(whole) + "." + places);
        RC_ASSERT(amount.has_value());
        const std::int64_t exact = whole * 1'000'000 + millionths;
        RC_ASSERT(amount->hundredths() * 10'000 >= exact);
        RC_ASSERT((amount->hundredths() - 1) * 10'000 < exact);
        RC_ASSERT(Amount::exactly(amount->text()) == amount);
    }));
}

}  // namespace
}  // namespace bn::webpay::amount_test
