// The panel's tables in an SQLite file: samples and tests. Opened read-only.
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <sqlite3.h>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::size_t kMostColumns = 16;

struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }

    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class SqliteRows : public RowSource {
  public:
    explicit SqliteRows(const PanelSettings& settings)
        : file_(settings.sqlite_file), timeout_(settings.read_timeout) {}

    Result<void> begin() override {
        if (auto opened = open(); !opened) {
            return opened;
        }
        return execute("BEGIN");
    }

    void end() noexcept override {
        if (db_ && sqlite3_get_autocommit(db_.get()) == 0) {
            sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override {
        if (auto opened = open(); !opened) {
            return opened;
        }
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) {
            return tl::unexpected(failed(name));
        }
        const std::unique_ptr<sqlite3_stmt, Close> statement(raw);
        const auto columns = static_cast<std::size_t>(sqlite3_column_count(raw));
        std::array<Cell, kMostColumns> cells;
        for (;;) {
            const int step = sqlite3_step(raw);
            if (step == SQLITE_DONE) {
                return {};
            }
            if (step != SQLITE_ROW) {
                return tl::unexpected(failed(name));
            }
            for (std::size_t i = 0; i < columns; ++i) {
                cells[i] = cell(raw, static_cast<int>(i));
            }
            if (!each(Row(cells.data(), columns))) {
                return {};
            }
        }
    }

  private:
    static Cell cell(sqlite3_stmt* statement, int column) {
        if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
            return {};
        }
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return text == nullptr ? Cell(std::string_view("")) : Cell(text, size);
    }

    Result<void> open() {
        if (db_) {
            return {};
        }
        sqlite3* raw = nullptr;
        const int opened = sqlite3_open_v2(file_.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
        db_.reset(raw);
        if (opened != SQLITE_OK) {
            Error error = failed("open");
            db_.reset();
            return tl::unexpected(std::move(error));
        }
        sqlite3_busy_timeout(raw, static_cast<int>(std::min<std::int64_t>(timeout_.count(), 5000)));
        return execute("PRAGMA query_only = 1");
    }

    Result<void> execute(const char* sql) {
        if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
            Error error = failed(sql);
            db_.reset();
            return tl::unexpected(std::move(error));
        }
        return {};
    }

    [[nodiscard]] Error failed(std::string_view name) const {
        const int code = db_ ? sqlite3_errcode(db_.get()) : SQLITE_CANTOPEN;
        const std::string text = db_ ? sqlite3_errmsg(db_.get()) : "out of memory";
        const std::string what = fmt::format("panel file {}: {}: {}", file_, name, text);
        switch (code) {
            case SQLITE_BUSY:
            case SQLITE_LOCKED: {
                Error error(NextMove::kWait, "panel.locked", what);
                error.wait = std::chrono::seconds(5);
                return error;
            }
            case SQLITE_ERROR:
                return {
                    NextMove::kHuman,
                    "panel.schema",
                    what,
                    "run 'bill-nextcloud check': it lists what is missing in the panel's tables"};
            case SQLITE_CANTOPEN:
                return {
                    NextMove::kHuman,
                    "panel.connect",
                    what,
                    "check the path and rights of the file"};
            default:
                return {NextMove::kHuman, "panel.file", what, "check that the file is a database"};
        }
    }

    std::string file_;
    Duration timeout_;
    std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace

std::unique_ptr<RowSource> make_sqlite_rows(const PanelSettings& settings) {
    return std::make_unique<SqliteRows>(settings);
}

}  // namespace bn::bm_reader
