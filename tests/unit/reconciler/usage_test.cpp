#include "reconciler/decide/usage.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::usage_test {
namespace {

constexpr std::int64_t kGib = 1LL << 30;
const ServerId kServer(3);

LedgerItem owned(std::uint32_t id, UsageLevel level = UsageLevel::kUnknown) {
    LedgerItem item;
    item.item = ItemId(id);
    item.server = kServer;
    item.login = "User_" + std::to_string(id);
    item.ownership = Ownership::kCreated;
    item.usage = level;
    return item;
}

UsageMeasure in_gib(std::uint32_t id) {
    UsageMeasure measure;
    measure.item = ItemId(id);
    measure.server = kServer;
    measure.has_addon = true;
    measure.param = "disk";
    measure.measure = 4;
    measure.bytes_per_unit = kGib;
    return measure;
}

class Usage : public ::testing::Test {
  protected:
    void has(std::uint32_t id, std::uint64_t used, Quota quota = Quota::bytes(10 * kGib)) {
        const std::string login = "user_" + std::to_string(id);
        ActualAccount account;
        account.login = login;
        account.used = used;
        account.quota = quota;
        add_usage(reading_, account);
    }

    void own(LedgerItem item) {
        ledger_.change(item.item, [&](LedgerItem& it) { it = item; });
    }

    UsageReport report(const std::vector<UsageMeasure>& measures) {
        return usage_report(measures, kServer, ledger_, reading_, rules_);
    }

