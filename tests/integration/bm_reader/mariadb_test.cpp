// The reader on a real MariaDB: one consistent view, a constant number of statements, rights,
// classes of errors, and the same answer as on SQLite.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/snapshot_reader.hpp"
#include "tests/fakes/panel/bulk.hpp"
#include "tests/fakes/panel/sample.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"

namespace bn::bm_reader::mariadb_test {
namespace {

namespace fs = std::filesystem;
using testing::FakePanel;
using testing::Id;
using testing::MariaDbAddress;
using testing::PrivateMariaDb;

MariaDbAddress address(const PrivateMariaDb& server, const std::string& database) {
    MariaDbAddress a;
    a.socket = server.socket();
    a.database = database;
    return a;
}

PanelSettings settings_for(const PrivateMariaDb& server, const std::string& database) {
    PanelSettings settings;
    settings.socket = server.socket();
    settings.database = database;
    return settings;
}

// Everything of a snapshot that should not depend on the database, as text.
std::string describe(const DesiredSnapshot& snapshot) {
    std::string out = fmt::format("complete {}\n", snapshot.complete);
    for (const DesiredServer& s : snapshot.servers) {
        out += fmt::format(
            "server {} {} {} {} {} {}\n",
            s.id.value,
            s.name,
            s.base_url,
            s.login,
            s.password.reveal().size(),
            s.problem
        );
        for (const std::string& group : s.managed_groups) {
            out += "group " + group + "\n";
        }
        for (std::size_t i = 0; i < s.accounts.size(); ++i) {
            const DesiredAccount a = s.accounts[i];
            out += fmt::format(
                "{} {} {} '{}' {} {} {} {}{}{}\n",
                a.item.value,
                a.login,
                a.email,
                a.display_name,
                a.group,
                a.quota.is_bytes() ? a.quota.count() : -1,
                to_string(a.wanted),
                a.held,
                a.login_saved,
                a.in_progress
            );
        }
    }
    for (const Hold& h : snapshot.holds) {
        out +=
            fmt::format("hold {} {} {} {}\n", h.item.value, to_string(h.code), h.where, h.detail);
    }
    for (const ItemId item : snapshot.items) {
        out += fmt::format("row {}\n", item.value);
    }
    return out;
}

std::uint64_t questions(FakePanel& panel) {
    return std::stoull(panel
                           .value("SELECT variable_value FROM information_schema.global_status "
                                  "WHERE variable_name = 'QUESTIONS'")
                           .value_or("0"));
}

TEST(PanelOnMariaDb, SaysTheSameAsSqlite) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    const std::string file =
        (fs::temp_directory_path() / fmt::format("bn-same-{}.db", ::getpid())).string();
    FakePanel on_mariadb = FakePanel::create_mariadb(address(server, "same"));
    FakePanel on_sqlite = FakePanel::create_sqlite(file);
    const std::string pem = file + ".pem";
    testing::write_panel_key(pem);
    for (FakePanel* panel : {&on_mariadb, &on_sqlite}) {
        testing::ServerSpec second;
        second.base_url = "https://b.example/nc/";
        second.crypt_pem = pem;
        testing::fill_sample(*panel, {testing::ServerSpec{}, second});
    }
    PanelSettings mariadb = settings_for(server, "same");
    PanelSettings sqlite;
    sqlite.kind = DatabaseKind::kSqlite;
    sqlite.sqlite_file = file;
    mariadb.crypt_key_file = sqlite.crypt_key_file = pem;
    const auto a = make_panel_source(mariadb)->read({});
    const auto b = make_panel_source(sqlite)->read({});
    ASSERT_TRUE(a) << a.error().text();
    ASSERT_TRUE(b) << b.error().text();
    EXPECT_EQ(describe(*a), describe(*b));
    EXPECT_EQ(a->servers.size(), 2U);
    EXPECT_EQ(a->servers[1].base_url, "https://b.example/nc");
    EXPECT_EQ(a->servers[1].password.reveal(), "secret");
    EXPECT_EQ(a->items.size(), 12U);
    EXPECT_EQ(a->holds.size(), 1U);
    for (const char* suffix : {"", "-wal", "-shm", ".pem"}) {
        fs::remove(file + suffix);
    }
}

TEST(PanelOnMariaDb, FewStatementsHoweverManyItems) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    FakePanel panel = FakePanel::create_mariadb(address(server, "many"));
    const Id cloud = panel.add_server({});
    const Id tariff = panel.add_tariff({});
    const Id disk = panel.disk_of(tariff);
    const auto source = make_panel_source(settings_for(server, "many"));
    const auto statements_of_a_read = [&](std::size_t accounts) {
        const std::uint64_t before = questions(panel);
        const auto snapshot = source->read({});
        EXPECT_TRUE(snapshot) << snapshot.error().text();
        EXPECT_EQ(snapshot->servers.at(0).accounts.size(), accounts);
        EXPECT_TRUE(snapshot->holds.empty());
        return questions(panel) - before;
    };
    statements_of_a_read(0);  // connects
    testing::add_many(panel, cloud, tariff, disk, 1, 10);
    const std::uint64_t few = statements_of_a_read(10);
    testing::add_many(panel, cloud, tariff, disk, 11, 5000);
    EXPECT_EQ(statements_of_a_read(5010), few);
    EXPECT_LE(few, 20U);
}

