// Laws of the cloud's quota arithmetic.
#include "reconciler/model/quota.hpp"

#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::quota_test {
namespace {

std::int64_t any_size(std::mt19937_64& random) {
    // Every magnitude alike: 2^0 .. 2^62.
    const std::uint64_t bits = random() % 63;
    return static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) * 2 - 1) >> 1);
}

// Empty when the laws hold for this size.
std::string broken_law(std::int64_t bytes) {
    const Quota sold = Quota::bytes(bytes);
    const Quota kept = canonical(sold);
    if (canonical(kept) != kept) {
        return "canonical is not a fixed point";
    }
    if (!same_meaning(sold, kept) || !same_meaning(kept, kept)) {
        return "what the cloud keeps does not mean what was sold";
    }
    if (wire_text(sold) != wire_text(kept)) {
        return "the text to send is not that of the kept value";
    }
    const std::optional<Quota> read = parse_cloud_text(wire_text(sold));
    if (!read || canonical(*read) != kept) {
        return "the text to send does not lead to the kept value";
    }
    // What is kept differs from what was sold by the rounding of a few steps, no more.
    if (bytes >= 1024 && bytes < (std::int64_t{1} << 60)) {
        const double ratio = static_cast<double>(kept.count()) / static_cast<double>(bytes);
        if (ratio < 0.66 || ratio > 1.51) {
            return "what is kept is far from what was sold";
        }
    }
    return {};
}

TEST(QuotaLaws, HoldForTwoHundredThousandSizes) {
    std::mt19937_64 random(20261123);
    for (int i = 0; i < 200'000; ++i) {
        const std::int64_t bytes = any_size(random);
        ASSERT_EQ(broken_law(bytes), "") << bytes;
    }
}

TEST(QuotaLaws, EveryOneDecimalSizeIsAFixedPoint) {
    for (const char* unit : {"MB", "GB", "TB"}) {
        for (int tenths = 10; tenths < 10240; ++tenths) {
            const std::string text =
                std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + unit;
            const Quota read = parse_cloud_text(text).value();
            ASSERT_EQ(canonical(read), read) << text;
        }
    }
}

TEST(QuotaLaws, MoreBytesAreNeverKeptAsLess) {
    EXPECT_TRUE(rc::check("canonical keeps the order", [] {
        std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
        for (int i = 0; i < 500; ++i) {
            const std::int64_t a = any_size(random);
            const std::int64_t b = any_size(random);
            const std::int64_t small = canonical(Quota::bytes(std::min(a, b))).count();
            const std::int64_t large = canonical(Quota::bytes(std::max(a, b))).count();
            RC_ASSERT(small <= large);
        }
    }));
}

}  // namespace
}  // namespace bn::quota_test
