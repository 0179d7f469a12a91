#include "reconciler/decide/fullness.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "reconciler/decide/panel.hpp"
#include "tests/unit/reconciler/recorder.hpp"

namespace bn::fullness_test {
namespace {

using testing::kItem;
using testing::kServer;
using testing::Recorder;

FullnessRules rules() {
    FullnessRules rules;
    rules.thresholds = {90, 100};
    rules.margin = 5;
    rules.tell = true;
    return rules;
}

std::uint32_t at(std::uint32_t before, std::uint64_t used, std::int64_t limit = 1000) {
    return threshold_at(before, used, Quota::bytes(limit), rules());
}

TEST(Threshold, IsReachedAtItsShareAndLeftBelowItsMargin) {
    EXPECT_EQ(at(0, 899), 0U);
    EXPECT_EQ(at(0, 900), 90U);
    EXPECT_EQ(at(0, 1000), 100U);
    EXPECT_EQ(at(90, 851), 90U);
    EXPECT_EQ(at(90, 850), 0U);
    EXPECT_EQ(at(100, 951), 100U);
    EXPECT_EQ(at(100, 950), 90U);
    EXPECT_EQ(at(100, 10), 0U);
    EXPECT_EQ(at(90, 5000), 100U);
    const std::uint64_t most = ~std::uint64_t{0};
    EXPECT_EQ(at(0, most, std::int64_t{1} << 62), 100U);
}

TEST(Threshold, WhatIsUnlimitedOrUnknownIsNoNews) {
    EXPECT_EQ(threshold_at(90, 5000, Quota::unlimited(), rules()), 0U);
    EXPECT_EQ(threshold_at(90, 5000, Quota::bytes(0), rules()), 90U) << "who owes hears nothing";
    EXPECT_EQ(threshold_at(0, 5000, Quota::bytes(0), rules()), 0U);
    EXPECT_EQ(threshold_at(90, 1, Quota::unknown(), rules()), 90U);
    EXPECT_EQ(threshold_at(0, 5000, Quota::not_set(), rules()), 0U);
    FullnessRules none = rules();
    none.thresholds.clear();
    EXPECT_EQ(threshold_at(90, 5000, Quota::bytes(1000), none), 0U);
}

TEST(Threshold, NeverMovesTwiceForOneReading) {
    EXPECT_TRUE(rc::check("a second look at the same is no news", [] {
        const auto used = *rc::gen::inRange<std::uint64_t>(0, 2000);
        const auto before = *rc::gen::element<std::uint32_t>(0, 90, 100);
        const std::uint32_t once = at(before, used);
        RC_ASSERT(at(once, used) == once);
        RC_ASSERT(once <= before || used * 100 >= std::uint64_t{once} * 1000);
    }));
}

// One account, measured again and again.
class Thresholds : public ::testing::Test {
  protected:
    Thresholds() { r.own(); }

    void measure(std::uint64_t used, Quota quota = Quota::bytes(1000)) {
        UsageMeasure measure;
        measure.item = kItem;
        measure.server = kServer;
        UsageReading reading;
        reading["anna"] = AccountUsage{used, quota};
        r.record(decide_thresholds({measure}, kServer, r.ledger(), reading, rules_));
        EXPECT_EQ(r.folded(), r.ledger());
    }

    [[nodiscard]] const LedgerItem& item() const { return *r.ledger().item(kItem); }

    void told(const Result<PanelAnswer>& answer) {
        ASSERT_TRUE(item().notice);
        r.record(decide_noticed(item(), *item().notice, answer));
    }

    static PanelAnswer ok() {
        PanelAnswer answer;
        answer.ok = true;
        return answer;
    }

