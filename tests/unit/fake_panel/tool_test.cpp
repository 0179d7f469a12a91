// fake-panel: what people and scripts use.
#include <gtest/gtest.h>

#include "tests/support/places/places.hpp"
#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::testing::tool_test {
namespace {

int exit_of(const PanelFolder& panel, std::vector<std::string> args) {
    args.insert(args.begin(), {panel_program("fake-panel"), panel.folder()});
    return run_program(args).exit;
}

TEST(PanelTool, RefusesWrongLines) {
    const PanelFolder panel;
    EXPECT_EQ(exit_of(panel, {}), 2);
    EXPECT_EQ(exit_of(panel, {"dance"}), 2);
    EXPECT_EQ(exit_of(panel, {"pay"}), 2);
    EXPECT_EQ(exit_of(panel, {"pay", "77"}), 2);
    EXPECT_EQ(exit_of(panel, {"suspend", "x"}), 2);
    EXPECT_EQ(exit_of(panel, {"manual", "1", "maybe"}), 2);
    EXPECT_EQ(run_program({panel_program("fake-panel"), "/nonexistent", "list"}).exit, 1);
    EXPECT_EQ(run_program({panel_program("fake-panel"), "--help"}).exit, 0);
}

TEST(PanelTool, RefusesUnknownSettings) {
    EXPECT_THROW(PanelFolder(Json{{"open_cal", "x"}}), std::runtime_error);
    EXPECT_THROW(PanelFolder(Json{{"runner", {{"polls", 1}}}}), std::runtime_error);
    EXPECT_THROW(PanelFolder(Json{{"save_param", "neither"}}), std::runtime_error);
}

TEST(PanelTool, ListsAndPaysAtOnce) {
    PanelFolder panel;
    const Json ordered =
        panel.tool({"order", std::to_string(panel.client), std::to_string(panel.small), "5"});
    EXPECT_EQ(ordered.at("items").size(), 5U);
    EXPECT_EQ(panel.tool({"list"}).size(), 5U);
    EXPECT_EQ(panel.tool({"pay-all"}).at("items").size(), 5U);
    EXPECT_EQ(panel.tool({"operations"}).size(), 5U);
    EXPECT_EQ(panel.tool({"pay-all"}).at("items").size(), 0U);
}

TEST(PanelTool, RunsAModuleWithOurInput) {
    PanelFolder panel;
    panel.set_module("echo \"<doc>$command $(cat)</doc>\"; echo noise >&2; exit 3");
    const Ran ran = run_program(
        {panel_program("fake-panel"),
         panel.folder(),
         "module",
         "1",
         "check_connection",
         "--level",
         "29"},
        {},
        "<in/>"
    );
    EXPECT_EQ(ran.exit, 3);
    EXPECT_EQ(ran.out, "<doc>check_connection <in/></doc>\n");
    EXPECT_EQ(panel.text("modules.log"), "noise\n");
    const Json run = panel.log("runs.log").at(0);
    EXPECT_EQ(run.at("exit"), 3);
    EXPECT_EQ(run.at("argv").size(), 8U);
}

TEST(PanelTool, KeepsWhatAnEarlierModuleSaved) {
    PanelFolder panel;
    const std::string item = panel.opened_item();
    panel.tool({"set-param", item, "username", "user_1"});
    panel.tool({"set-param", item, "userpassword", "old", "crypted"});
    EXPECT_EQ(panel.show(item).at("params").at("username"), "user_1");
    EXPECT_EQ(panel.show(item).at("crypted").at("userpassword"), "old");
}

}  // namespace
}  // namespace bn::testing::tool_test
