#include "bm_writer/usage_sink.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/mariadb.hpp"
#include "base/mariadb_rights.hpp"
#include "base/sqlite.hpp"
#include "base/text.hpp"
#include "bm_writer/calls.hpp"
#include "reconciler/model/time.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kMostDigits = 18;
constexpr std::size_t kMostDecimals = 4;
constexpr std::size_t kLongestParam = 64;
constexpr std::size_t kBatch = 500;  // rows a statement

bool is_digits(std::string_view text, std::size_t most) {
    return !text.empty() && text.size() <= most &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_day(std::string_view day) {
    return !day.starts_with("0000") && parse_time(std::string(day) + "T00:00:00Z").has_value();
}

Error fault(std::string what) {
    return {NextMove::kBug, "panel.usage", std::move(what)};
}

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
    out.grant = base::reading_grant(settings.database);  // what more is needed, its keys say
    out.schema_remedy =
        "statistics need the panel's table itemstat (item, statdate, param, value, measure)";
    return out;
}

// Whether a unique key keeps a second row of one item, day and param out.
Result<bool> has_unique_key(base::MariaDb& db) {
    base::UsageKeys keys;
    auto done = db.scan("look at the keys of itemstat", base::UsageKeys::kSql, [&](base::Row row) {
        keys.add(row);
        return true;
    });
    return done.map([&] { return keys.one_row_a_day(); });
}

// All parts were checked: digits, a date, and names without quotes.
std::string insert_sql(std::string_view day, Rows rows, bool update) {
    std::string sql = "INSERT INTO itemstat (item, statdate, param, value, measure) VALUES ";
    for (const ItemUsageRow& row : rows) {
        const std::string measure = row.measure == 0 ? "NULL" : std::to_string(row.measure);
        sql += fmt::format(
            "({},'{}','{}',{},{}),", row.item.value, day, row.param, row.value, measure
        );
    }
    sql.pop_back();
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
    std::string any;
    for (const auto& [param, list] : items) {
        any +=
            fmt::format("{}(param='{}' AND item IN ({}))", any.empty() ? "" : " OR ", param, list);
    }
    return fmt::format("DELETE FROM itemstat WHERE statdate='{}' AND ({})", day, any);
}

template <class Database>
Result<void> write(Database& db, std::string_view day, Rows rows, bool unique) {
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

Result<void> replace(const base::MariaDbSettings& settings, std::string_view day, Rows rows) {
    // Everybody writes in the same order: two writers wait for each other, and no more.
    std::vector<ItemUsageRow> sorted(rows.begin(), rows.end());
    std::ranges::sort(sorted, {}, [](const ItemUsageRow& row) {
        return std::tie(row.item, row.param);
    });
    base::MariaDb db(settings);
    const auto unique = db.open().and_then([&] { return has_unique_key(db); });
    if (!unique) {
        return tl::unexpected(unique.error());
    }
    db.set_grant(base::usage_grant(settings.database, *unique));
    auto written = db.execute("begin", "START TRANSACTION").and_then([&] {
        return write(db, day, sorted, *unique);
    });
    // After a failure the server rolls back when the connection closes.
    return written.and_then([&] {
        return db.execute("commit usage", "COMMIT").map_error([](Error error) {
            error.effect_unknown = true;
            return error;
        });
    });
}

Result<void> replace(base::PanelFile& file, std::string_view day, Rows rows) {
    constexpr const char* kBegin = "BEGIN IMMEDIATE";
    auto written = file.open().and_then([&] { return file.execute(kBegin, kBegin); }
    ).and_then([&] { return write(file, day, rows, false); });
    // An uncommitted transaction ends with the connection.
    return written.and_then([&] { return file.execute("COMMIT", "COMMIT"); });
}

// Checks what is to be written before `write` gets it.
class CheckedSink : public UsageSink {
  public:
    using Write = std::function<Result<void>(std::string_view day, Rows rows)>;

    explicit CheckedSink(Write write) : write_(std::move(write)) {}

    Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) override {
        if (auto fault = usage_fault(day, rows)) {
            return tl::unexpected(std::move(*fault));
        }
        return rows.empty() ? Result<void>() : write_(day, rows);
    }

  private:
    Write write_;
};

}  // namespace

bool is_usage_value(std::string_view text) {
    const std::size_t point = text.find('.');
    return is_digits(text.substr(0, point), kMostDigits) &&
           (point == std::string_view::npos || is_digits(text.substr(point + 1), kMostDecimals));
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

std::unique_ptr<UsageSink> make_mariadb_usage_sink(const UsageSinkSettings& settings) {
    auto write = [connection = connection_settings(settings)](std::string_view day, Rows rows) {
        return replace(connection, day, rows);
    };
    return std::make_unique<CheckedSink>(std::move(write));
}

std::unique_ptr<UsageSink> make_sqlite_usage_sink(std::string file, Duration lock_timeout) {
    auto write = [file = std::move(file), lock_timeout](std::string_view day, Rows rows) {
        base::PanelFile panel(file, true, lock_timeout);
        return replace(panel, day, rows);
    };
    return std::make_unique<CheckedSink>(std::move(write));
}

}  // namespace bn::bm_writer