    Recorder r;
    FullnessRules rules_ = rules();
};

TEST_F(Thresholds, AreToldOncePerCrossing) {
    measure(950);
    ASSERT_TRUE(item().notice);
    EXPECT_EQ(*item().notice, (OwedNotice{90, 950, Quota::bytes(1000)}));
    EXPECT_EQ(notices_due(r.moment(), 5), std::vector<ItemId>{kItem});
    EXPECT_TRUE(notices_due(r.moment(), 0).empty());
    told(ok());
    EXPECT_TRUE(notices_due(r.moment(), 5).empty());
    for (const std::uint64_t used : {950U, 870U, 899U, 901U, 960U}) {
        measure(used);
    }
    EXPECT_EQ(r.count<UsageThresholdReached>(), 1U);
    measure(840);
    EXPECT_EQ(r.count<UsageThresholdLeft>(), 1U);
    EXPECT_EQ(item().threshold, 0U);
    measure(900);
    EXPECT_EQ(r.count<UsageThresholdReached>(), 2U);
    measure(1000);
    EXPECT_EQ(item().notice->share, 100U);
    EXPECT_EQ(r.count<UsageThresholdReached>(), 3U);
}

TEST_F(Thresholds, WhatIsOverIsNotTold) {
    measure(950);
    measure(950, Quota::bytes(5000));  // a bigger tariff
    EXPECT_FALSE(item().notice);
    EXPECT_EQ(item().threshold, 0U);
    EXPECT_TRUE(r.ledger().noticing().empty());
}

TEST_F(Thresholds, ARefusalAndALostAnswerAreFinalAnOutageIsNot) {
    Error away(NextMove::kRetryCall, "panel.unreachable", "no answer");
    away.concern = Concern::kPanel;
    measure(950);
    told(tl::unexpected(away));
    EXPECT_TRUE(item().notice) << "told again";
    away.effect_unknown = true;
    told(tl::unexpected(away));
    EXPECT_FALSE(item().notice) << "the task may be there";
    measure(1000);
    PanelAnswer refused;
    refused.error_type = "access";
    told(refused);
    EXPECT_FALSE(item().notice);
    EXPECT_EQ(r.count<UsageThresholdTold>(), 2U);
}

TEST_F(Thresholds, OrdersGoFirst) {
    measure(950);
    PendingOperation open;
    open.id = 31;
    open.item = kItem;
    open.command = "open";
    OperationVerdict verdict;
    verdict.verdict = Verdict::kCompleted;
    r.record(decide_owed(r.ledger(), open, verdict, PanelRules()));
    ASSERT_FALSE(results_due(r.moment()).empty());
    EXPECT_TRUE(notices_due(r.moment(), 5).empty());
}

TEST_F(Thresholds, OfAccountsThatAreNotOursNothingIsSaid) {
    rules_.tell = false;
    measure(950);
    EXPECT_EQ(r.count<UsageThresholdReached>(), 1U) << "the event is there without a way to tell";
    EXPECT_FALSE(item().notice);
    LedgerItem gone = item();
    EXPECT_EQ(why_no_notice(gone), "");
    gone.retained_until = r.now;
    EXPECT_NE(why_no_notice(gone), "");
    gone.retained_until.reset();
    gone.deleted = true;
    EXPECT_NE(why_no_notice(gone), "");
    UsageReading reading;
    reading["anna"] = AccountUsage{1000, Quota::bytes(1000)};
    UsageMeasure measure;
    measure.item = ItemId(8);  // nobody's
    measure.server = kServer;
    EXPECT_TRUE(decide_thresholds({measure}, kServer, r.ledger(), reading, rules()).empty());
    measure.item = kItem;
    EXPECT_TRUE(decide_thresholds({measure}, ServerId(9), r.ledger(), reading, rules()).empty());
    EXPECT_TRUE(decide_thresholds({measure}, kServer, r.ledger(), {}, rules()).empty());
    Ledger deleted = r.ledger();
    deleted.change(kItem, [](LedgerItem& it) { it.deleted = true; });
    EXPECT_TRUE(decide_thresholds({measure}, kServer, deleted, reading, rules()).empty());
}

}  // namespace
}  // namespace bn::fullness_test
