// Whose params of used space are told now, and what they say.
#include "reconciler/decide/usage_params.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::usage_params_test {
namespace {

constexpr std::uint64_t kMib = 1ULL << 20;
const ServerId kServer(3);
const Time kNow{Duration(1'795'000'000'000)};

LedgerItem owned(std::uint32_t id = 7) {
    LedgerItem item;
    item.item = ItemId(id);
    item.server = kServer;
    item.login = "user";
    item.ownership = Ownership::kCreated;
    return item;
}

MeasuredUsage measured(std::uint64_t used, std::uint32_t id = 7) {
    const Quota quota = Quota::bytes(static_cast<std::int64_t>(1000 * kMib));
    return {ItemUsage{ItemId(id), used, quota}, kServer, kNow};
}

LedgerItem told(std::uint64_t used, Duration ago) {
    LedgerItem item = owned();
    const Time at = kNow - ago;
    item.usage_told = ToldUsage{used, measured(0).usage.quota, at, at};
    return item;
}

TEST(UsageParams, WhatWasNeverToldIsNews) {
    EXPECT_TRUE(usage_is_news(owned(), measured(0), kNow));
}

TEST(UsageParams, OfAnAccountThatIsNotThereOrNotOursNothingIsTold) {
    const auto news_with = [](void (*change)(LedgerItem&)) {
        LedgerItem item = owned();
        change(item);
        return usage_is_news(item, measured(5), kNow);
    };
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.ownership = Ownership::kNone; }));
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.deleted = true; }));
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.server = ServerId(4); }));
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.unproved = true; }));
    EXPECT_FALSE(news_with([](LedgerItem& it) {
        it.client = 1;
        it.sold.emplace().client = 2;
    })) << "another client reads it";
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.missed = true; }));
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.closed_at = Duration(1); }));
    EXPECT_FALSE(news_with([](LedgerItem& it) { it.vanished_at_pass = 1; }));
}

TEST(UsageParams, AHundredthOfTheQuotaOrADayIsNews) {
    const Duration hour = std::chrono::hours(1);
    EXPECT_FALSE(usage_is_news(told(500 * kMib, hour), measured(510 * kMib - 1), kNow));
    EXPECT_TRUE(usage_is_news(told(500 * kMib, hour), measured(510 * kMib), kNow));
    EXPECT_TRUE(usage_is_news(told(500 * kMib, hour), measured(490 * kMib), kNow));
    EXPECT_FALSE(usage_is_news(told(5, kUsageToldFor - Duration(1)), measured(5), kNow));
    EXPECT_TRUE(usage_is_news(told(5, kUsageToldFor), measured(5), kNow));
    EXPECT_FALSE(usage_is_news(told(5, Duration(0)), measured(900 * kMib), kNow + kUsageToldFor))
        << "this measurement was told";
}

TEST(UsageParams, OfALargeOrNoQuotaAHundredMebibytesAreNews) {
    MeasuredUsage seen = measured(kUsageStep);
    for (const Quota quota : {Quota::unlimited(), Quota::bytes(1LL << 50)}) {
        LedgerItem item = told(0, std::chrono::hours(1));
        EXPECT_TRUE(usage_is_news(item, measured(5, 7), kNow + kUsageToldFor));
        seen.usage.quota = quota;
        EXPECT_TRUE(usage_is_news(item, seen, kNow)) << "another quota";
        item.usage_told->quota = quota;
        EXPECT_TRUE(usage_is_news(item, seen, kNow));
        item.usage_told->used_bytes = 1;
        EXPECT_FALSE(usage_is_news(item, seen, kNow));
    }
}

TEST(UsageParams, WhatHasNoNumberLeavesNoFormerOne) {
    const ItemUsage none{ItemId(7), 5, Quota::unlimited()};
    const std::vector<ServiceParam> wanted{
        {"used_bytes", "5"},
        {"quota_bytes", "unlimited"},
        {"used_percent", "-"},
        {"measured_at", "today"}};
    EXPECT_EQ(usage_params(none, "today"), wanted);
    EXPECT_EQ(usage_params(measured(999 * kMib).usage, "")[2].value, "99");
    EXPECT_EQ(usage_params({ItemId(7), 5, Quota::bytes(0)}, "")[2].value, "-");
    EXPECT_EQ(usage_params(measured(5).usage, "").size(), kUsageParams);
}

// Told one after the other, each is told once, the longest ago first, and never more than the room.
TEST(UsageParams, EachIsToldOnceAndNoneIsForgotten) {
    EXPECT_TRUE(rc::check([](const std::vector<std::uint16_t>& used) {
        Ledger ledger;
        MeasuredItems seen;
        for (std::uint32_t id = 1; id <= used.size(); ++id) {
            ledger.change(ItemId(id), [&](LedgerItem& item) { item = owned(id); });
            seen.emplace(ItemId(id), measured(used[id - 1], id));
        }
        const std::size_t most = *rc::gen::inRange<std::size_t>(1, 5);
        std::size_t done = 0;
        while (true) {
            const std::vector<ItemId> due = usage_due(ledger, seen, kNow, most);
            if (due.empty()) {
                break;
            }
            RC_ASSERT(due.size() <= most);
            for (const ItemId id : due) {
                Envelope told;
                told.at = kNow;
                told.event = decide_usage_told(seen.at(id));
                evolve(ledger, told);
                ++done;
            }
            RC_ASSERT(done <= used.size());
        }
        RC_ASSERT(done == used.size());
        RC_ASSERT(usage_due(ledger, seen, kNow + kUsageToldFor, 100).empty());
    }));
}

TEST(UsageParams, TheOneThatWasToldLongestAgoGoesFirst) {
    Ledger ledger;
    MeasuredItems seen;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        const Time at = kNow - std::chrono::hours(24 + id);
        ledger.change(ItemId(id), [&](LedgerItem& item) {
            item = owned(id);
            item.usage_told = ToldUsage{0, measured(0).usage.quota, at, at};
        });
        seen.emplace(ItemId(id), measured(0, id));
    }
    EXPECT_EQ(usage_due(ledger, seen, kNow, 2), (std::vector<ItemId>{ItemId(3), ItemId(2)}));
}

}  // namespace
}  // namespace bn::usage_params_test
