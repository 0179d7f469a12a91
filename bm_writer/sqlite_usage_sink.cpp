#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

#include "bm_writer/usage_rows.hpp"
#include "bm_writer/usage_sink.hpp"

namespace bn::bm_writer {

namespace {

struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }

    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using Db = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

class SqliteUsageSink : public UsageSink {
  public:
    SqliteUsageSink(std::string file, Duration lock_timeout)
        : file_(std::move(file)), lock_timeout_(lock_timeout) {}

    Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) override;

  private:
    [[nodiscard]] Error failed(sqlite3* db, std::string_view doing) const;
    Result<void> execute(sqlite3* db, const char* sql) const;
    Result<Statement> prepare(sqlite3* db, const char* sql) const;
    Result<void> write(sqlite3* db, std::string_view day, const std::vector<ItemUsageRow>& rows)
        const;
    Result<void> run(sqlite3* db, sqlite3_stmt* statement) const;

    std::string file_;
    Duration lock_timeout_;
};

Error SqliteUsageSink::failed(sqlite3* db, std::string_view doing) const {
    const int code = db == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db);
    const std::string what = fmt::format(
        "panel file {}: {}: {}", file_, doing, db == nullptr ? "out of memory" : sqlite3_errmsg(db)
    );
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: {
            Error error(NextMove::kWait, "panel.locked", what);
            error.wait = std::chrono::seconds(5);
            return error;
        }
        case SQLITE_CONSTRAINT:
            return {NextMove::kRedoPass, "panel.stale", what};
        case SQLITE_ERROR:
            return {
                NextMove::kHuman,
                "panel.schema",
                what,
                "the file has no table itemstat as the panel has it"};
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
            return {
                NextMove::kHuman, "panel.access", what, "check the path and rights of the file"};
        default:
            return {NextMove::kHuman, "panel.file", what, "check that the file is a database"};
    }
}

Result<void> SqliteUsageSink::execute(sqlite3* db, const char* sql) const {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return tl::unexpected(failed(db, sql));
    }
    return {};
}

Result<Statement> SqliteUsageSink::prepare(sqlite3* db, const char* sql) const {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db, sql, -1, &raw, nullptr) != SQLITE_OK) {
        return tl::unexpected(failed(db, "write usage"));
    }
    return Statement(raw);
}

Result<void> SqliteUsageSink::run(sqlite3* db, sqlite3_stmt* statement) const {
    const int step = sqlite3_step(statement);
    if (step != SQLITE_DONE) {
        Error error = failed(db, "write usage");
        sqlite3_reset(statement);
        return tl::unexpected(std::move(error));
    }
    sqlite3_reset(statement);
    return {};
}

Result<void> SqliteUsageSink::write(
    sqlite3* db, std::string_view day, const std::vector<ItemUsageRow>& rows
) const {
    const auto remove =
        prepare(db, "DELETE FROM itemstat WHERE item=?1 AND statdate=?2 AND param=?3");
    if (!remove) {
        return tl::unexpected(remove.error());
    }
    const auto insert = prepare(
        db,
        "INSERT INTO itemstat (item, statdate, param, value, measure) VALUES (?1, ?2, ?3, ?4, ?5)"
    );
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    const auto bind = [](sqlite3_stmt* statement, int at, std::string_view text) {
        sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    };
    for (const ItemUsageRow& row : rows) {
        for (sqlite3_stmt* statement : {remove->get(), insert->get()}) {
            sqlite3_bind_int64(statement, 1, row.item.value);
            bind(statement, 2, day);
            bind(statement, 3, row.param);
        }
        bind(insert->get(), 4, row.value);
        if (row.measure == 0) {
            sqlite3_bind_null(insert->get(), 5);
        } else {
            sqlite3_bind_int64(insert->get(), 5, row.measure);
        }
        for (sqlite3_stmt* statement : {remove->get(), insert->get()}) {
            if (auto done = run(db, statement); !done) {
                return done;
            }
        }
    }
    return {};
}

Result<void> SqliteUsageSink::replace(std::string_view day, const std::vector<ItemUsageRow>& rows) {
    if (auto fault = usage_fault(day, rows)) {
        return tl::unexpected(std::move(*fault));
    }
    if (rows.empty()) {
        return {};
    }
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(file_.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
    const Db db(raw);
    if (opened != SQLITE_OK) {
        return tl::unexpected(failed(raw, "open"));
    }
    sqlite3_extended_result_codes(raw, 0);
    sqlite3_busy_timeout(
        raw, static_cast<int>(std::min<std::int64_t>(lock_timeout_.count(), 600000))
    );
    // An uncommitted transaction ends with the connection.
    if (auto on = execute(raw, "PRAGMA foreign_keys = 1"); !on) {
        return on;
    }
    if (auto begun = execute(raw, "BEGIN IMMEDIATE"); !begun) {
        return begun;
    }
    if (auto written = write(raw, day, rows); !written) {
        return written;
    }
    return execute(raw, "COMMIT");
}

}  // namespace

std::unique_ptr<UsageSink> make_sqlite_usage_sink(std::string file, Duration lock_timeout) {
    return std::make_unique<SqliteUsageSink>(std::move(file), lock_timeout);
}

}  // namespace bn::bm_writer
