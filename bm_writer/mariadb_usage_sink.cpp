#include <algorithm>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>

#include "base/mariadb.hpp"
#include "bm_writer/usage_rows.hpp"
#include "bm_writer/usage_sink.hpp"

namespace bn::bm_writer {

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
        if (!unique) {
            if (auto done = db.execute("replace usage", delete_sql(day, batch)); !done) {
                return done;
            }
        }
        if (auto done = db.execute("write usage", insert_sql(day, batch, unique)); !done) {
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
        if (auto opened = db.open(); !opened) {
            return opened;
        }
        const auto unique = has_unique_key(db);
        if (!unique) {
            return tl::unexpected(unique.error());
        }
        if (auto begun = db.execute("begin", "START TRANSACTION"); !begun) {
            return begun;
        }
        if (auto written = write(db, day, sorted, *unique); !written) {
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

}  // namespace

std::unique_ptr<UsageSink> make_mariadb_usage_sink(const UsageSinkSettings& settings) {
    return std::make_unique<MariaDbUsageSink>(settings);
}

}  // namespace bn::bm_writer
