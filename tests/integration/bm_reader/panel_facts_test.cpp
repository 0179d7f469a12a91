// What a live panel says about itself, on real MariaDB: the schema as it is known, and variants.
#include "bm_reader/panel_facts.hpp"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/panel/sample.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"

namespace bn::bm_reader::panel_facts_test {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakePanel;
using testing::Id;
using testing::InProgress;
using ::testing::IsEmpty;
using testing::MariaDbAddress;
using testing::PrivateMariaDb;

Time now() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

class PanelFactsTest : public ::testing::Test {
  protected:
    // A database of the test's own, with the sample panel.
    FakePanel& start(const std::string& database) {
        MariaDbAddress address;
        address.socket = server_.socket();
        address.database = database;
        settings_.socket = server_.socket();
        settings_.database = database;
        panel_.emplace(FakePanel::create_mariadb(address));
        sample_ = testing::fill_sample(*panel_, {testing::ServerSpec{}});
        return *panel_;
    }

    PanelFacts facts() {
        auto read = read_panel_facts(settings_, now());
        EXPECT_TRUE(read) << (read ? "" : read.error().text());
        return read ? std::move(*read) : PanelFacts();
    }

    // Everything that could have changed.
    std::string state() {
        std::string out;
        for (const char* const table :
             {"item",
              "itemparam",
              "itemstat",
              "runningoperation",
              "history_item",
              "processingmodule",
              "processingparam"}) {
            out += panel_->value(fmt::format("SELECT COUNT(*) FROM {}", table)).value_or("-") + " ";
        }
        return out +
               panel_->value("SELECT GROUP_CONCAT(CONCAT(id, ':', status) ORDER BY id) FROM item")
                   .value_or("");
    }