TEST(PanelOnMariaDb, OneViewWhileThePanelWrites) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    FakePanel panel = FakePanel::create_mariadb(address(server, "view"));
    const Id cloud = panel.add_server({});
    const Id tariff = panel.add_tariff({});
    testing::add_many(panel, cloud, tariff, panel.disk_of(tariff), 1, 300);
    const PanelSettings settings = settings_for(server, "view");
    const auto rows = make_row_source(settings);
    ASSERT_TRUE(rows->begin());

    // A panel that changes everything between any two scans of the reader.
    class Meddling : public RowSource {
      public:
        Meddling(RowSource& inner, FakePanel& panel) : inner_(inner), panel_(panel) {}

        Result<void> begin() override { return {}; }

        void end() noexcept override {}

        Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
            override {
            panel_.exec("UPDATE pricelist SET addonlimit = addonlimit + 1 WHERE parent > 0");
            panel_.exec("UPDATE item SET intvalue = intvalue + 1 WHERE parent IS NOT NULL");
            panel_.exec("UPDATE itemparam SET value = CONCAT(value, 'x')");
            panel_.exec("UPDATE `user` SET email = CONCAT('x', email)");
            panel_.exec("DELETE FROM item WHERE parent IS NULL ORDER BY id DESC LIMIT 1");
            return inner_.scan(name, sql, each);
        }

      private:
        RowSource& inner_;
        FakePanel& panel_;
    };

    const auto before = make_panel_source(settings)->read({});
    Meddling meddling(*rows, panel);
    const auto during = read_snapshot(meddling, settings, {});
    rows->end();
    ASSERT_TRUE(before);
    ASSERT_TRUE(during) << during.error().text();
    EXPECT_EQ(describe(*during), describe(*before));
    const auto after = make_panel_source(settings)->read({});
    ASSERT_TRUE(after);
    EXPECT_NE(describe(*after), describe(*before));
}

TEST(PanelOnMariaDb, ReadingNeedsNoOtherRight) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    FakePanel panel = FakePanel::create_mariadb(address(server, "rights"));
    testing::fill_sample(panel, {testing::ServerSpec{}});
    panel.exec("CREATE OR REPLACE USER 'reader'@'localhost' IDENTIFIED BY 'pw'");
    panel.exec("CREATE OR REPLACE USER 'writer'@'localhost' IDENTIFIED BY 'pw'");
    panel.exec("CREATE OR REPLACE USER 'nobody'@'localhost' IDENTIFIED BY 'pw'");
    panel.exec("GRANT SELECT ON rights.* TO 'reader'@'localhost'");
    panel.exec("GRANT SELECT, INSERT, UPDATE ON rights.* TO 'writer'@'localhost'");
    const auto sums = [&] {
        return panel.value("SELECT COUNT(*) FROM item").value_or("") + "/" +
               panel.value("SELECT GROUP_CONCAT(status ORDER BY id) FROM item").value_or("");
    };
    const std::string before = sums();
    PanelSettings settings = settings_for(server, "rights");
    settings.user = "reader";
    settings.password = Secret("pw");
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    EXPECT_TRUE(make_panel_source(settings)->read(now));
    auto report = check_panel(settings, now);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->rights, "SELECT");
    EXPECT_TRUE(report->missing_columns.empty());
    EXPECT_EQ(report->charset, "utf8mb4");
    EXPECT_NE(report->server_version.find("MariaDB"), std::string::npos);
    EXPECT_LE(std::chrono::abs(*report->clock_skew), std::chrono::seconds(5));
    settings.user = "writer";
    report = check_panel(settings, now);
    EXPECT_EQ(report->rights, "INSERT, UPDATE");
    EXPECT_EQ(sums(), before);

    settings.user = "nobody";
    auto refused = make_panel_source(settings)->read(now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().move, NextMove::kHuman);
    EXPECT_EQ(refused.error().code, "panel.access");
    EXPECT_NE(refused.error().remedy.find("GRANT SELECT ON `rights`.*"), std::string::npos);
    settings.user = "reader";
    settings.password = Secret("hunter2");
    refused = make_panel_source(settings)->read(now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "panel.access");
    EXPECT_EQ(refused.error().text().find("hunter2"), std::string::npos);
}

