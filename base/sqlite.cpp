#include "base/sqlite.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sqlite3.h>

namespace bn::base {

namespace {

constexpr Duration kLockedWait = std::chrono::seconds(5);
constexpr std::int64_t kLongestBusyMs = 600'000;

Cell cell(sqlite3_stmt* statement, int column) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        return {};
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return text == nullptr ? Cell(std::string_view("")) : Cell(text, size);
}

}  // namespace

void CloseSqlite::operator()(sqlite3* db) const {
    sqlite3_close(db);
}

OpenedSqlite open_sqlite(const std::string& file, bool writable, Duration busy) {
    sqlite3* raw = nullptr;
    const int flags = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    OpenedSqlite opened;
    opened.code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
    opened.db.reset(raw);
    if (opened.code == SQLITE_OK) {
        sqlite3_busy_timeout(raw, static_cast<int>(std::min(busy.count(), kLongestBusyMs)));
    }
    return opened;
}

Error PanelFile::failed(std::string_view doing, int code) {
    const std::string what = fmt::format(
        "panel file {}: {}: {}", file_, doing, db_ ? sqlite3_errmsg(db_.get()) : "out of memory"
    );
    const auto error = [&](DbTrouble why, NextMove move, const char* name, const char* remedy) {
        trouble_ = why;
        return Error(Concern::kPanel, move, name, what, remedy);
    };
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: {
            Error busy = error(DbTrouble::kBusy, NextMove::kWait, "panel.locked", "");
            busy.wait = kLockedWait;
            return busy;
        }
        case SQLITE_CONSTRAINT:
            trouble_ = DbTrouble::kStale;
            return Error(NextMove::kRedoPass, "panel.stale", what);
        case SQLITE_ERROR:
            return error(
                DbTrouble::kSchema,
                NextMove::kHuman,
                "panel.schema",
                "run 'bill-nextcloud check': it lists what is missing in the panel's tables"
            );
        case SQLITE_CANTOPEN:
            return error(
                DbTrouble::kConnect,
                NextMove::kHuman,
                "panel.connect",
                "check the path and rights of the file"
            );
        case SQLITE_READONLY:
            return error(
                DbTrouble::kAccess, NextMove::kHuman, "panel.access", "make the file writable"
            );
        default:
            return error(
                DbTrouble::kOther,
                NextMove::kHuman,
                "panel.file",
                "check that the file is a database"
            );
    }
}

Result<void> PanelFile::open() {
    if (db_) {
        return {};
    }
    OpenedSqlite opened = open_sqlite(file_, writable_, busy_);
    db_ = std::move(opened.db);
    if (opened.code != SQLITE_OK) {
        Error error = failed("open", opened.code);
        db_.reset();
        return tl::unexpected(std::move(error));
    }
    const char* const sql = writable_ ? "PRAGMA foreign_keys = 1" : "PRAGMA query_only = 1";
    return execute(sql, sql);
}

Result<void> PanelFile::execute(std::string_view doing, const std::string& sql) {
    const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return tl::unexpected(failed(doing, code));
    }
    return {};
}

Result<void> PanelFile::scan(
    std::string_view doing, const std::string& sql, const RowHandler& each
) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &statement, nullptr);
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> owner(
        statement, &sqlite3_finalize
    );
    if (code != SQLITE_OK) {
        return tl::unexpected(failed(doing, code));
    }
    const auto columns =
        std::min(static_cast<std::size_t>(sqlite3_column_count(statement)), kMostColumns);
    std::array<Cell, kMostColumns> cells;
    for (;;) {
        const int step = sqlite3_step(statement);
        if (step == SQLITE_DONE) {
            return {};
        }
        if (step != SQLITE_ROW) {
            return tl::unexpected(failed(doing, step));
        }
        for (std::size_t i = 0; i < columns; ++i) {
            cells[i] = cell(statement, static_cast<int>(i));
        }
        if (!each(Row(cells.data(), columns))) {
            return {};
        }
    }
}

}  // namespace bn::base
