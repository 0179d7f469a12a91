// Usage into a real MariaDB: replaced and never added, all or nothing, and what each failure says.
#include "bm_writer/usage_sink.hpp"

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/panel/fake_panel.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"

namespace bn::bm_writer::usage_sink_test {
namespace {

using bn::testing::FakePanel;
using bn::testing::Id;
using bn::testing::MariaDbAddress;
using bn::testing::PrivateMariaDb;
using ::testing::HasSubstr;
using ::testing::Not;

ItemUsageRow row(Id item, std::string value, std::string param = "disk", Id measure = 4) {
    ItemUsageRow r;
    r.item = ItemId(item);
    r.param = std::move(param);
    r.value = std::move(value);
    r.measure = measure;
    return r;
}

// A panel database of its own, with some items.
struct Place {
    explicit Place(const std::string& name, std::size_t items = 3)
        : panel(FakePanel::create_mariadb(address(name))) {
        const Id server = panel.add_server({});
        const Id tariff = panel.add_tariff({});
        const Id client = panel.add_client("a@example.com", "Anna");
        for (std::size_t i = 0; i < items; ++i) {
            bn::testing::ItemSpec spec;
            spec.account = client;
            spec.tariff = tariff;
            spec.server = server;
            ids.push_back(panel.add_item(spec));
        }
        settings.socket = PrivateMariaDb::shared().socket();
        settings.database = name;
    }

    static MariaDbAddress address(const std::string& database) {
        MariaDbAddress a;
        a.socket = PrivateMariaDb::shared().socket();
        a.database = database;
        return a;
    }

    std::string one(const std::string& sql) { return panel.value(sql).value_or("NULL"); }

    // "count sum" of a day.
    std::string day(const std::string& date) {
        return one(
            "SELECT CONCAT(COUNT(*), ' ', IFNULL(SUM(value), 0)) FROM itemstat WHERE statdate = '" +
            date + "'"
        );
    }

    FakePanel panel;
    std::vector<Id> ids;
    UsageSinkSettings settings;
};

// The schema is not documented: with the key, and without one.
class UsageOnMariaDb : public ::testing::TestWithParam<bool> {
  protected:
    void prepare(Place& place) {
        if (!GetParam()) {
            place.panel.exec("ALTER TABLE itemstat ADD KEY by_item (item)");
            place.panel.exec("ALTER TABLE itemstat DROP KEY item_day_param");
        }
    }

