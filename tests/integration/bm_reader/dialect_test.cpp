// A panel of any age and setting is read the same: modes of SQL, character sets, and a server that
// takes names of tables in any case. Each on a real server of its kind; what the SQL texts may say
// at all is for arch_dialect.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bm_reader/panel_facts.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_writer/usage_sink.hpp"
#include "tests/fakes/panel/sample.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"

namespace bn::bm_reader::dialect_test {
namespace {

using testing::FakePanel;
using testing::Id;
using testing::PrivateMariaDb;

struct Kind {
    const char* name;
    const char* sql_mode;  // of the server, for every new session
    const char* charset;   // of all tables
};

constexpr Kind kKinds[] = {
    {"plain", "", "utf8mb4"},
    {"strict",
     "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
     "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
     "utf8mb4"},
    {"ansi", "ANSI,ONLY_FULL_GROUP_BY,NO_BACKSLASH_ESCAPES", "utf8mb4"},
    {"padded", "PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE,NO_UNSIGNED_SUBTRACTION", "utf8mb4"},
    {"oracle", "ORACLE", "utf8mb4"},
    {"three_bytes", "STRICT_ALL_TABLES", "utf8"},
    {"cyrillic", "STRICT_ALL_TABLES", "cp1251"},
};

// What a person or a cloud gets to see of it, in letters that cp1251 has.
std::string described(const DesiredSnapshot& snapshot) {
    std::string out = snapshot.complete ? "complete\n" : snapshot.incomplete_reason;
    for (const DesiredServer& server : snapshot.servers) {
        out += fmt::format("{} {} {}\n", server.name, server.base_url, server.login);
        for (std::size_t i = 0; i < server.accounts.size(); ++i) {
            const DesiredAccount a = server.accounts[i];
            out += fmt::format(
                "{} {} '{}' {} {} {} {}{}{}\n",
                a.item.value,
                a.login,
                a.display_name,
                a.email,
                a.group,
                to_string(a.quota),
                to_string(a.wanted),
                a.held,
                a.in_progress
            );
        }
    }
    for (const Hold& hold : snapshot.holds) {
        out += fmt::format("{} {} {}\n", hold.item.value, hold.where, hold.detail);
    }
    return out;
}

// One server for all kinds; the mode is that of whoever connects after it was set.
class Dialect : public ::testing::Test {
  protected:
    static PrivateMariaDb& server() {
        static PrivateMariaDb own({"--lower-case-table-names=1"});
        return own;
    }

    // A panel with a client, a tariff and a group in Russian. Its database has a capital letter.
    static FakePanel panel(const Kind& kind) {
        testing::MariaDbAddress address;
        address.socket = server().socket();
        address.database = fmt::format("Panel_{}", kind.name);
        FakePanel panel = FakePanel::create_mariadb(address);
        const testing::SampleIds sample = testing::fill_sample(panel, {testing::ServerSpec{}});
        panel.exec("UPDATE `user` SET realname = 'Ёлкина Анна' ORDER BY id LIMIT 1");
        panel.exec("UPDATE processingmodule SET name = 'Облако № один'");
        panel.set_group(sample.small, "Бухгалтерия");
        panel.exec("SET FOREIGN_KEY_CHECKS = 0");
        for (const char* const table :
             {"account",
              "history_item",
              "item",
              "itemcryptedparam",
              "itemparam",
              "itemstat",
              "itemtype",
              "measure",
              "pricelist",
              "pricelistparam",
              "processingcryptedparam",
              "processingmodule",
              "processingmodule2pricelist",
              "processingparam",
              "runningoperation",
              "task",
              "`user`"}) {
            panel.exec(
                fmt::format("ALTER TABLE {} CONVERT TO CHARACTER SET {}", table, kind.charset)
            );
        }
        panel.exec(fmt::format("SET GLOBAL sql_mode = '{}'", kind.sql_mode));
        return panel;
    }

    static PanelSettings settings(const Kind& kind) {
        PanelSettings settings;
        settings.socket = server().socket();
        settings.database = fmt::format("Panel_{}", kind.name);
        return settings;
    }
};

TEST_F(Dialect, EveryPanelReadsTheSame) {
    std::string plain;
    for (const Kind& kind : kKinds) {
        SCOPED_TRACE(kind.name);
        const FakePanel built = panel(kind);
        const auto source = make_panel_source(settings(kind));
        const auto snapshot = source->read({});
        ASSERT_TRUE(snapshot) << snapshot.error().text();
        const std::string text = described(*snapshot);
        plain = plain.empty() ? text : plain;
        EXPECT_EQ(text, plain);
        EXPECT_NE(text.find("Ёлкина Анна"), std::string::npos) << text;
        EXPECT_NE(text.find("Бухгалтерия"), std::string::npos) << text;
        EXPECT_EQ(snapshot->servers.at(0).managed_groups.size(), 2U);
        EXPECT_GT(snapshot->mark.next_item, 0U);
        const auto pending = source->pending_operations();
        ASSERT_TRUE(pending) << pending.error().text();
        EXPECT_FALSE(pending->empty());
        const auto saved = source->saved_params(snapshot->items.front());
        ASSERT_TRUE(saved) << saved.error().text();
        EXPECT_TRUE(saved->plain.contains("username"));
    }
}

TEST_F(Dialect, EveryPanelIsCheckedTheSame) {
    const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    for (const Kind& kind : kKinds) {
        SCOPED_TRACE(kind.name);
        const FakePanel built = panel(kind);
        const auto report = check_panel(settings(kind), now);
        ASSERT_TRUE(report) << report.error().text();
        EXPECT_TRUE(report->missing_columns.empty());
        EXPECT_FALSE(report->offers.empty());
        const auto facts = read_panel_facts(settings(kind), now);
        ASSERT_TRUE(facts) << facts.error().text();
        EXPECT_TRUE(missing_columns(*facts).empty());
        EXPECT_EQ(facts->may_insert_usage, true);
        EXPECT_EQ(
            facts->table("itemparam")->columns.at("value").charset.starts_with("utf8"),
            std::string_view(kind.charset).starts_with("utf8")
        );
        EXPECT_EQ(facts->servers.begin()->second, "Облако № один");
        ASSERT_TRUE(find_plain_credentials(settings(kind)));
    }
}

TEST_F(Dialect, UsageIsWrittenTheSameAndOnce) {
    for (const Kind& kind : kKinds) {
        SCOPED_TRACE(kind.name);
        FakePanel built = panel(kind);
        const auto measures = make_panel_source(settings(kind))->usage_measures();
        ASSERT_TRUE(measures) << measures.error().text();
        ASSERT_FALSE(measures->empty());
        const UsageMeasure& first = measures->front();
        ItemUsageRow row;
        row.item = first.item;
        row.param = first.param;
        row.measure = first.measure;
        const base::MariaDbSettings database = settings(kind);
        const auto sink =
            bm_writer::make_mariadb_usage_sink(bm_writer::UsageSinkSettings{database});
        for (const char* const value : {"1.5", "2.25"}) {
            row.value = value;
            const auto written = sink->replace("2026-11-22", {row});
            ASSERT_TRUE(written) << written.error().text();
        }
        EXPECT_EQ(built.value("SELECT SUM(value) FROM itemstat"), "2.2500");
        // What does not fit is refused whatever the server would do by itself.
        row.measure = 4'000'000'000;
        EXPECT_FALSE(sink->replace("2026-11-22", {row}));
        EXPECT_EQ(built.value("SELECT SUM(value) FROM itemstat"), "2.2500");
    }
}

}  // namespace
}  // namespace bn::bm_reader::dialect_test
