// What may be written to itemstat, and writing it to a file.
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "bm_writer/usage_sink.hpp"

namespace bn::bm_writer::usage_rows_test {
namespace {

ItemUsageRow row(std::uint32_t item, std::string value, std::string param = "disk") {
    ItemUsageRow r;
    r.item = ItemId(item);
    r.param = std::move(param);
    r.value = std::move(value);
    r.measure = 4;
    return r;
}

TEST(UsageRows, Amounts) {
    for (const char* good : {"0", "12", "0.5", "10.1234", "999999999999999999.9999"}) {
        EXPECT_TRUE(is_usage_value(good)) << good;
    }
    for (const char* bad :
         {"",
          ".",
          "1.",
          ".5",
          "-1",
          "+1",
          "1e5",
          "1.12345",
          "1234567890123456789",
          "1,5",
          " 1",
          "1;DROP",
          "nan",
          "null"}) {
        EXPECT_FALSE(is_usage_value(bad)) << bad;
    }
}

TEST(UsageRows, FaultsAreOurOwnFault) {
    EXPECT_FALSE(usage_fault("2026-11-22", {row(1, "1"), row(1, "2", "disc"), row(2, "1")}));
    for (const char* day :
         {"", "2026-11-31", "2026-13-01", "22.11.2026", "2026-1-1", "2026-11-22'"}) {
        ASSERT_TRUE(usage_fault(day, {row(1, "1")})) << day;
    }
    for (const auto& rows : std::vector<std::vector<ItemUsageRow>>{
             {row(0, "1")},
             {row(1, "x")},
             {row(1, "1", "di'sk")},
             {row(1, "1", "")},
             {row(1, "1", std::string(65, 'a'))},
             {row(1, "1"), row(1, "2")}}) {
        const auto fault = usage_fault("2026-11-22", rows);
        ASSERT_TRUE(fault);
        EXPECT_EQ(fault->code, "panel.usage");
        EXPECT_EQ(fault->move, NextMove::kBug);
    }
}

class SqliteSink : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        file_ = (std::filesystem::temp_directory_path() /
                 fmt::format("bn-usage-{}-{}.db", ::getpid(), GetParam()))
                    .string();
        std::filesystem::remove(file_);
        ASSERT_EQ(sqlite3_open(file_.c_str(), &db_), SQLITE_OK);
        exec(fmt::format(
            "CREATE TABLE itemstat (id INTEGER PRIMARY KEY, item INT NOT NULL, statdate TEXT NOT "
            "NULL, param TEXT NOT NULL, value NUMERIC NOT NULL, measure INT{})",
            GetParam() ? ", UNIQUE (item, statdate, param)" : ""
        ));
    }

    void TearDown() override {
        sqlite3_close(db_);
        std::filesystem::remove(file_);
    }

    void exec(const std::string& sql) {
        char* error = nullptr;
        ASSERT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    }

    std::string all() {
        std::string text;
        sqlite3_exec(
            db_,
            "SELECT item || ' ' || statdate || ' ' || param || ' ' || value || ' ' || "
            "ifnull(measure, 'none') FROM itemstat ORDER BY item, statdate, param, value",
            [](void* out, int, char** columns, char**) {
                *static_cast<std::string*>(out) += std::string(columns[0]) + "\n";
                return 0;
            },
            &text,
            nullptr
        );
        return text;
    }

    std::string file_;
    sqlite3* db_ = nullptr;
};

TEST_P(SqliteSink, ReplacesADayWithOrWithoutAUniqueKey) {
    const auto sink = make_sqlite_usage_sink(file_);
    ItemUsageRow without = row(2, "3");
    without.measure = 0;
    ASSERT_TRUE(sink->replace("2026-11-22", {row(1, "1.5"), without}));
    ASSERT_TRUE(sink->replace("2026-11-23", {row(1, "9")}));
    ASSERT_TRUE(sink->replace("2026-11-22", {row(1, "2.25"), row(1, "7", "disc")}));
    EXPECT_EQ(
        all(),
        "1 2026-11-22 disc 7 4\n1 2026-11-22 disk 2.25 4\n1 2026-11-23 disk 9 4\n"
        "2 2026-11-22 disk 3 none\n"
    );
    EXPECT_TRUE(sink->replace("2026-11-22", {}));
}

TEST_P(SqliteSink, AllOrNothing) {
    exec(
        "CREATE TRIGGER no_three BEFORE INSERT ON itemstat WHEN new.item = 3 BEGIN SELECT "
        "RAISE(ABORT, 'no'); END"
    );
    const auto sink = make_sqlite_usage_sink(file_);
    ASSERT_TRUE(sink->replace("2026-11-22", {row(1, "1")}));
    const auto failed = sink->replace("2026-11-22", {row(1, "5"), row(3, "5")});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "panel.stale");
    EXPECT_EQ(failed.error().concern, Concern::kCall);
    EXPECT_EQ(all(), "1 2026-11-22 disk 1 4\n");
}

TEST_P(SqliteSink, ErrorsSayWhatToDo) {
    exec("BEGIN IMMEDIATE");
    const auto locked = make_sqlite_usage_sink(file_, std::chrono::milliseconds(10))
                            ->replace("2026-11-22", {row(1, "1")});
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, "panel.locked");
    EXPECT_EQ(locked.error().concern, Concern::kPanel);
    EXPECT_EQ(locked.error().move, NextMove::kWait);
    exec("ROLLBACK");
    exec("DROP TABLE itemstat");
    const auto schema = make_sqlite_usage_sink(file_)->replace("2026-11-22", {row(1, "1")});
    ASSERT_FALSE(schema);
    EXPECT_EQ(schema.error().code, "panel.schema");
    const auto missing =
        make_sqlite_usage_sink(file_ + ".no")->replace("2026-11-22", {row(1, "1")});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "panel.connect");
    EXPECT_FALSE(std::filesystem::exists(file_ + ".no"));
}

INSTANTIATE_TEST_SUITE_P(UniqueKey, SqliteSink, ::testing::Bool());

}  // namespace
}  // namespace bn::bm_writer::usage_rows_test
