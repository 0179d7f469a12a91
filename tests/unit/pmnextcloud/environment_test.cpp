// Settings, the panel's folder, the log.
#include "pmnextcloud/environment.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/places/places.hpp"

namespace bn::pmnextcloud::environment_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Settings, HaveDefaults) {
    const Settings settings = parse_settings("");
    EXPECT_THAT(settings.itemtypes, ElementsAre("backupservice"));
    EXPECT_EQ(settings.socket, "/run/bill-nextcloud/control.sock");
    EXPECT_EQ(settings.wait, std::chrono::seconds(15));
    EXPECT_THAT(settings.problems, IsEmpty());
}

TEST(Settings, AreRead) {
    const Settings settings = parse_settings(
        "# a comment\n\nitemtype = cloud_storage\r\n itemtype=backupservice\nitemtype = "
        "cloud_storage\n"
        "socket = /run/x.sock\ncontroller = [::1]:9449\nkey_file = /k\nwait = 500ms\nprobe_wait = "
        "2m\nstat_wait = 7\npage_wait=0"
    );
    EXPECT_THAT(settings.itemtypes, ElementsAre("cloud_storage", "backupservice"));
    EXPECT_EQ(settings.socket, "/run/x.sock");
    EXPECT_EQ(settings.controller, "[::1]:9449");
    EXPECT_EQ(settings.key_file, "/k");
    EXPECT_EQ(settings.wait, std::chrono::milliseconds(500));
    EXPECT_EQ(settings.probe_wait, std::chrono::minutes(2));
    EXPECT_EQ(settings.stat_wait, std::chrono::seconds(7));
    EXPECT_EQ(settings.page_wait, std::chrono::seconds(0));
    EXPECT_THAT(settings.problems, IsEmpty());
}

// docs/module.md shows the whole file: it must be one that is taken, and show the defaults.
TEST(Settings, TheDocumentedFileIsTheDefault) {
    std::ifstream file(testing::source_dir("/docs/module.md"));
    std::stringstream page;
    page << file.rdbuf();
    const std::string text = page.str();
    const std::size_t begin = text.find("# Product types that");
    ASSERT_NE(begin, std::string::npos);
    const Settings shown = parse_settings(text.substr(begin, text.find("```", begin) - begin));
    const Settings defaults;
    EXPECT_THAT(shown.problems, IsEmpty());
    EXPECT_EQ(shown.itemtypes, defaults.itemtypes);
    EXPECT_EQ(shown.socket, defaults.socket);
    EXPECT_EQ(shown.wait, defaults.wait);
    EXPECT_EQ(shown.probe_wait, defaults.probe_wait);
    EXPECT_EQ(shown.form_wait, defaults.form_wait);
    EXPECT_EQ(shown.stat_wait, defaults.stat_wait);
    EXPECT_EQ(shown.page_wait, defaults.page_wait);
    EXPECT_EQ(shown.grace, defaults.grace);
    EXPECT_FALSE(shown.controller.empty());
    EXPECT_TRUE(defaults.controller.empty()) << "the socket, where nothing else is said";
    EXPECT_EQ(shown.key_file, defaults.key_file);
}

TEST(Settings, ABadLineIsNamedAndTheDefaultStays) {
    for (const char* bad :
         {"wait = soon",
          "wait = -1s",
          "wait = 11m",
          "wait = 99999999999s",
          "wait",
          "wait = 5 h",
          "socket = relative",
          "controller =",
          "key_file =",
          "itemtype = A B",
          "itemtype",
          "colour = red",
          "= x",
          "wait = 600000s"}) {
        const Settings settings = parse_settings(std::string("\n") + bad + "\n");
        ASSERT_EQ(settings.problems.size(), 1U) << bad;
        EXPECT_THAT(settings.problems.front(), HasSubstr("line 2")) << bad;
        EXPECT_EQ(settings.wait, std::chrono::seconds(15)) << bad;
        EXPECT_THAT(settings.itemtypes, ElementsAre("backupservice")) << bad;
    }
    EXPECT_EQ(parse_settings("controller = ctl.example.com").controller, "ctl.example.com")
        << "nobody else is asked instead";
    EXPECT_TRUE(rc::check("any text", [](const std::string& text) {
        RC_ASSERT(!parse_settings(text).itemtypes.empty());
    }));
}

TEST(PanelRoot, IsAboveTheProgramsFolder) {
    EXPECT_EQ(panel_root("/usr/local/mgr5/processing/pmnextcloud", ""), "/usr/local/mgr5");
    EXPECT_EQ(panel_root("/opt/panel/addon/ncsync", ""), "/opt/panel");
    EXPECT_EQ(panel_root("/opt/panel/addon/ncsync", "/else"), "/else");
    EXPECT_EQ(panel_root("/opt/build/pmnextcloud", ""), "/usr/local/mgr5");
    EXPECT_EQ(panel_root("/processing/pmnextcloud", ""), "/usr/local/mgr5");
    EXPECT_EQ(panel_root("", ""), "/usr/local/mgr5");
}

class LogFile : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "bn-log-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string text(const std::string& name) const {
        std::ifstream file(folder_ + "/" + name);
        std::stringstream all;
        all << file.rdbuf();
        return all.str();
    }

    std::string folder_;
};

TEST_F(LogFile, HasThePanelsStyle) {
    const Log log(folder_ + "/a.log", "pmnextcloud", kInfo);
    log.info("open: item 7");
    log.error("two\nlines\x1b[0m");
    Log(folder_ + "/a.log", "pmnextcloud", 3).warning("not seen");
    EXPECT_TRUE(std::regex_match(
        text("a.log"),
        std::regex(
            "[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} \\[[0-9]+:1\\] pmnextcloud INFO open: item 7\n"
            "[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} \\[[0-9]+:1\\] pmnextcloud ERROR two lines "
            "\\[0m\n"
        )
    )) << text("a.log");
}

TEST_F(LogFile, NothingFailsWithoutIt) {
    Log(folder_ + "/no/such/folder.log", "p", kInfo).info("x");
    Log("", "p", kInfo).info("x");
    std::filesystem::create_symlink(folder_ + "/target", folder_ + "/link.log");
    Log(folder_ + "/link.log", "p", kInfo).info("x");
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/target"));
}

TEST(LogLevel, ComesFromTheDebugFile) {
    EXPECT_EQ(log_level("", "pmnextcloud"), kInfo);
    EXPECT_EQ(log_level("billmgr 9\npmnextcloud 3\n", "pmnextcloud"), 3);
    EXPECT_EQ(log_level("pmnextcloud\t9", "pmnextcloud"), 9);
    EXPECT_EQ(log_level("pmnextcloud x\npmnextcloudx 2", "pmnextcloud"), kInfo);
    EXPECT_EQ(log_level("pmnextcloud 99", "pmnextcloud"), kInfo);
}

}  // namespace
}  // namespace bn::pmnextcloud::environment_test
