#include "bm_reader/row_source.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/mariadb.hpp"
#include "base/mariadb_rights.hpp"
#include "base/sqlite.hpp"
#include "base/text.hpp"
#include "bm_reader/panel_source.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::string_view kNoLimit = "18446744073709551615";

// What could cut, change or age the rows that a server shows without an error.
constexpr base::SessionSetting kSession[] = {
    {"sql_select_limit", kNoLimit, kNoLimit},
    {"max_join_size", kNoLimit, kNoLimit},
    {"sql_big_selects", "1", "1"},  // a change of max_join_size turns it off
    {"sql_mode", "''", ""},
    {"sql_auto_is_null", "0", "0"},
    {"autocommit", "1", "1"},              // else a look outside of a view goes on in an old one
    {"completion_type", "0", "NO_CHAIN"},  // the same after a view has ended
    {"time_zone", "'+00:00'", "+00:00"},
    {"tx_isolation", "'REPEATABLE-READ'", "REPEATABLE-READ"},
    {"transaction_isolation", "'REPEATABLE-READ'", "REPEATABLE-READ"},
    {"system_versioning_asof", "DEFAULT", "DEFAULT"},
    {"information_schema_stats_expiry", "0", "0"},
};

base::MariaDbSettings connection_settings(const PanelSettings& settings) {
    base::MariaDbSettings out = static_cast<const base::MariaDbSettings&>(settings);
    // net_write_timeout: how long the server waits for us while we work on a streamed row.
    out.set_up = {"SET SESSION net_read_timeout = 120, net_write_timeout = 600"};
    out.session.assign(std::begin(kSession), std::end(kSession));
    out.grant = base::reading_grant(settings.database);
    out.schema_remedy =
        "run 'bill-nextcloud check': it lists what is missing in the panel's tables";
    return out;
}

class MariaDbRows : public RowSource {
  public:
    explicit MariaDbRows(const PanelSettings& settings) : db_(connection_settings(settings)) {}

    Result<void> begin() override {
        auto started = fresh_if_idle_too_long([this] { return start_snapshot(); });
        if (!started) {
            db_.close();
        }
        in_snapshot_ = started.has_value();
        return started;
    }

    void end() noexcept override {
        in_snapshot_ = false;
        if (db_.is_open() && !db_.execute("end a snapshot", "ROLLBACK")) {
            db_.close();
        }
    }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override {
        if (in_snapshot_ && !db_.is_open()) {
            return tl::unexpected(Error(
                Concern::kPanel,
                NextMove::kRetryCall,
                "panel.lost",
                "the panel database's connection is gone"
            ));
        }
        const std::string doing = fmt::format("read {}", name);
        bool rows = false;
        const auto noting = [&](Row row) {
            rows = true;
            return each(row);
        };
        const auto read = [&] { return db_.scan(doing, sql, noting); };
        auto done = in_snapshot_ ? read() : fresh_if_idle_too_long(read, &rows);
        if (!done && db_.gone()) {
            db_.close();
        }
        return done;
    }

    [[nodiscard]] base::DbTrouble trouble() const override { return db_.trouble(); }

  private:
    // Once more over a new connection when the one that was kept has been closed meanwhile; not
    // after the first row was handed out.
    template <class Doing>
    Result<void> fresh_if_idle_too_long(const Doing& doing, const bool* begun = nullptr) {
        const bool kept = db_.is_open();
        auto done = db_.open().and_then(doing);
        if (done || !kept || !db_.gone() || (begun != nullptr && *begun)) {
            return done;
        }
        db_.close();
        return db_.open().and_then(doing);
    }

    Result<void> start_snapshot() {
        constexpr std::string_view kDoing = "start a snapshot";
        constexpr std::string_view kStart = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
        auto started = db_.execute(kDoing, fmt::format("{}, READ ONLY", kStart));
        // 5.5 does not know READ ONLY; we send nothing but SELECT anyway.
        return started || !db_.not_understood() ? started : db_.execute(kDoing, kStart);
    }

    base::MariaDb db_;
    bool in_snapshot_ = false;
};

// The panel's tables in an SQLite file: samples and tests. Opened read-only.
class SqliteRows : public RowSource {
  public:
    explicit SqliteRows(const PanelSettings& settings)
        : file_(settings.sqlite_file, false, std::min(settings.read_timeout, Duration(5000))) {}

    Result<void> begin() override {
        auto begun = file_.open().and_then([&] { return file_.execute("BEGIN", "BEGIN"); });
        if (!begun) {
            file_.close();
        }
        return begun;
    }

    void end() noexcept override {
        if (file_.handle() != nullptr && sqlite3_get_autocommit(file_.handle()) == 0) {
            sqlite3_exec(file_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override {
        return file_.open().and_then([&] { return file_.scan(name, sql, each); });
    }

    [[nodiscard]] base::DbTrouble trouble() const override { return file_.trouble(); }

  private:
    base::PanelFile file_;
};

}  // namespace

std::unique_ptr<RowSource> make_row_source(const PanelSettings& settings) {
    if (settings.kind == DatabaseKind::kSqlite) {
        return std::make_unique<SqliteRows>(settings);
    }
    return std::make_unique<MariaDbRows>(settings);
}

Result<void> RowSource::each(
    const queries::Query& query, std::string_view module, const std::function<void(Row)>& on_row
) {
    std::string sql(query.sql);
    base::replace_all(sql, "{module}", module);
    return scan(query.name, sql, [&](Row row) {
        on_row(row);
        return true;
    });
}

Result<void> check_module(const PanelSettings& settings) {
    const std::string& module = settings.module;
    if (module.empty() || module.size() > 64 || !base::only_letters_digits_and("-_.", module)) {
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.settings",
            "the module's name " + in_quotes(module) + " is not one of letters, digits and -_.",
            "correct the module's name in the configuration"
        ));
    }
    return {};
}

Result<Columns> read_columns(RowSource& rows, const PanelSettings& settings) {
    const std::string sql = fmt::format(
        "{} IN {}",
        settings.kind == DatabaseKind::kSqlite
            ? "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE "
              "m.type = 'table' AND m.name"
            : "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
              "DATABASE() AND table_name",
        queries::kTables
    );
    Columns there;
    const auto on_column = [&](Row row) {
        const std::string table = base::lower_ascii(row[0].text());
        there.insert(table);
        there.insert(table + "." + base::lower_ascii(row[1].text()));
    };
    return rows.each({"columns", sql}, "", on_column).map([&] { return std::move(there); });
}

std::vector<std::string> missing_columns(const Columns& there) {
    std::vector<std::string> missing;
    for (const auto& [table, columns] : queries::kNeeded) {
        if (!there.contains(table)) {
            missing.push_back(fmt::format("{} (table)", table));
            continue;
        }
        std::istringstream names{std::string(columns)};
        for (std::string column; names >> column;) {
            column = fmt::format("{}.{}", table, column);
            if (!there.contains(column)) {
                missing.push_back(column);
            }
        }
    }
    return missing;
}

}  // namespace bn::bm_reader