    PrivateMariaDb& server_ = PrivateMariaDb::shared();
    std::optional<FakePanel> panel_;
    testing::SampleIds sample_;
    PanelSettings settings_;
};

TEST_F(PanelFactsTest, ThePanelAsItIsKnown) {
    start("facts_plain");
    panel_->exec(
        "INSERT INTO itemstat (item, statdate, param, value, measure) VALUES "
        "((SELECT MIN(id) FROM item), '2026-11-22', 'disk', 4, 1)"
    );
    const std::string before = state();
    const PanelFacts f = facts();
    EXPECT_EQ(state(), before);
    EXPECT_THAT(missing_columns(f), IsEmpty());
    EXPECT_NE(f.version.find("MariaDB"), std::string::npos);
    EXPECT_EQ(f.database, "facts_plain");
    ASSERT_TRUE(f.clock_skew);
    EXPECT_LE(std::chrono::abs(*f.clock_skew), std::chrono::seconds(5));
    EXPECT_EQ(f.table("item")->engine, "InnoDB");
    EXPECT_EQ(f.table("itemparam")->columns.at("value").type, "text");
    EXPECT_TRUE(f.table("itemstat")->keys.at("item_day_param").unique);
    EXPECT_THAT(
        f.table("itemstat")->keys.at("item_day_param").columns,
        ElementsAre("item", "statdate", "param")
    );
    EXPECT_THAT(f.tracked, Contains("status"));
    EXPECT_THAT(f.tracked, Contains("lastpricelist"));
    EXPECT_EQ(f.may_insert_usage, true);
    EXPECT_EQ(f.may_delete_usage, true);
    EXPECT_EQ(f.servers.size(), 1U);
    EXPECT_FALSE(f.itemtypes.empty());
    EXPECT_GT(f.params.at("username").plain, 0U);
    EXPECT_EQ(f.key_problem, "");
}

TEST_F(PanelFactsTest, RightsAreAskedForAndNothingIsWritten) {
    FakePanel& panel = start("facts_rights");
    const auto as = [&](const std::string& user, const std::string& grant) {
        panel.exec(fmt::format("CREATE OR REPLACE USER '{}'@'localhost' IDENTIFIED BY 'pw'", user));
        panel.exec(fmt::format("GRANT SELECT ON facts_rights.* TO '{}'@'localhost'", user));
        if (!grant.empty()) {
            panel.exec(
                fmt::format("GRANT {} ON facts_rights.itemstat TO '{}'@'localhost'", grant, user)
            );
        }
        settings_.user = user;
        settings_.password = Secret("pw");
        return facts();
    };
    const std::string before = state();
    const PanelFacts reader = as("facts_reader", "");
    EXPECT_EQ(reader.may_insert_usage, false);
    EXPECT_EQ(reader.may_update_usage, false);
    EXPECT_EQ(reader.may_delete_usage, false);
    const PanelFacts writer = as("facts_writer", "INSERT, UPDATE");
    EXPECT_EQ(writer.may_insert_usage, true);
    EXPECT_EQ(writer.may_update_usage, true);
    EXPECT_EQ(writer.may_delete_usage, false);
    EXPECT_EQ(as("facts_all", "INSERT, UPDATE, DELETE").may_delete_usage, true);
    EXPECT_EQ(state(), before);
}

TEST_F(PanelFactsTest, MissingColumnsAndTablesAreNamedAndTheRestIsStillTold) {
    FakePanel& panel = start("facts_missing");
    panel.exec("ALTER TABLE runningoperation DROP COLUMN trycount, DROP COLUMN manual");
    panel.exec("DROP TABLE history_item, task, itemstat, itemcryptedparam");
    PanelFacts f = facts();
    EXPECT_THAT(missing_columns(f), IsEmpty());
    EXPECT_FALSE(f.has("runningoperation", "trycount"));
    EXPECT_EQ(f.table("itemstat"), nullptr);
    EXPECT_EQ(f.highest_trycount, 0U);
    EXPECT_FALSE(f.status5_history.has_value());
    EXPECT_FALSE(f.may_insert_usage.has_value());
    EXPECT_THAT(f.tracked, IsEmpty());
    panel.exec("ALTER TABLE item DROP COLUMN abusesuspend");
    panel.exec("DROP TABLE pricelistparam");
    f = facts();
    EXPECT_THAT(missing_columns(f), ElementsAre("item.abusesuspend", "pricelistparam (table)"));
    EXPECT_FALSE(f.version.empty());
}

TEST_F(PanelFactsTest, OtherKeysEnginesAndCharsets) {
    FakePanel& panel = start("facts_variants");
    panel.exec("ALTER TABLE itemstat DROP FOREIGN KEY is_item, DROP FOREIGN KEY is_measure");
    panel.exec(
        "ALTER TABLE itemstat DROP KEY item_day_param, ADD UNIQUE KEY other (item, statdate), "
        "ENGINE = MyISAM"
    );
    panel.exec("ALTER TABLE itemparam MODIFY value VARCHAR(64) CHARACTER SET latin1");
    const PanelFacts f = facts();
    EXPECT_EQ(f.table("itemstat")->engine, "MyISAM");
    EXPECT_EQ(f.table("itemstat")->keys.count("item_day_param"), 0U);
    EXPECT_THAT(f.table("itemstat")->keys.at("other").columns, ElementsAre("item", "statdate"));
    EXPECT_EQ(f.table("itemparam")->columns.at("value").type, "varchar(64)");
    EXPECT_EQ(f.table("itemparam")->columns.at("value").charset, "latin1");
    EXPECT_EQ(f.may_insert_usage, true);
}

TEST_F(PanelFactsTest, BothVariantsOfInProgress) {
    FakePanel& panel = start("facts_progress");
    const auto finish_all = [&] {
        panel.exec("DELETE FROM runningoperation");
        panel.exec("DELETE FROM history_item");
        panel.exec("UPDATE item SET status = 2 WHERE status = 5");
    };
    const Id item = sample_.items.at(0);
    const std::string id = std::to_string(item);
    finish_all();
    EXPECT_EQ(facts().status5_rows, 0U);
    panel.exec("UPDATE item SET status = 2 WHERE id = " + id);

    panel.in_progress = InProgress::kOperationOnly;
    panel.suspend(item);
    panel.exec("UPDATE runningoperation SET trycount = 7, manual = 'on'");
    PanelFacts f = facts();
    EXPECT_EQ(f.status5_rows, 0U);
    ASSERT_EQ(f.operations.size(), 1U);
    EXPECT_EQ(f.operations[0].command, "suspend");
    EXPECT_EQ(f.operations[0].status, 2);
    EXPECT_EQ(f.highest_trycount, 7U);
    EXPECT_EQ(f.manual_operations, 1U);

    finish_all();
    panel.in_progress = InProgress::kStatus5;
    panel.suspend(item);
    f = facts();
    EXPECT_EQ(f.status5_rows, 1U);
    EXPECT_EQ(f.operations.at(0).status, 5);

    // What the history tells when nothing is in progress any more.
    finish_all();
    panel.exec(
        "INSERT INTO history_item (id, reference, changedate, request_action, status, "
        "status_new) VALUES (1, " +
        id + ", NOW(), 'service.suspend', 2, 5), (2, " + id + ", NOW(), 'vds.open', 5, 2), (3, " +
        id + ", NOW(), 'vds.open', 1, 2), (4, " + id + ", NOW(), 'service.edit', 3, 2)"
    );
    f = facts();
    EXPECT_EQ(f.status5_history, 2U);
    ASSERT_EQ(f.openings.size(), 1U);
    EXPECT_EQ(f.openings[0].function, "vds.open");
    EXPECT_EQ(f.openings[0].count, 2U);
    EXPECT_TRUE(f.openings[0].ours);
    EXPECT_EQ(f.openings[0].itemtype, f.itemtypes.at(0));
}

TEST_F(PanelFactsTest, WhichKeyOpensCryptedParams) {
    FakePanel& panel = start("facts_key");
    const std::string folder =
        (fs::temp_directory_path() / fmt::format("bn-facts-{}", ::getpid())).string();
    fs::create_directories(folder);
    const std::string right = folder + "/right.pem";
    const std::string wrong = folder + "/wrong.pem";
    testing::write_panel_key(right);
    testing::write_panel_key(wrong);
    const std::string item = std::to_string(sample_.items.at(0));
    panel.exec(
        "INSERT INTO itemcryptedparam (item, intname, value) VALUES (" + item +
        ", 'userpassword', '" + testing::crypt_param(right, "pw") + "')"
    );
    PanelFacts f = facts();
    EXPECT_EQ(f.crypted_seen, 1U);
    EXPECT_EQ(f.crypted_open, 0U);
    EXPECT_EQ(f.params.at("userpassword").crypted, 1U);
    settings_.crypt_key_file = right;
    EXPECT_EQ(facts().crypted_open, 1U);
    settings_.crypt_key_file = wrong;
    EXPECT_EQ(facts().crypted_open, 0U);
    EXPECT_EQ(facts().key_problem, "");
    settings_.crypt_key_file = folder + "/none.pem";
    EXPECT_NE(facts().key_problem.find("none.pem"), std::string::npos);
    fs::remove_all(folder);
}

TEST_F(PanelFactsTest, ASampleFileIsNoPanel) {
    settings_.kind = DatabaseKind::kSqlite;
    settings_.sqlite_file = "/nowhere/panel.db";
    const auto read = read_panel_facts(settings_, now());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "panel.kind");
}