    Ledger ledger_;
    UsageReading reading_;
    UsageRules rules_;
};

TEST_F(Usage, WritesTheAddonsOwnUnitAndName) {
    own(owned(7));
    has(7, 3 * kGib / 2);
    const UsageReport seen = report({in_gib(7)});
    ASSERT_EQ(seen.rows.size(), 1U);
    EXPECT_EQ(seen.rows[0].item, ItemId(7));
    EXPECT_EQ(seen.rows[0].param, "disk");
    EXPECT_EQ(seen.rows[0].value, "1.5000");
    EXPECT_EQ(seen.rows[0].measure, 4U);
    EXPECT_EQ(seen.bytes, static_cast<std::uint64_t>(3 * kGib / 2));
}

TEST_F(Usage, WhatIsNotOursIsNotBilled) {
    has(7, 5);
    LedgerItem deleted = owned(8);
    deleted.deleted = true;
    own(deleted);
    has(8, 5);
    EXPECT_TRUE(report({in_gib(7), in_gib(8)}).rows.empty());
}

TEST_F(Usage, AnAccountThatWasNotReadGetsNoRowAndIsNamed) {
    own(owned(7));
    const UsageReport seen = report({in_gib(7)});
    EXPECT_TRUE(seen.rows.empty());
    ASSERT_EQ(seen.problems.size(), 1U);
    EXPECT_NE(seen.problems[0].find("item 7"), std::string::npos);
}

TEST_F(Usage, AnAccountThatWasReadInPartGetsNoRow) {
    own(owned(7));
    ActualAccount account;
    account.login = "user_7";
    account.used = 5;
    account.details_known = false;
    add_usage(reading_, account);
    EXPECT_TRUE(report({in_gib(7)}).rows.empty());
}

TEST_F(Usage, AnItemOfAnotherServerIsNotBilledByItsName) {
    own(owned(7));
    has(7, 5);
    UsageMeasure elsewhere = in_gib(7);
    elsewhere.server = ServerId(4);
    EXPECT_TRUE(report({elsewhere}).rows.empty());
    LedgerItem moved = owned(8);
    moved.server = ServerId(4);
    own(moved);
    has(8, 5);
    EXPECT_TRUE(report({in_gib(8)}).rows.empty());
    EXPECT_EQ(report({in_gib(8)}).bytes, 0U);
}

TEST_F(Usage, AnItemWithoutTheAddonIsMeasuredAndNotBilled) {
    own(owned(7));
    has(7, 5);
    UsageMeasure measure = in_gib(7);
    measure.has_addon = false;
    const UsageReport seen = report({measure});
    EXPECT_TRUE(seen.rows.empty());
    EXPECT_EQ(seen.bytes, 5U);
}

TEST_F(Usage, AnAddonWithoutAUnitIsAProblemAndNotARow) {
    own(owned(7));
    has(7, 5);
    UsageMeasure measure = in_gib(7);
    measure.bytes_per_unit = 0;
    measure.problem = "measure 9 is not there";
    EXPECT_TRUE(report({measure}).rows.empty());
    EXPECT_EQ(report({measure}).problems.size(), 1U);
}

TEST_F(Usage, WhatEachItemUsedIsRecordedInPortionsOfWhatIsBilledAlike) {
    std::vector<UsageMeasure> measures;
    constexpr std::uint32_t kItems = kUsagePortion + 2;
    for (std::uint32_t id = 1; id <= kItems; ++id) {
        own(owned(id));
        has(id, id);
        measures.push_back(in_gib(id));
    }
    measures.front().has_addon = false;
    has(2, 7, Quota::unlimited());
    const std::vector<Event> events =
        decide_measured(kServer, "2026-11-22", report(measures), true);
    std::map<ItemId, ItemUsage> seen;
    std::size_t portions = 0;
    for (const Event& event : events) {
        const auto* portion = std::get_if<UsageItemsMeasured>(&event);
        if (portion == nullptr) {
            continue;
        }
        ++portions;
        EXPECT_LE(portion->items.size(), kUsagePortion);
        EXPECT_EQ(portion->day, "2026-11-22");
        for (const ItemUsage& item : portion->items) {
            EXPECT_EQ(portion->bytes_per_unit, item.item == ItemId(1) ? 0 : kGib);
            EXPECT_TRUE(seen.emplace(item.item, item).second) << "told twice";
        }
    }
    EXPECT_EQ(portions, 3U);
    EXPECT_EQ(seen.size(), std::size_t{kItems});
    EXPECT_EQ(seen[ItemId(2)].quota, Quota::unlimited());
    EXPECT_EQ(seen[ItemId(3)].used_bytes, 3U);
    const auto* last = std::get_if<UsageMeasured>(&events.back());
    ASSERT_NE(last, nullptr) << "it ends the portions";
    EXPECT_EQ(last->items, kItems - 1U);
}

TEST_F(Usage, TheQuotaIsTheOneThatWasSold) {
    LedgerItem item = owned(7);
    item.sold.emplace().quota = Quota::bytes(5 * kGib);
    own(item);
    own(owned(8));
    has(7, 1, Quota::unlimited());
    has(8, 1);
    const UsageReport seen = report({in_gib(7), in_gib(8)});
    ASSERT_EQ(seen.measured.size(), 1U);
    EXPECT_EQ(seen.measured.begin()->second.at(0).quota, Quota::bytes(5 * kGib));
    EXPECT_EQ(seen.measured.begin()->second.at(1).quota, Quota::bytes(10 * kGib));
}

TEST_F(Usage, TheFormerModulesNamesAreWrittenBesideTheAddonWhenAskedFor) {
    own(owned(7));
    own(owned(8));
    has(7, 3 * kGib / 2);
    has(8, 5, Quota::unlimited());
    UsageMeasure same_name = in_gib(8);
    same_name.param = "used_bytes";
    EXPECT_EQ(report({in_gib(7), same_name}).rows.size(), 2U);
    rules_.former_names = true;
    const UsageReport seen = report({in_gib(7), same_name});
    ASSERT_EQ(seen.rows.size(), 4U) << "unlimited is no number, and the add-on's own row stays";
    EXPECT_EQ(seen.rows[1].param, "used_bytes");
    EXPECT_EQ(seen.rows[1].value, "1610612736");
    EXPECT_EQ(seen.rows[2].param, "quota_bytes");
    EXPECT_EQ(seen.rows[2].value, "10737418240");
    EXPECT_EQ(seen.rows[3].value, "0");
    EXPECT_EQ(seen.billed, 2U) << "what is counted is items, not rows";
}

TEST_F(Usage, LevelsAreEventsOnlyWhenTheyChange) {
    own(owned(1));
    own(owned(2));
    own(owned(3, UsageLevel::kClose));
    own(owned(4, UsageLevel::kOver));
    has(1, 9 * kGib + kGib / 2);
    has(2, kGib);
    has(3, 9 * kGib + kGib / 2);
    has(4, kGib);
    const UsageReport seen = report({in_gib(1), in_gib(2), in_gib(3), in_gib(4)});
    ASSERT_EQ(seen.level_changes.size(), 2U);
    EXPECT_EQ(std::get<UsageLevelChanged>(seen.level_changes[0]).item, ItemId(1));
    EXPECT_EQ(std::get<UsageLevelChanged>(seen.level_changes[0]).level, UsageLevel::kClose);
    EXPECT_EQ(std::get<UsageLevelChanged>(seen.level_changes[1]).item, ItemId(4));
    EXPECT_EQ(std::get<UsageLevelChanged>(seen.level_changes[1]).level, UsageLevel::kFine);
    EXPECT_EQ(seen.close, 2U);
    EXPECT_EQ(seen.over, 0U);
}

TEST(UsageLevels, AreByTheQuota) {
    EXPECT_EQ(usage_level(11, Quota::bytes(10), 0.9), UsageLevel::kOver);
    EXPECT_EQ(usage_level(10, Quota::bytes(10), 0.9), UsageLevel::kClose);
    EXPECT_EQ(usage_level(9, Quota::bytes(10), 0.9), UsageLevel::kFine);
    EXPECT_EQ(usage_level(1, Quota::bytes(0), 0.9), UsageLevel::kOver);
    EXPECT_EQ(usage_level(1U << 30, Quota::unlimited(), 0.9), UsageLevel::kFine);
    EXPECT_EQ(usage_level(1, Quota::unknown(), 0.9), UsageLevel::kUnknown);
}

TEST(UsageUnits, AreExactToFourDigitsAndNeverTooMuch) {
    EXPECT_EQ(in_units(0, kGib), "0");
    EXPECT_EQ(in_units(static_cast<std::uint64_t>(kGib), kGib), "1");
    EXPECT_EQ(in_units(1023, 1024), "0.9990");
    EXPECT_EQ(in_units(~std::uint64_t{0}, 1), "18446744073709551615");
    const bool holds = rc::check("rounded down by less than a ten-thousandth", [] {
        const auto bytes = *rc::gen::inRange<std::uint64_t>(0, 1ULL << 50);
        const auto unit = *rc::gen::inRange<std::int64_t>(1, 1LL << 40);
        const long double value = std::stold(in_units(bytes, unit));
        const long double exact = static_cast<long double>(bytes) / static_cast<long double>(unit);
        RC_ASSERT(value <= exact + 1e-9L);
        RC_ASSERT(exact - value < 0.0001L + 1e-9L);
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace bn::usage_test
