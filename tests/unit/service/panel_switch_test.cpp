#include "controller/panel_switch.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/memory_panel.hpp"
#include "tests/unit/controller/temp_folder.hpp"

namespace bn::controller::panel_switch_test {
namespace {

namespace fs = std::filesystem;

class PanelSwitchTest : public ::testing::Test {
  protected:
    fs::path folder(const std::string& name) {
        fs::create_directories(root_.file(name));
        return root_.file(name);
    }

    testing::TempFolder root_;
    PanelConfig panel_;
};

TEST_F(PanelSwitchTest, IsTheFileBesideMgrctl) {
    const fs::path etc = folder("mgr5/etc");
    panel_.mgrctl = root_.file("mgr5/sbin/mgrctl");
    for (const char* api : {"mgrctl", "off"}) {
        panel_.api = api;
        EXPECT_EQ(switch_file(panel_), etc / "billmgr.DoNothing") << api;
    }
    panel_.api = "https";
    EXPECT_EQ(switch_file(panel_), "") << "what lies here is another panel's";
}

TEST_F(PanelSwitchTest, IsTheFileBesideThePanelsOwnSettings) {
    panel_.mgrctl = root_.file("none/sbin/mgrctl");
    EXPECT_EQ(switch_file(panel_), "");
    const fs::path etc = folder("etc");
    folder("etc/billmgr.conf.d");
    for (const char* from : {"billmgr.conf", "billmgr.conf.d/db.conf"}) {
        panel_.from = etc / from;
        EXPECT_EQ(switch_file(panel_), etc / "billmgr.DoNothing") << from;
    }
    panel_.from = etc / "db.conf";
    EXPECT_EQ(switch_file(panel_), "") << "a copy of them lies anywhere";
}

TEST_F(PanelSwitchTest, AFileThatCannotBeLookedAtIsNotOff) {
    const fs::path etc = folder("etc");
    const PanelSwitch here = file_switch(etc / "billmgr.DoNothing");
    EXPECT_TRUE(here.on_this_host);
    EXPECT_EQ(here.look().value(), false);
    std::ofstream(etc / "billmgr.DoNothing").put('\n');
    EXPECT_EQ(here.look().value(), true);
    fs::remove_all(etc);
    EXPECT_FALSE(here.look()) << "the panel's disk may not be mounted";
}

TEST_F(PanelSwitchTest, APanelElsewhereIsAskedAndMustSayIt) {
    testing::MemoryPanel panel;
    std::optional<std::string> says;
    panel.answer = [&](const PanelCall& call) -> std::optional<Result<PanelAnswer>> {
        EXPECT_EQ(call.function, "ncsync.maintenance");
        PanelAnswer answer;
        answer.ok = true;
        if (says) {
            answer.fields["maintenance"] = *says;
        }
        return answer;
    };
    const PanelSwitch asked = asked_switch(panel.api());
    EXPECT_FALSE(asked.on_this_host);
    says = "on";
    EXPECT_EQ(asked.look().value(), true);
    says = "off";
    EXPECT_EQ(asked.look().value(), false);
    for (const auto& other : {std::optional<std::string>("yes"), std::optional<std::string>()}) {
        says = other;
        EXPECT_FALSE(asked.look()) << "that is no word of it";
    }
    panel.answer = [](const PanelCall&) { return testing::MemoryPanel::refusal("no function"); };
    EXPECT_FALSE(asked.look());
    panel.answer = [](const PanelCall&) { return tl::unexpected(testing::MemoryPanel::away()); };
    EXPECT_FALSE(asked.look());
}

}  // namespace
}  // namespace bn::controller::panel_switch_test