TEST(PanelOnMariaDb, MissingColumnIsNamed) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    FakePanel panel = FakePanel::create_mariadb(address(server, "columns"));
    panel.exec("ALTER TABLE item DROP COLUMN abusesuspend");
    panel.exec("DROP TABLE processingcryptedparam");
    const PanelSettings settings = settings_for(server, "columns");
    const auto report = check_panel(settings, {});
    ASSERT_TRUE(report) << report.error().text();
    const std::vector<std::string> missing = {
        "item.abusesuspend", "processingcryptedparam (table)"};
    EXPECT_EQ(report->missing_columns, missing);
    panel.exec(
        "CREATE TABLE processingcryptedparam (processingmodule INT, intname TEXT, value TEXT)"
    );
    const auto snapshot = make_panel_source(settings)->read({});
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().code, "panel.schema");
    EXPECT_NE(snapshot.error().what.find("abusesuspend"), std::string::npos);
}

TEST(PanelOnMariaDb, NumbersBeyondOurIdsHold) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    FakePanel panel = FakePanel::create_mariadb(address(server, "wide"));
    const Id cloud = panel.add_server({});
    const Id tariff = panel.add_tariff({});
    testing::add_many(panel, cloud, tariff, panel.disk_of(tariff), 1, 3);
    panel.exec("SET FOREIGN_KEY_CHECKS = 0");
    // Keys to item.id would forbid another type of it.
    panel.exec("DROP TABLE itemcryptedparam, itemstat");
    for (const std::string table : {"itemparam", "runningoperation"}) {
        panel.exec("CREATE TABLE copy LIKE " + table);
        panel.exec("INSERT INTO copy SELECT * FROM " + table);
        panel.exec("DROP TABLE " + table);
        panel.exec("RENAME TABLE copy TO " + table);
    }
    panel.exec("ALTER TABLE item DROP FOREIGN KEY item_parent");
    panel.exec("ALTER TABLE item MODIFY id BIGINT NOT NULL");
    panel.exec("UPDATE item SET id = 5000000000 WHERE id = 2");
    const auto snapshot = make_panel_source(settings_for(server, "wide"))->read({});
    ASSERT_TRUE(snapshot) << snapshot.error().text();
    EXPECT_TRUE(snapshot->complete);
    ASSERT_EQ(snapshot->holds.size(), 1U);
    EXPECT_NE(snapshot->holds[0].where.find("5000000000"), std::string::npos);
    EXPECT_EQ(snapshot->servers.at(0).accounts.size(), 2U);
}

TEST(PanelOnMariaDb, AnIdleConnectionThatWasClosedIsReplaced) {
    PrivateMariaDb& server = PrivateMariaDb::shared();
    FakePanel panel = FakePanel::create_mariadb(address(server, "idle"));
    panel.add_server({});
    const auto source = make_panel_source(settings_for(server, "idle"));
    ASSERT_TRUE(source->read({}));
    const auto kill_ours = [&] {
        const auto id = panel.value(
            "SELECT id FROM information_schema.processlist WHERE db = 'idle' "
            "AND id <> CONNECTION_ID()"
        );
        ASSERT_TRUE(id.has_value());
        panel.exec("KILL " + *id);
    };
    kill_ours();
    EXPECT_TRUE(source->read({}));
    kill_ours();
    EXPECT_TRUE(source->pending_operations());
}

