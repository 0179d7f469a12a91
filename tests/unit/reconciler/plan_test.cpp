// The text that people approve.
#include "reconciler/plan/plan.hpp"

#include <gtest/gtest.h>

namespace bn::plan_test {
namespace {

ServerPlan two_actions() {
    ServerPlan plan;
    plan.server = ServerId(3);
    plan.actions.emplace_back(ActionKind::kDisable, ServerId(3), ItemId(7), "user_7");
    plan.actions.emplace_back(ActionKind::kSetEmail, ServerId(3), ItemId(8), "user_8");
    return plan;
}

TEST(PlanText, ALineBreakInANameForgesNoAction) {
    ServerPlan plan = two_actions();
    plan.actions.front().login = "user_7\ndelete item=9";
    const std::string text = plan.canonical_text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
    EXPECT_NE(text.find("user_7\\x0adelete"), std::string::npos) << text;
}

TEST(PlanText, SaysWhetherADisableCloses) {
    ServerPlan plan = two_actions();
    const std::string suspends = plan.canonical_text();
    plan.actions.front().closing = true;
    EXPECT_NE(plan.canonical_text(), suspends);
}

TEST(PlanText, DoesNotDependOnWhoIsWaiting) {
    ServerPlan plan = two_actions();
    const std::string text = plan.canonical_text();
    plan.actions.back().urgent = true;
    sort_plan(plan);
    EXPECT_EQ(plan.actions.front().item, ItemId(8));
    EXPECT_EQ(plan.canonical_text(), text);
}

}  // namespace
}  // namespace bn::plan_test
