#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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

// 2,000 services of which 1,990 get another size, and 10 lose their accounts.
Plan long_plan() {
    Plan plan;
    plan.servers.push_back(bn::testing::sample_server_plan());
    ServerPlan& server = plan.servers[0];
    const Action quota = server.actions[1];
    const Action removed = server.actions[3];
    server.held.clear();
    server.actions.clear();
    for (std::uint32_t item = 1; item <= 2000; ++item) {
        Action& action = server.actions.emplace_back(item % 200 == 0 ? removed : quota);
        action.item = ItemId(item);
    }
    return plan;
}

TEST(PlanScreen, LongPlansAreCountedByWhatWouldHappenAndWhy) {
    auto o = options(100);
    const std::string text = render(long_plan(), o);
    EXPECT_THAT(text, HasSubstr("-   10 delete  (closed, retention ended)"));
    EXPECT_THAT(text, HasSubstr("~ 1990 quota  (sold 5 GiB)"));
    EXPECT_THAT(text, HasSubstr("1 GiB → 5 GiB: 1990"));
    EXPECT_THAT(text, HasSubstr("items 1, 2, 3, …"));
    EXPECT_LT(text.find("delete"), text.find("1990")) << "what takes away comes first";
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 20);
    o.full = true;
    EXPECT_GT(std::ranges::count(render(long_plan(), o), '\n'), 2000);
}

Plan held_plan(std::uint32_t items, Policy policy, HoldCode code) {
    Plan plan;
    plan.servers.push_back(bn::testing::sample_server_plan());
    ServerPlan& server = plan.servers[0];
    const Action quota = server.actions[1];
    server.policy = policy;
    server.actions.clear();
    server.held.clear();
    for (std::uint32_t item = 1; item <= items; ++item) {
        HeldAction& held = server.held.emplace_back();
        held.action = quota;
        held.action->item = ItemId(item);
        held.hold = Hold(ItemId(item), ServerId(3), code, "", "the reason of all", "the remedy");
    }
    return plan;
}

std::size_t occurrences(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

TEST(PlanScreen, AReasonOfManyIsSaidOnce) {
    const std::string text = render(held_plan(30, Policy::kSync, HoldCode::kPaused), options(100));
    EXPECT_EQ(occurrences(text, "the reason of all"), 1U) << text;
    EXPECT_EQ(occurrences(text, "the remedy"), 1U) << text;
    EXPECT_EQ(occurrences(text, "1 GiB → 5 GiB"), 30U) << "and each service is named";
}

// What waits for an approval stands under its own heading, not under another reason's.
TEST(PlanScreen, WhatWaitsIsCountedByWhatWouldHappen) {
    Plan plan = held_plan(150, Policy::kSync, HoldCode::kBlastRadius);
    ServerPlan& server = plan.servers[0];
    server.stopped =
        "150 smaller quotas, after 0 in the last hour; 40 are allowed (2000 accounts "
        "are ours)";
    server.held.insert(server.held.begin(), bn::testing::sample_held().front());
    const std::string text = render(plan, options(100));
    EXPECT_THAT(text, HasSubstr("! 150 quota  (sold 5 GiB; waits)\n"));
    EXPECT_THAT(text, HasSubstr("1 GiB → 5 GiB: 150\n      items 1, 2, 3, …\n"));
    EXPECT_THAT(text, HasSubstr("! WAITS for an approval: 150 smaller quotas"));
    EXPECT_THAT(
        render(plan, options(200, Language::kRussian)),
        HasSubstr("! ЖДЁТ одобрения: уменьшения квоты: 150, а за последние час было 0; ")
    );
}

TEST(PlanScreen, OneIsNotMany) {
    Plan plan = long_plan();
    plan.servers[0].actions.resize(200);
    EXPECT_THAT(render(plan, options(100)), HasSubstr("      item 200\n"));
    EXPECT_EQ(scope_text({{}, {ItemId(7)}}, Language::kEnglish), "service 7");
    EXPECT_EQ(scope_text({{}, {ItemId(7), ItemId(9)}}, Language::kRussian), "услуги 7, 9");
}

TEST(PlanScreen, ObserveShowsThePlanThatThereWouldBe) {
    const Plan plan = held_plan(5, Policy::kObserve, HoldCode::kPolicy);
    const std::string text = render(plan, options(100));
    EXPECT_THAT(text, HasSubstr("observe: nothing will be done here"));
    EXPECT_EQ(occurrences(text, "  ~ "), 5U) << text;
    EXPECT_THAT(text, Not(HasSubstr("the reason of all")));
    EXPECT_THAT(text, HasSubstr("Observe: would create 0, change 5, delete 0."));
    EXPECT_THAT(text, Not(HasSubstr("Nothing to do")));
    EXPECT_THAT(text, Not(HasSubstr("held")));
    Plan both = plan;
    both.servers.push_back(bn::testing::sample_server_plan());
    EXPECT_THAT(render(both, options(200)), HasSubstr("Plan: 1 to create"));
    EXPECT_THAT(render(both, options(200)), HasSubstr("would create 0, change 5"));
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
    EXPECT_THAT(text, HasSubstr("Held, and no cloud was asked: 1"));
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
    Unknown unknown;
    unknown.server = ServerId(4);
    unknown.name = "second";
    unknown.why = Error(NextMove::kWait, "ocs.maintenance", "the cloud is in maintenance", "wait");
    const std::string text = render_plan(Plan(), {}, options(100), {unknown});
    EXPECT_THAT(text, HasSubstr("Server 4 second: not known"));
    EXPECT_THAT(text, HasSubstr("the cloud is in maintenance"));
    EXPECT_THAT(text, HasSubstr("Not everything is known"));
    EXPECT_THAT(text, HasSubstr("servers not known: 1"));
    EXPECT_THAT(text, Not(HasSubstr("Nothing to do")));
    const auto json = nlohmann::json::parse(plan_to_json(Plan(), {}, {unknown}));
    EXPECT_EQ(json["unknown"][0]["server"], 4);
    EXPECT_EQ(json["unknown"][0]["code"], "ocs.maintenance");
    EXPECT_EQ(nlohmann::json::parse(plan_to_json(Plan(), {}))["unknown"].size(), 0U);
}

TEST(PlanScreen, MarkdownForATicketCannotBeBrokenByNames) {
    Plan plan = long_plan();
    plan.servers[0].name = "a | b `c` <script>";
    const std::string text = plan_to_markdown(plan, {}, Language::kEnglish);
    EXPECT_THAT(text, HasSubstr("### Server 3 a \\| b \\`c\\` \\<script\\>, policy sync"));
    EXPECT_THAT(text, HasSubstr("| quota | 1990 | 1 user\\_8 (1 GiB → 5 GiB), "));
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 15);
}

// What is counted apart has a reason of its own to read.
TEST(PlanScreen, MarkdownSaysForWhomThePanelWaits) {
    Plan plan = long_plan();
    plan.servers[0].actions.front().urgent = true;
    const std::string text = plan_to_markdown(plan, {}, Language::kEnglish);
    EXPECT_THAT(text, HasSubstr("| quota | 1 | "));
    EXPECT_THAT(text, HasSubstr("| quota | 1989 | "));
    EXPECT_THAT(text, HasSubstr("the panel waits |"));
}

}  // namespace
}  // namespace bn::cli::plan_screen_test