    static std::string name(const char* what) {
        return fmt::format("usage_{}_{}", what, GetParam() ? "key" : "bare");
    }
};

TEST_P(UsageOnMariaDb, ADayWrittenTwiceIsCountedOnce) {
    Place place(name("twice"));
    prepare(place);
    const auto sink = make_mariadb_usage_sink(place.settings);
    const auto first =
        sink->replace("2026-11-22", {row(place.ids[0], "1.5"), row(place.ids[1], "2", "disk", 0)});
    ASSERT_TRUE(first) << first.error().text();
    ASSERT_TRUE(sink->replace("2026-11-21", {row(place.ids[0], "100")}));
    ASSERT_TRUE(sink->replace("2026-11-22", {row(place.ids[0], "1.25", "disk", 3)}));
    ASSERT_TRUE(sink->replace("2026-11-22", {row(place.ids[0], "7", "disc")}));
    EXPECT_EQ(place.day("2026-11-22"), "3 10.2500");
    EXPECT_EQ(place.day("2026-11-21"), "1 100.0000");
    EXPECT_EQ(
        place.one(fmt::format(
            "SELECT CONCAT(value, ' ', measure) FROM itemstat WHERE item = {} AND statdate = "
            "'2026-11-22' AND param = 'disk'",
            place.ids[0]
        )),
        "1.2500 3"
    );
    EXPECT_EQ(
        place.one(fmt::format("SELECT measure FROM itemstat WHERE item = {}", place.ids[1])), "NULL"
    );
}

TEST_P(UsageOnMariaDb, AllOrNothingOverManyBatches) {
    Place place(name("batches"), 1203);
    prepare(place);
    const auto sink = make_mariadb_usage_sink(place.settings);
    std::vector<ItemUsageRow> rows;
    for (const Id id : place.ids) {
        rows.push_back(row(id, "2"));
    }
    ASSERT_TRUE(sink->replace("2026-11-22", rows));
    ASSERT_TRUE(sink->replace("2026-11-22", rows));
    EXPECT_EQ(place.day("2026-11-22"), "1203 2406.0000");
    for (ItemUsageRow& r : rows) {
        r.value = "3";
    }
    rows.push_back(row(place.ids.back() + 1000, "3"));  // an item that is gone, in the last batch
    const auto stale = sink->replace("2026-11-22", rows);
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().code, "panel.stale");
    EXPECT_EQ(stale.error().move, NextMove::kRedoPass);
    EXPECT_EQ(place.day("2026-11-22"), "1203 2406.0000");
}

TEST_P(UsageOnMariaDb, TwoWritersAtOnceDoNotDouble) {
    Place place(name("threads"), 40);
    prepare(place);
    const auto sink = make_mariadb_usage_sink(place.settings);
    std::vector<ItemUsageRow> rows;
    for (const Id id : place.ids) {
        rows.push_back(row(id, "1"));
    }
    ASSERT_TRUE(sink->replace("2026-11-22", rows));
    std::atomic<int> bad = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i) {
                // A deadlock is told as such, and leaves nothing behind.
                const auto done = sink->replace("2026-11-22", rows);
                bad += done || done.error().code == "panel.lost" ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(bad, 0);
    EXPECT_EQ(place.day("2026-11-22"), "40 40.0000");
}

INSTANTIATE_TEST_SUITE_P(UniqueKey, UsageOnMariaDb, ::testing::Bool());

TEST(UsageErrors, AValueThatDoesNotFitIsNotClipped) {
    Place place("usage_clip");
    place.panel.exec("ALTER TABLE itemstat MODIFY value DECIMAL(6,4) NOT NULL");
    const auto answer = make_mariadb_usage_sink(place.settings)
                            ->replace("2026-11-22", {row(place.ids[0], "12345")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.query");
    EXPECT_EQ(place.day("2026-11-22"), "0 0.0000");
}

TEST(UsageErrors, ALockIsWaitedForAndThenTold) {
    Place place("usage_lock");
    place.settings.lock_timeout = std::chrono::seconds(1);
    const auto sink = make_mariadb_usage_sink(place.settings);
    ASSERT_TRUE(sink->replace("2026-11-22", {row(place.ids[0], "1")}));
    place.panel.exec("START TRANSACTION");
    place.panel.exec("UPDATE itemstat SET value = 5");
    const auto locked = sink->replace("2026-11-22", {row(place.ids[0], "2")});
    place.panel.exec("ROLLBACK");
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, "panel.lost");
    EXPECT_EQ(locked.error().move, NextMove::kRetryCall);
    EXPECT_TRUE(sink->replace("2026-11-22", {row(place.ids[0], "2")}));
    EXPECT_EQ(place.day("2026-11-22"), "1 2.0000");
}

TEST(UsageErrors, RightsAndPlaces) {
    Place place("usage_rights");
    place.panel.exec("CREATE OR REPLACE USER 'teller'@'localhost' IDENTIFIED BY 'geheim'");
    place.panel.exec("GRANT SELECT ON usage_rights.* TO 'teller'@'localhost'");
    const std::vector<ItemUsageRow> rows = {row(place.ids[0], "1")};
    const auto with = [&](const auto& change) {
        UsageSinkSettings settings = place.settings;
        settings.user = "teller";
        settings.password = Secret("geheim");
        change(settings);
        auto done = make_mariadb_usage_sink(settings)->replace("2026-11-22", rows);
        if (!done) {
            EXPECT_THAT(done.error().text(), Not(HasSubstr("geheim")));
        }
        return done ? Error() : done.error();
    };
    const Error reader = with([](auto&) {});
    EXPECT_EQ(reader.code, "panel.access");
    EXPECT_THAT(reader.remedy, HasSubstr("GRANT INSERT, UPDATE ON `usage_rights`.itemstat"));
    EXPECT_EQ(with([](auto& s) { s.password = Secret("x"); }).code, "panel.access");
    EXPECT_EQ(with([](auto& s) { s.socket += ".none"; }).code, "panel.connect");
    place.panel.exec("GRANT INSERT, UPDATE ON usage_rights.itemstat TO 'teller'@'localhost'");
    EXPECT_EQ(with([](auto&) {}).code, "");
    EXPECT_EQ(place.day("2026-11-22"), "1 1.0000");
    place.panel.exec("DROP TABLE itemstat");
    EXPECT_EQ(
        make_mariadb_usage_sink(place.settings)->replace("2026-11-22", rows).error().code,
        "panel.schema"
    );
    place.settings.database = "usage_nowhere";
    EXPECT_EQ(
        make_mariadb_usage_sink(place.settings)->replace("2026-11-22", rows).error().code,
        "panel.database"
    );
}

TEST(UsageErrors, ADeadServerIsToldAndComesBack) {
    PrivateMariaDb server;
    MariaDbAddress address;
    address.socket = server.socket();
    address.database = "usage_dead";
    UsageSinkSettings settings;
    settings.socket = server.socket();
    settings.database = "usage_dead";
    Id item = 0;
    {
        FakePanel panel = FakePanel::create_mariadb(address);
        item = panel.add_item({});
        panel.exec("CREATE USER 'net'@'127.0.0.1' IDENTIFIED BY 'geheim'");
        panel.exec("GRANT ALL ON usage_dead.* TO 'net'@'127.0.0.1'");
    }
    const auto sink = make_mariadb_usage_sink(settings);
    ASSERT_TRUE(sink->replace("2026-11-22", {row(item, "1")}));
    server.kill();
    const auto dead = sink->replace("2026-11-22", {row(item, "2")});
    ASSERT_FALSE(dead);
    EXPECT_EQ(dead.error().code, "panel.connect");
    EXPECT_EQ(dead.error().move, NextMove::kRetryCall);
    server.start();
    EXPECT_TRUE(sink->replace("2026-11-22", {row(item, "2")}));
    settings.socket.clear();
    settings.port = server.port();
    settings.user = "net";
    settings.password = Secret("geheim");
    const auto tcp = make_mariadb_usage_sink(settings)->replace("2026-11-22", {row(item, "3")});
    EXPECT_TRUE(tcp) << tcp.error().text();
}

}  // namespace
}  // namespace bn::bm_writer::usage_sink_test