// --- the small readings, where they meet the real server

TEST_F(PanelFactsTest, SmallReadingsInFewStatementsWithoutColumnsThatAPanelMayLack) {
    FakePanel& panel = start("facts_reads");
    const auto source = make_panel_source(settings_);
    const auto questions = [&] {
        return std::stoull(panel
                               .value("SELECT variable_value FROM information_schema.global_status "
                                      "WHERE variable_name = 'QUESTIONS'")
                               .value_or("0"));
    };
    auto pending = source->pending_operations();
    ASSERT_TRUE(pending) << pending.error().text();
    ASSERT_FALSE(pending->empty());
    EXPECT_FALSE(pending->front().itemtype.empty());
    auto before = questions();
    ASSERT_TRUE(source->pending_operations());
    EXPECT_EQ(questions() - before, 2U) << "one, and the question itself";

    const auto usage = source->usage_measures();
    ASSERT_TRUE(usage) << usage.error().text();
    const auto active =
        panel.value("SELECT COUNT(*) FROM item WHERE parent IS NULL AND status IN (2, 3)");
    EXPECT_EQ(std::to_string(usage->size()), active);
    panel.exec("ALTER TABLE item DROP FOREIGN KEY item_lastpricelist");
    panel.exec("ALTER TABLE item DROP COLUMN lastpricelist");
    panel.exec("ALTER TABLE runningoperation DROP COLUMN trycount, DROP COLUMN manual");
    panel.exec("DROP TABLE task");
    const auto without = source->pending_operations();
    ASSERT_TRUE(without) << without.error().text();
    EXPECT_EQ(*without, *pending);
    EXPECT_EQ(without->front().itemtype, pending->front().itemtype);
    const auto saved = source->saved_params(pending->front().item);
    ASSERT_TRUE(saved) << saved.error().text();
    EXPECT_TRUE(saved->exists);
    EXPECT_EQ(saved->operations.size(), 1U);
}

}  // namespace
}  // namespace bn::bm_reader::panel_facts_test
