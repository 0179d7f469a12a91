#include "bm_writer/usage_sink.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/mariadb.hpp"
#include "base/sqlite.hpp"
#include "base/text.hpp"
#include "bm_writer/text.hpp"
#include "reconciler/model/time.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kMostDigits = 18;
constexpr std::size_t kMostDecimals = 4;
constexpr std::size_t kLongestParam = 64;

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_day(std::string_view day) {
    return !day.starts_with("0000") && parse_time(std::string(day) + "T00:00:00Z").has_value();
}

Error fault(std::string what) {
    return {NextMove::kBug, "panel.usage", std::move(what)};
}

}  // namespace

bool is_usage_value(std::string_view text) {
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() || whole.size() > kMostDigits || !all_digits(whole)) {
        return false;
    }
    if (point == std::string_view::npos) {
        return true;
    }
    const std::string_view decimals = text.substr(point + 1);
    return !decimals.empty() && decimals.size() <= kMostDecimals && all_digits(decimals);
}

std::optional<Error> usage_fault(std::string_view day, const std::vector<ItemUsageRow>& rows) {
    if (!is_day(day)) {
        return fault(
            fmt::format("usage: '{}' is no day", base::shortened(base::clean_utf8(day), 40))
        );
    }
    std::set<std::pair<std::uint32_t, std::string_view>> seen;
    for (const ItemUsageRow& row : rows) {
        const auto about = [&](std::string_view why) {
            return fault(fmt::format("usage of item {}: {}", row.item.value, why));
        };
        if (row.item.value == 0) {
            return about("no item has this number");
        }
        if (!valid_name(row.param) || row.param.size() > kLongestParam) {
            return about("the name of its resource is none");
        }
        if (!is_usage_value(row.value)) {
            return about(
                fmt::format("'{}' is no amount", base::shortened(base::clean_utf8(row.value), 40))
            );
        }
        if (!seen.emplace(row.item.value, row.param).second) {
            return about(fmt::format("'{}' is given twice", row.param));
        }
    }
    return std::nullopt;
}

namespace {

constexpr std::size_t kBatch = 500;

using Rows = std::span<const ItemUsageRow>;

base::MariaDbSettings connection_settings(const UsageSinkSettings& settings) {
    base::MariaDbSettings out = static_cast<const base::MariaDbSettings&>(settings);
    // Strict: a value that does not fit is an error, and is not clipped in silence.
    out.set_up = {fmt::format(
        "SET SESSION innodb_lock_wait_timeout = {}, sql_mode = CONCAT(@@sql_mode, "
        "',STRICT_ALL_TABLES')",
        std::max<std::int64_t>(
            1, std::chrono::ceil<std::chrono::seconds>(settings.lock_timeout).count()
        )
    )};
    out.grant = fmt::format("SELECT, INSERT, UPDATE, DELETE ON `{}`.itemstat", settings.database);
    out.schema_remedy =
        "statistics need the panel's table itemstat (item, statdate, param, value, measure)";
    return out;
}

// Whether a unique key keeps a second row of one item, day and param out.
Result<bool> has_unique_key(base::MariaDb& db) {
    std::map<std::string, std::set<std::string>, std::less<>> keys;
    auto done = db.scan(
        "look at the keys of itemstat",
        "SELECT index_name, LOWER(column_name) FROM information_schema.statistics WHERE "
        "table_schema = DATABASE() AND table_name = 'itemstat' AND non_unique = 0",
        [&](base::Row row) {
            keys[std::string(row[0].text())].emplace(row[1].text());
            return true;
        }
    );
    if (!done) {
        return tl::unexpected(std::move(done.error()));
    }
    const std::set<std::string> wanted = {"item", "statdate", "param"};
    return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
        return key.second == wanted;
    });
}

// All parts were checked: digits, a date, and names without quotes.
std::string insert_sql(std::string_view day, Rows rows, bool update) {
    std::string sql = "INSERT INTO itemstat (item, statdate, param, value, measure) VALUES ";
    const char* separator = "";
    for (const ItemUsageRow& row : rows) {
        sql += fmt::format(
            "{}({},'{}','{}',{},{})",
            separator,
            row.item.value,
            day,
            row.param,
            row.value,
            row.measure == 0 ? std::string("NULL") : std::to_string(row.measure)
        );
        separator = ",";
    }
    if (update) {
        sql += " ON DUPLICATE KEY UPDATE value=VALUES(value), measure=VALUES(measure)";
    }
    return sql;
}

