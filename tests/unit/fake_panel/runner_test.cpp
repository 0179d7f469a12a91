// The runner of operations, with a module that is a script.
#include "tests/fakes/panel/runner.hpp"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::testing::runner_test {
namespace {

constexpr const char* kCompletes =
    "case $command in open) f=backupservice.open ;; sync_item) exit 0 ;;\n"
    "*) f=service.post$command ;; esac\n"
    "$mgrctl $f elid=$item sok=ok > /dev/null";

std::string value_of(const std::vector<std::string>& argv, const std::string& option) {
    const auto at = std::find(argv.begin(), argv.end(), option);
    return at == argv.end() || at + 1 == argv.end() ? "" : *(at + 1);
}

std::vector<std::string> argv_of(const Json& run) {
    return run.at("argv").get<std::vector<std::string>>();
}

bool idle(PanelFolder& panel) {
    return panel.tool({"operations"}).empty();
}

Json fast(const Json& more = Json::object()) {
    Json runner = {{"poll_ms", 5}, {"retry_ms", 20}};
    runner.update(more);
    return {{"runner", runner}};
}

TEST(Runner, CarriesAServiceThroughItsLife) {
    PanelFolder panel(fast());
    panel.set_module(kCompletes);
    const RunnerProcess runner(panel);
    const std::string item = panel.paid_item();
    const auto after = [&](const std::vector<std::string>& verb) {
        panel.tool(verb);
        EXPECT_TRUE(wait_until([&] { return idle(panel); })) << verb[0];
        return panel.show(item).at("status").get<std::string>();
    };
    ASSERT_TRUE(wait_until([&] { return idle(panel); }));
    EXPECT_EQ(panel.show(item).at("status"), "2");
    EXPECT_EQ(after({"set-tariff", item, std::to_string(panel.large)}), "2");
    EXPECT_EQ(after({"order-more", item, "5"}), "2");
    EXPECT_EQ(after({"suspend", item}), "3");
    EXPECT_EQ(after({"resume", item}), "2");
    EXPECT_EQ(after({"prolong", item, "1"}), "2");
    EXPECT_EQ(after({"sync", item}), "2");
    EXPECT_EQ(after({"close", item}), "4");
}

TEST(Runner, GivesTheRealOptionsInVaryingOrder) {
    PanelFolder panel(fast());
    panel.set_module("exit 1");
    const std::string item = panel.paid_item();
    {
        const RunnerProcess runner(panel);
        ASSERT_TRUE(wait_until([&] { return panel.log("runs.log").size() >= 8; }));
    }
    std::set<std::vector<std::string>> orders;
    for (const Json& run : panel.log("runs.log")) {
        const auto argv = argv_of(run);
        EXPECT_EQ(argv.size(), 12U);
        EXPECT_EQ(value_of(argv, "--command"), "open");
        EXPECT_EQ(value_of(argv, "--item"), item);
        EXPECT_EQ(value_of(argv, "--runningoperation"), "1");
        EXPECT_EQ(value_of(argv, "--level"), "30");
        EXPECT_EQ(value_of(argv, "--module"), "1");
        EXPECT_FALSE(value_of(argv, "--lang").empty());
        orders.insert(argv);
    }
    EXPECT_GT(orders.size(), 3U);
}

TEST(Runner, CountsTriesAndKeepsTheError) {
    PanelFolder panel(fast());
    panel.set_module("echo '<doc><error type=\"cloud\"/></doc>'; exit 1");
    const std::string item = panel.paid_item();
    const RunnerProcess runner(panel);
    const auto operation = [&] { return panel.show(item).at("operations").at(0); };
    ASSERT_TRUE(wait_until([&] {
        return std::stoi(operation().at("trycount").get<std::string>()) >= 3 &&
               operation().contains("errorxml");
    }));
    EXPECT_EQ(operation().at("errorxml"), "<doc><error type=\"cloud\"/></doc>\n");
    EXPECT_EQ(panel.log("runs.log").at(0).at("exit"), 1);
    panel.set_module(kCompletes);
    EXPECT_TRUE(wait_until([&] { return idle(panel); }));
    EXPECT_EQ(panel.show(item).at("status"), "2");
}

TEST(Runner, AfterSuccessWithoutCompletion) {
    for (const bool again : {true, false}) {
        PanelFolder panel(fast({{"again_after_success", again}}));
        panel.set_module("exit 0");
        const std::string quiet = panel.paid_item();
        const std::string other = panel.paid_item();
        const RunnerProcess runner(panel);
        if (again) {
            EXPECT_TRUE(wait_until([&] { return panel.log("runs.log").size() >= 6; }));
            continue;
        }
        ASSERT_TRUE(wait_until([&] { return panel.log("runs.log").size() == 2; }));
        // Others that come later are run; these two are not again.
        const std::string third = panel.paid_item();
        ASSERT_TRUE(wait_until([&] { return panel.log("runs.log").size() == 3; }));
        EXPECT_EQ(panel.show(quiet).at("operations").at(0).at("trycount"), "1");
        EXPECT_EQ(panel.call({"backupservice.open", "elid=" + quiet, "sok=ok"}), "ok");
        EXPECT_EQ(panel.show(quiet).at("status"), "2");
    }
}

TEST(Runner, LeavesManualOnesAlone) {
    PanelFolder panel(fast());
    panel.set_module(kCompletes);
    const std::string held = panel.paid_item();
    panel.tool({"manual", "1", "on"});
    const std::string free = panel.paid_item();
    const RunnerProcess runner(panel);
    ASSERT_TRUE(wait_until([&] { return panel.show(free).at("status") == "2"; }));
    EXPECT_EQ(panel.show(held).at("operations").at(0).at("trycount"), "0");
    panel.tool({"manual", "1", "off"});
    EXPECT_TRUE(wait_until([&] { return idle(panel); }));
}

TEST(Runner, GoesManualAfterTheLimit) {
    PanelFolder panel(fast({{"try_limit", 2}}));
    panel.set_module("exit 1");
    const std::string item = panel.paid_item();
    const RunnerProcess runner(panel);
    const auto operation = [&] { return panel.show(item).at("operations").at(0); };
    ASSERT_TRUE(wait_until([&] { return operation().at("manual") == "on"; }));
    EXPECT_EQ(operation().at("trycount"), "2");
    EXPECT_EQ(panel.log("runs.log").size(), 2U);
}

TEST(Runner, BoundsHowManyRun) {
    PanelFolder panel(fast({{"concurrency", 3}}));
    // Each writes its mark, counts the marks, and waits until it may go.
    panel.set_module(
        "echo x >> started\nwhile [ ! -e go ]; do sleep 0.02; done\n" + std::string(kCompletes)
    );
    panel.tool({"order", std::to_string(panel.client), std::to_string(panel.small), "8"});
    panel.tool({"pay-all"});
    const RunnerProcess runner(panel);
    ASSERT_TRUE(wait_until([&] { return panel.text("started") == "x\nx\nx\n"; }));
    const std::string fence = panel.paid_item();  // seen by a later look at the operations
    EXPECT_EQ(panel.show(fence).at("operations").at(0).at("trycount"), "0");
    EXPECT_EQ(panel.text("started"), "x\nx\nx\n");
    std::ofstream(panel.folder() / "go") << "go";
    // A run is noted when its process has ended, a little after its completion call.
    EXPECT_TRUE(wait_until([&] { return panel.log("runs.log").size() == 9U; }));
    EXPECT_TRUE(idle(panel));
}

TEST(Runner, TakesTheOperationsOfAnItemInOrder) {
    PanelFolder panel(fast());
    panel.set_module(kCompletes);
    const std::string item = panel.opened_item();
    panel.tool({"suspend", item});
    panel.tool({"resume", item});
    panel.tool({"close", item});
    const RunnerProcess runner(panel);
    ASSERT_TRUE(wait_until([&] { return panel.log("runs.log").size() >= 3; }));
    ASSERT_TRUE(idle(panel));
    std::vector<std::string> commands;
    for (const Json& run : panel.log("runs.log")) {
        commands.push_back(value_of(argv_of(run), "--command"));
    }
    EXPECT_EQ(commands, (std::vector<std::string>{"suspend", "resume", "close"}));
    EXPECT_EQ(panel.show(item).at("status"), "4");
}

// The completion call of an operation comes before its module has ended.
TEST(Runner, WaitsForAModuleThatOutlivesItsOperation) {
    PanelFolder panel(fast());
    const std::string item = panel.opened_item();
    panel.set_module(
        "echo $command >> started\n" + std::string(kCompletes) +
        "\nwhile [ ! -e go ]; do sleep 0.02; done"
    );
    panel.tool({"suspend", item});
    panel.tool({"resume", item});
    OperationRunner runner(PanelHome::read(panel.folder().string()));
    ASSERT_TRUE(wait_until([&] {
        runner.step();
        return panel.tool({"operations"}).size() == 1;
    }));
    for (int step = 0; step < 3; ++step) {  // each looks at the operations anew
        runner.step();
    }
    EXPECT_EQ(panel.text("started"), "suspend\n");
    std::ofstream(panel.folder() / "go") << "go";
    ASSERT_TRUE(wait_until([&] {
        runner.step();
        return panel.log("runs.log").size() == 2;
    }));
    EXPECT_EQ(panel.text("started"), "suspend\nresume\n");
}

TEST(Runner, GoesOnAfterItsDeath) {
    PanelFolder panel(fast());
    panel.set_module("exit 1");
    const std::string item = panel.paid_item();
    {
        RunnerProcess runner(panel);
        ASSERT_TRUE(wait_until([&] { return !panel.log("runs.log").empty(); }));
        runner.kill(SIGKILL);
    }
    panel.set_module(kCompletes);
    const RunnerProcess again(panel);
    EXPECT_TRUE(wait_until([&] { return idle(panel); }));
    EXPECT_EQ(panel.show(item).at("status"), "2");
}

TEST(Runner, SurvivesAModuleThatIsNotThere) {
    PanelFolder panel(fast());
    const std::string item = panel.paid_item();
    const RunnerProcess runner(panel);
    ASSERT_TRUE(wait_until([&] { return !panel.text("runner.log").empty(); }));
    EXPECT_NE(panel.text("runner.log").find("pmnextcloud"), std::string::npos);
    panel.set_module(kCompletes);
    EXPECT_TRUE(wait_until([&] { return idle(panel); }));
}

}  // namespace
}  // namespace bn::testing::runner_test
