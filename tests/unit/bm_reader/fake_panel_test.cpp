// The double's own tests: what it writes, and the sample-panel program.
#include "tests/fakes/panel/fake_panel.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/fakes/panel/sample.hpp"
#include "tests/fakes/panel/schema.hpp"
#include "tests/support/places/places.hpp"

namespace bn::testing::fake_panel_test {
namespace {

namespace fs = std::filesystem;

TEST(PanelSchema, TranslatesForSqlite) {
    const auto statements = sqlite_statements(
        "-- comment\nSET NAMES utf8mb4;\n"
        "CREATE TABLE `user` (\n  id INT NOT NULL AUTO_INCREMENT, -- [W]\n"
        "  flag ENUM('on','off') DEFAULT 'on',\n  cost DECIMAL(19,4) NULL,\n  PRIMARY KEY (id),\n"
        "  UNIQUE KEY flag (flag), KEY cost (cost, id),\n"
        "  CONSTRAINT x FOREIGN KEY (id) REFERENCES y (id)\n) ENGINE=InnoDB;\n"
    );
    ASSERT_EQ(statements.size(), 2U);
    EXPECT_EQ(
        statements[0],
        "CREATE TABLE `user` (\n  id INTEGER NOT NULL,\n  flag TEXT DEFAULT 'on',\n"
        "  cost DECIMAL(19,4) NULL,\n  PRIMARY KEY (id),\n  UNIQUE (flag)\n)"
    );
    EXPECT_EQ(statements[1], "CREATE INDEX user_cost ON `user` (cost, id)");
}

class SamplePanel : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bn-sample-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }

    void TearDown() override { fs::remove_all(folder_); }

    // Exit code of the program; its output is in `output_`.
    int run(const std::string& arguments) {
        const std::string out = (folder_ / "out").string();
        const std::string command = testing::panel_program("sample-panel") + " " + file() + " " +
                                    arguments + " > " + out + " 2>&1";
        const int status = std::system(command.c_str());
        std::ifstream in(out);
        std::ostringstream text;
        text << in.rdbuf();
        output_ = text.str();
        return WEXITSTATUS(status);
    }

    [[nodiscard]] std::string file() const { return (folder_ / "panel.db").string(); }

    fs::path folder_;
    std::string output_;
};

TEST_F(SamplePanel, WalksAnItemThroughItsLife) {
    ASSERT_EQ(run("create one https://one admin pw two https://two admin pw"), 0) << output_;
    ASSERT_EQ(run("order 1 1"), 0) << output_;
    const std::string id = std::to_string(std::stoi(output_));
    const auto status = [&] {
        return FakePanel::open_sqlite(file())
            .value("SELECT status FROM item WHERE id = " + id)
            .value_or("gone");
    };
    EXPECT_EQ(status(), "1");
    EXPECT_EQ(run("pay " + id), 0) << output_;
    EXPECT_EQ(status(), "5");
    EXPECT_EQ(run("finish " + id), 0) << output_;
    EXPECT_EQ(status(), "2");
    EXPECT_EQ(run("tariff " + id + " 3"), 0) << output_;
    EXPECT_EQ(run("finish " + id), 0) << output_;
    EXPECT_EQ(run("more " + id + " 5"), 0) << output_;
    EXPECT_EQ(run("finish " + id), 0) << output_;
    EXPECT_EQ(run("suspend " + id), 0) << output_;
    EXPECT_EQ(run("finish " + id), 0) << output_;
    EXPECT_EQ(status(), "3");
    EXPECT_EQ(run("resume " + id), 0) << output_;
    EXPECT_EQ(run("finish " + id), 0) << output_;
    EXPECT_EQ(status(), "2");
    EXPECT_EQ(run("close " + id), 0) << output_;
    EXPECT_EQ(run("finish " + id), 0) << output_;
    EXPECT_EQ(status(), "4");
    EXPECT_EQ(run("list"), 0);
    EXPECT_NE(output_.find("  " + id + "  status 4"), std::string::npos) << output_;
    EXPECT_EQ(run("remove " + id), 0);
    EXPECT_EQ(status(), "gone");
}

TEST_F(SamplePanel, RefusesWrongCommandLines) {
    EXPECT_EQ(run("list"), 1);  // no file yet
    EXPECT_EQ(run("create one https://one admin"), 2);
    ASSERT_EQ(run("create one https://one admin pw"), 0);
    EXPECT_EQ(run("suspend 9999"), 2);
    EXPECT_EQ(run("suspend x"), 2);
    EXPECT_EQ(run("dance 1"), 2);
    EXPECT_EQ(run("finish 101"), 1);  // nothing is pending
}

TEST_F(SamplePanel, WritesHistoryAndLeavesGaps) {
    FakePanel panel = FakePanel::create_sqlite(file());
    const SampleIds ids = fill_sample(panel, {ServerSpec{}});
    EXPECT_EQ(ids.items.size(), 12U);
    EXPECT_EQ(ids.items.front(), 101U);
    const auto count =
        panel.value("SELECT COUNT(*) FROM history_item WHERE request_action = 'service.postclose'");
    EXPECT_EQ(count, "1");
}

}  // namespace
}  // namespace bn::testing::fake_panel_test