std::string delete_sql(std::string_view day, Rows rows) {
    std::map<std::string_view, std::string> items;  // by param
    for (const ItemUsageRow& row : rows) {
        std::string& list = items[row.param];
        list += fmt::format("{}{}", list.empty() ? "" : ",", row.item.value);
    }
    std::string sql = fmt::format("DELETE FROM itemstat WHERE statdate='{}' AND (", day);
    const char* separator = "";
    for (const auto& [param, list] : items) {
        sql += fmt::format("{}(param='{}' AND item IN ({}))", separator, param, list);
        separator = " OR ";
    }
    return sql + ")";
}

Result<void> write(base::MariaDb& db, std::string_view day, Rows rows, bool unique) {
    for (std::size_t at = 0; at < rows.size(); at += kBatch) {
        const Rows batch = rows.subspan(at, std::min(kBatch, rows.size() - at));
        auto cleared =
            unique ? Result<void>() : db.execute("replace usage", delete_sql(day, batch));
        auto done = cleared.and_then([&] {
            return db.execute("write usage", insert_sql(day, batch, unique));
        });
        if (!done) {
            return done;
        }
    }
    return {};
}

class MariaDbUsageSink : public UsageSink {
  public:
    explicit MariaDbUsageSink(const UsageSinkSettings& settings)
        : settings_(connection_settings(settings)) {}

    Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) override {
        if (auto fault = usage_fault(day, rows)) {
            return tl::unexpected(std::move(*fault));
        }
        if (rows.empty()) {
            return {};
        }
        // Everybody writes in the same order: two writers wait for each other, and no more.
        std::vector<ItemUsageRow> sorted = rows;
        std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
            return std::tie(a.item, a.param) < std::tie(b.item, b.param);
        });
        base::MariaDb db(settings_);
        const auto unique = db.open().and_then([&] { return has_unique_key(db); });
        if (!unique) {
            return tl::unexpected(unique.error());
        }
        auto written = db.execute("begin", "START TRANSACTION").and_then([&] {
            return write(db, day, sorted, *unique);
        });
        if (!written) {
            return written;  // the server rolls back when the connection closes
        }
        auto committed = db.execute("commit usage", "COMMIT");
        if (!committed) {
            committed.error().effect_unknown = true;
        }
        return committed;
    }

  private:
    base::MariaDbSettings settings_;
};

// ---- the same in a file

constexpr std::string_view kDoing = "write usage";

void bind_text(sqlite3_stmt* statement, int at, std::string_view text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

Result<void> write(
    base::PanelFile& file, std::string_view day, const std::vector<ItemUsageRow>& rows
) {
    const auto remove =
        file.prepare(kDoing, "DELETE FROM itemstat WHERE item=?1 AND statdate=?2 AND param=?3");
    if (!remove) {
        return tl::unexpected(remove.error());
    }
    const auto insert = file.prepare(
        kDoing,
        "INSERT INTO itemstat (item, statdate, param, value, measure) VALUES (?1, ?2, ?3, ?4, ?5)"
    );
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    for (const ItemUsageRow& row : rows) {
        for (sqlite3_stmt* statement : {remove->get(), insert->get()}) {
            sqlite3_bind_int64(statement, 1, row.item.value);
            bind_text(statement, 2, day);
            bind_text(statement, 3, row.param);
        }
        bind_text(insert->get(), 4, row.value);
        if (row.measure == 0) {
            sqlite3_bind_null(insert->get(), 5);
        } else {
            sqlite3_bind_int64(insert->get(), 5, row.measure);
        }
        for (sqlite3_stmt* statement : {remove->get(), insert->get()}) {
            if (auto done = file.run(kDoing, statement); !done) {
                return done;
            }
        }
    }
    return {};
}

class SqliteUsageSink : public UsageSink {
  public:
    SqliteUsageSink(std::string file, Duration lock_timeout)
        : file_(std::move(file)), lock_timeout_(lock_timeout) {}

    Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) override {
        if (auto fault = usage_fault(day, rows)) {
            return tl::unexpected(std::move(*fault));
        }
        if (rows.empty()) {
            return {};
        }
        base::PanelFile file(file_, true, lock_timeout_);
        // An uncommitted transaction ends with the connection.
        return file.open().and_then([&] { return file.execute("BEGIN IMMEDIATE"); }
        ).and_then([&] {
             return write(file, day, rows);
         }).and_then([&] { return file.execute("COMMIT"); });
    }

  private:
    std::string file_;
    Duration lock_timeout_;
};

}  // namespace

std::unique_ptr<UsageSink> make_mariadb_usage_sink(const UsageSinkSettings& settings) {
    return std::make_unique<MariaDbUsageSink>(settings);
}

std::unique_ptr<UsageSink> make_sqlite_usage_sink(std::string file, Duration lock_timeout) {
    return std::make_unique<SqliteUsageSink>(std::move(file), lock_timeout);
}

}  // namespace bn::bm_writer