TEST(PanelOnMariaDb, ServerKilledWhileWeRead) {
    PrivateMariaDb server;
    FakePanel panel = FakePanel::create_mariadb(address(server, "killed"));
    const Id cloud = panel.add_server({});
    const Id tariff = panel.add_tariff({});
    testing::add_many(panel, cloud, tariff, panel.disk_of(tariff), 1, 20'000);
    const PanelSettings settings = settings_for(server, "killed");
    const auto rows = make_row_source(settings);
    ASSERT_TRUE(rows->begin());
    std::size_t seen = 0;
    const auto done = rows->scan("services", std::string(queries::kServices.sql), [&](Row) {
        if (++seen == 10) {
            server.kill();
        }
        return true;
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().move, NextMove::kRetryCall) << done.error().text();
    EXPECT_EQ(done.error().code, "panel.lost");
    EXPECT_LT(seen, 20'000U);
    // The rest of that reading must not go on with a new connection, and another view.
    EXPECT_FALSE(rows->scan("services", std::string(queries::kServices.sql), [](Row) {
        return true;
    }));
    rows->end();

    const auto source = make_panel_source(settings);
    const auto refused = source->read({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().move, NextMove::kRetryCall);
    EXPECT_EQ(refused.error().code, "panel.connect");
    server.start();
    const auto back = source->read({});
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->servers.at(0).accounts.size(), 20'000U);
}

TEST(PanelOnMariaDb, LimitsOfTheServerCutNothing) {
    PrivateMariaDb server;
    FakePanel panel = FakePanel::create_mariadb(address(server, "limits"));
    const Id cloud = panel.add_server({});
    const Id tariff = panel.add_tariff({});
    testing::add_many(panel, cloud, tariff, panel.disk_of(tariff), 1, 60);
    panel.exec("CREATE USER 'reader'@'localhost' IDENTIFIED BY 'pw'");
    panel.exec("GRANT SELECT ON limits.* TO 'reader'@'localhost'");
    PanelSettings settings = settings_for(server, "limits");
    settings.user = "reader";
    settings.password = Secret("pw");
    const auto before = make_panel_source(settings)->read({});
    ASSERT_TRUE(before) << before.error().text();
    EXPECT_GT(before->mark.next_item, 60U);
    panel.exec("SET GLOBAL sql_select_limit = 10");
    panel.exec(
        "SET GLOBAL init_connect = 'SET SESSION sql_select_limit = 7, autocommit = 0, "
        "completion_type = 1, max_join_size = 100, sql_mode = "
        "''ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH"
        "'', tx_isolation = ''READ-UNCOMMITTED'''"
    );
    const auto source = make_panel_source(settings);
    const auto after = source->read({});
    ASSERT_TRUE(after) << after.error().text();
    EXPECT_EQ(describe(*after), describe(*before));
    // A look outside of a view is a fresh one each time.
    EXPECT_TRUE(source->pending_operations()->empty());
    panel.exec("INSERT INTO runningoperation (id, item, intname) VALUES (900, 1, 'suspend')");
    EXPECT_EQ(source->pending_operations()->size(), 1U);
    panel.exec("DELETE FROM item WHERE id = (SELECT * FROM (SELECT MAX(id) FROM item) newest)");
    EXPECT_FALSE(is_older(source->read({})->mark, before->mark)) << "a removed row is no way back";
}

TEST(PanelOnMariaDb, SessionThatIsNotAsAskedForIsRefused) {
    base::MariaDbSettings settings = settings_for(PrivateMariaDb::shared(), "mysql");
    settings.session = {{"not_a_variable", "1", "1"}, {"sql_select_limit", "7", "7"}};
    EXPECT_TRUE(base::MariaDb(settings).open()) << "an older server does not know them all";
    settings.session = {{"sql_select_limit", "7", "8"}};
    const auto refused = base::MariaDb(settings).open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "panel.session");
    EXPECT_EQ(refused.error().move, NextMove::kHuman);
}

TEST(PanelOnMariaDb, AnAnswerOfOtherColumnsIsNotRead) {
    base::MariaDb db(settings_for(PrivateMariaDb::shared(), "mysql"));
    ASSERT_TRUE(db.open());
    bool read = false;
    const auto each = [&read](base::Row) { return read = true; };
    // One is expected, for the escaped quote looks like the end of the text; two come.
    const auto refused = db.scan("read", "SELECT 'a\\'', 2", each);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "panel.lost");
    EXPECT_TRUE(db.gone()) << "what comes next over it is not known";
    EXPECT_FALSE(read);
}

}  // namespace
}  // namespace bn::bm_reader::mariadb_test
