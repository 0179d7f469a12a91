#include "reconciler/model/quota.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace bn::quota_test {
namespace {

struct PutCase {
    const char* text;    // what is sent
    const char* stored;  // what Nextcloud 25.0.2 stores
    std::int64_t read;   // what it reads back
};

class CloudQuota : public ::testing::TestWithParam<PutCase> {};

TEST_P(CloudQuota, ReadsAsRecorded) {
    const PutCase& put = GetParam();
    const std::optional<Quota> asked = parse_cloud_text(put.text);
    ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(cloud_text(asked->count()), put.stored);
    EXPECT_EQ(canonical(*asked), Quota::bytes(put.read));
    EXPECT_EQ(parse_cloud_text(put.stored), Quota::bytes(put.read));
}

INSTANTIATE_TEST_SUITE_P(
    Nextcloud25,
    CloudQuota,
    ::testing::Values(
        PutCase{"1 GB", "1 GB", 1073741824},
        PutCase{"1GB", "1 GB", 1073741824},
        PutCase{"1g", "1 GB", 1073741824},
        PutCase{"1073741823", "1 GB", 1073741824},
        PutCase{"1500000000", "1.4 GB", 1503238554},
        PutCase{"1.05 GB", "1.1 GB", 1181116006},
        PutCase{"1000000", "977 KB", 1000448},
        PutCase{"100000000000000", "90.9 TB", 99945606964838},
        PutCase{"107374182400", "100 GB", 107374182400},
        PutCase{"5368709121", "5 GB", 5368709120},
        PutCase{"5000000000", "4.7 GB", 5046586573},
        PutCase{"1000000000", "953.7 MB", 1000026931},
        PutCase{"0", "0 B", 0},
        PutCase{"0 B", "0 B", 0},
        PutCase{"-1", "0 B", 0},
        PutCase{"-5", "0 B", 0},
        PutCase{"Default", "0 B", 0},
        PutCase{"1 GiB", "1 B", 1},
        PutCase{"2 EB", "2 B", 2},
        PutCase{"1,5 GB", "1 GB", 1073741824},
        PutCase{"1023", "1023 B", 1023},
        PutCase{"1024", "1 KB", 1024},
        PutCase{"+5", "5 B", 5},
        PutCase{"-2 GB", "0 B", 0},
        PutCase{".5 GB", "512 MB", 536870912},
        PutCase{"1e9", "953.7 MB", 1000026931},
        PutCase{" 5", "5 B", 5}
    )
);

TEST(Quota, TextsThatTheCloudRefuses) {
    for (const char* text : {"", "abc", "NONE", "unlimited", " 2 GB ", "ten", "5 x", "-"}) {
        EXPECT_FALSE(parse_cloud_text(text).has_value()) << '\'' << text << '\'';
    }
}

TEST(Quota, NoneIsUnlimited) {
    EXPECT_EQ(parse_cloud_text("none"), Quota::unlimited());
    EXPECT_EQ(wire_text(Quota::unlimited()), "none");
    EXPECT_EQ(canonical(Quota::unlimited()), Quota::unlimited());
}

TEST(Quota, ADefaultIsNoSizeAndMeansNoneThatIsSold) {
    EXPECT_EQ(parse_cloud_text("default"), Quota::not_set());
    EXPECT_EQ(to_string(Quota::not_set()), "not set");
    EXPECT_EQ(canonical(Quota::not_set()), Quota::not_set());
    EXPECT_FALSE(same_meaning(Quota::unlimited(), Quota::not_set()));
    EXPECT_FALSE(same_meaning(Quota::bytes(0), Quota::not_set()));
    EXPECT_FALSE(Quota::not_set().is_unknown());
}

TEST(Quota, IsComparedByMeaning) {
    EXPECT_TRUE(same_meaning(Quota::bytes(5'000'000'000), Quota::bytes(5'046'586'573)));
    EXPECT_FALSE(same_meaning(Quota::bytes(5'000'000'000), Quota::bytes(5'368'709'120)));
    EXPECT_FALSE(same_meaning(Quota::bytes(0), Quota::unlimited()));
    EXPECT_FALSE(same_meaning(Quota::unlimited(), Quota::bytes(0)));
}

TEST(Quota, SendsTheCanonicalBytes) {
    EXPECT_EQ(wire_text(Quota::bytes(5'000'000'000)), "5046586573");
    EXPECT_EQ(wire_text(Quota::bytes(5'368'709'120)), "5368709120");
}

TEST(Quota, TheLargestNumberDoesNotOverflow) {
    const Quota most = Quota::bytes(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(canonical(most), most);
    EXPECT_EQ(canonical(canonical(most)), most);
    EXPECT_EQ(parse_cloud_text("1e300"), most);
    EXPECT_EQ(parse_cloud_text("1e999"), most);
}

TEST(Quota, IsShownToPeople) {
    EXPECT_EQ(to_string(Quota::bytes(5'368'709'120)), "5 GiB");
    EXPECT_EQ(to_string(Quota::bytes(1'503'238'554)), "1.4 GiB (1503238554 B)");
    EXPECT_EQ(to_string(Quota::bytes(0)), "0 B");
    EXPECT_EQ(to_string(Quota::bytes(1023)), "1023 B");
    EXPECT_EQ(to_string(Quota::unlimited()), "unlimited");
    EXPECT_EQ(to_string(Quota::unknown()), "unknown");
}

}  // namespace
}  // namespace bn::quota_test
