#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/plan/plan_view.hpp"
#include "cli/screen/display.hpp"
#include "tests/unit/cli/sample_plan.hpp"
#include "tests/unit/controller/golden.hpp"

namespace bn::cli::plan_screen_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ScreenOptions options(std::size_t width, Language language = Language::kEnglish) {
    return {language, false, width, false};
}

std::string render(const Plan& plan, const ScreenOptions& options, bool limited = true) {
    const PutBudget budget(50, std::chrono::minutes(10), limited);
    return render_plan(plan, {{ServerId(3), budget}}, options);
}

TEST(PlanScreen, Golden) {
    const Plan plan = bn::testing::sample_plan();
    bn::testing::expect_golden(render(plan, options(100)), "tests/golden/plans/wide.txt");
    bn::testing::expect_golden(render(plan, options(60)), "tests/golden/plans/narrow.txt");
    bn::testing::expect_golden(
        render(plan, options(100, Language::kRussian)), "tests/golden/plans/russian.txt"
    );
    auto colour = options(100);
    colour.colour = true;
    bn::testing::expect_golden(render(plan, colour), "tests/golden/plans/colour.txt");
}

TEST(PlanScreen, NoLineIsWiderThanTheTerminal) {
    for (const std::size_t width : {60U, 72U, 100U, 160U}) {
        std::istringstream lines(render(bn::testing::sample_plan(), options(width)));
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(columns(line), width) << line;
        }
    }
}

TEST(PlanScreen, HostileNamesAreHarmlessAndColourIsOnlyOursToGive) {
    const std::string text = render(bn::testing::sample_plan(), options(100));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("evil\\x1b[2J\\u{202e}"));
}

TEST(PlanScreen, TellsHowLongTheBudgetTakes) {
    Plan plan;
    plan.servers.push_back(bn::testing::sample_server_plan());
    Action quota = plan.servers[0].actions[1];
    plan.servers[0].actions.assign(120, quota);
    const std::string text = render(plan, options(120));
    EXPECT_THAT(text, HasSubstr("120 quota and e-mail changes at 50 per 10 min"));
    EXPECT_THAT(text, HasSubstr("ratelimit.protection.enabled"));
    EXPECT_THAT(render(plan, options(120), false), Not(HasSubstr("Takes at least")));
}

TEST(PlanScreen, LongPlansAreCutWithACount) {
    Plan plan;
    plan.servers.push_back(bn::testing::sample_server_plan());
    plan.servers[0].actions.assign(500, plan.servers[0].actions[1]);
    auto o = options(100);
    EXPECT_THAT(render(plan, o), HasSubstr("… and 460 more actions (--full shows all)"));
    o.full = true;
    EXPECT_THAT(render(plan, o), Not(HasSubstr("more actions")));
}

TEST(PlanScreen, EmptyPlanSaysSo) {
    EXPECT_EQ(
        render(Plan(), options(100)),
        "Nothing to do.\nPlan: 0 to create, 0 to change, 0 to delete.\n"
    );
}

TEST(PlanScreen, WhoHasNoServerIsShownAndCounted) {
    Plan plan;
    plan.unplaced.emplace_back(
        ItemId(101),
        ServerId(),
        HoldCode::kNoServer,
        "item 101",
        "no module is chosen",
        "choose one"
    );
    const std::string text = render(plan, options(100));
    EXPECT_THAT(text, HasSubstr("Held, without a server: 1"));
    EXPECT_THAT(text, HasSubstr("101"));
    EXPECT_THAT(text, HasSubstr("choose one"));
    EXPECT_THAT(text, HasSubstr("1 held"));
    EXPECT_THAT(plan_to_json(plan, {}), HasSubstr(R"("held": 1)"));
    const SavedPlan saved{plan, "c0ffee", "anna"};
    EXPECT_EQ(saved_plan_from_json(saved_plan_to_json(saved))->plan, plan);
    EXPECT_THAT(plan_to_json(Plan(), {}), Not(HasSubstr("unplaced"))) << "as files had it before";
    plan.unplaced.assign(10000, plan.unplaced.front());
    EXPECT_THAT(render(plan, options(100)), HasSubstr("9980"));
}

TEST(PlanScreen, WhatCouldNotBeReadIsNotNothingToDo) {
    const std::string text = render_plan(Plan(), {}, options(100), false);
    EXPECT_THAT(text, HasSubstr("Not everything could be read"));
    EXPECT_THAT(text, Not(HasSubstr("Nothing to do")));
}

}  // namespace
}  // namespace bn::cli::plan_screen_test
