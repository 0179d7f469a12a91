#include <errmsg.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <span>

#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "bm_writer/usage_rows.hpp"
#include "bm_writer/usage_sink.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kBatch = 500;
constexpr unsigned kUnknownCommand = 1047;     // Galera: this node is not in the primary component
constexpr unsigned kErrorDuringCommit = 1180;  // Galera: no quorum
constexpr unsigned kAuthPlugin = 1698;
constexpr unsigned kConnectionKilled = 1927;

struct ErrorClass {
    unsigned code;
    NextMove move;
    const char* name;
    const char* remedy = "";
};

constexpr const char* kAccess = "panel.access";
constexpr const char* kCheckPlace =
    "check that the database runs and that host, port or socket are right";
constexpr const char* kCheckTable =
    "statistics need the panel's table itemstat (item, statdate, param, value, measure)";
constexpr const char* kReadAgain = "a service or measure has gone meanwhile: it is read again";

constexpr ErrorClass kClasses[] = {
    {kUnknownCommand, NextMove::kWait, "panel.no_primary"},
    {kErrorDuringCommit, NextMove::kWait, "panel.no_primary"},
    {ER_CON_COUNT_ERROR, NextMove::kWait, "panel.busy"},
    {ER_USER_LIMIT_REACHED, NextMove::kWait, "panel.busy"},
    {ER_TOO_MANY_USER_CONNECTIONS, NextMove::kWait, "panel.busy"},
    {ER_ACCESS_DENIED_ERROR, NextMove::kHuman, kAccess},
    {ER_DBACCESS_DENIED_ERROR, NextMove::kHuman, kAccess},
    {ER_TABLEACCESS_DENIED_ERROR, NextMove::kHuman, kAccess},
    {ER_COLUMNACCESS_DENIED_ERROR, NextMove::kHuman, kAccess},
    {kAuthPlugin, NextMove::kHuman, kAccess},
    {ER_BAD_DB_ERROR,
     NextMove::kHuman,
     "panel.database",
     "correct the database's name in the configuration (normally billmgr)"},
    {ER_BAD_FIELD_ERROR, NextMove::kHuman, "panel.schema", kCheckTable},
    {ER_NO_SUCH_TABLE, NextMove::kHuman, "panel.schema", kCheckTable},
    {ER_NO_REFERENCED_ROW, NextMove::kRedoPass, "panel.stale", kReadAgain},
    {ER_NO_REFERENCED_ROW_2, NextMove::kRedoPass, "panel.stale", kReadAgain},
    {CR_CONNECTION_ERROR, NextMove::kRetryCall, "panel.connect", kCheckPlace},
    {CR_CONN_HOST_ERROR, NextMove::kRetryCall, "panel.connect", kCheckPlace},
    {CR_UNKNOWN_HOST, NextMove::kRetryCall, "panel.connect", kCheckPlace},
    {CR_SERVER_GONE_ERROR, NextMove::kRetryCall, "panel.lost"},
    {CR_SERVER_LOST, NextMove::kRetryCall, "panel.lost"},
    {CR_SERVER_LOST_EXTENDED, NextMove::kRetryCall, "panel.lost"},
    {ER_SERVER_SHUTDOWN, NextMove::kRetryCall, "panel.lost"},
    {kConnectionKilled, NextMove::kRetryCall, "panel.lost"},
    {ER_QUERY_INTERRUPTED, NextMove::kRetryCall, "panel.lost"},
    {ER_LOCK_WAIT_TIMEOUT, NextMove::kRetryCall, "panel.lost"},
    {ER_LOCK_DEADLOCK, NextMove::kRetryCall, "panel.lost"},
};

using Rows = std::span<const ItemUsageRow>;

unsigned whole_seconds(Duration d) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(d).count();
    return static_cast<unsigned>(std::clamp<std::int64_t>(seconds, 1, 86400));
}

// One connection and its transaction; both end with the object.
class Connection {
  public:
    explicit Connection(const UsageSinkSettings& settings) : settings_(settings) {}

    Result<void> open();
    Result<void> execute(std::string_view doing, const std::string& sql);
    // Whether a unique key keeps a second row of one item, day and param out.
    Result<bool> has_unique_key();

  private:
    struct Close {
        void operator()(MYSQL* connection) const { mysql_close(connection); }

        void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
    };

    [[nodiscard]] Error failed(std::string_view doing) const;
    [[nodiscard]] Error classify(unsigned code, std::string what) const;

    const UsageSinkSettings& settings_;
    std::unique_ptr<MYSQL, Close> mysql_;
};

Error Connection::classify(unsigned code, std::string what) const {
    const auto* const found =
        std::find_if(std::begin(kClasses), std::end(kClasses), [&](const ErrorClass& c) {
            return c.code == code;
        });
    if (found == std::end(kClasses)) {
        return {NextMove::kHuman, "panel.query", std::move(what), "see the database's own log"};
    }
    Error error(found->move, found->name, std::move(what), found->remedy);
    if (error.move == NextMove::kWait) {
        error.wait = std::chrono::seconds(30);
    }
    if (error.code == kAccess) {
        error.remedy = fmt::format(
            "check user and password, and run on the database server: GRANT SELECT, INSERT, "
            "UPDATE, DELETE ON `{}`.itemstat TO '{}'@'localhost'",
            settings_.database,
            settings_.user
        );
    }
    return error;
}

Error Connection::failed(std::string_view doing) const {
    const unsigned code = mysql_errno(mysql_.get());
    const std::string place = settings_.socket.empty()
                                  ? fmt::format("{}:{}", settings_.host, settings_.port)
                                  : settings_.socket;
    return classify(
        code,
        fmt::format(
            "panel database at {}: {}: {} ({})", place, doing, mysql_error(mysql_.get()), code
        )
    );
}

Result<void> Connection::open() {
    mysql_.reset(mysql_init(nullptr));
    if (!mysql_) {
        return tl::unexpected(Error(NextMove::kRetryCall, "panel.memory", "out of memory"));
    }
    MYSQL* c = mysql_.get();
    const bool local = !settings_.socket.empty();
    const unsigned connect_timeout = whole_seconds(settings_.connect_timeout);
    const unsigned read_timeout = whole_seconds(settings_.read_timeout);
    const unsigned protocol = local ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    const my_bool reconnect = 0;
    mysql_options(c, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
    mysql_options(c, MYSQL_OPT_READ_TIMEOUT, &read_timeout);
    mysql_options(c, MYSQL_OPT_WRITE_TIMEOUT, &read_timeout);
    mysql_options(c, MYSQL_OPT_RECONNECT, &reconnect);
    mysql_options(c, MYSQL_OPT_PROTOCOL, &protocol);
    const std::string password(settings_.password.reveal());
    const MYSQL* connected = mysql_real_connect(
        c,
        local ? nullptr : settings_.host.c_str(),
        settings_.user.c_str(),
        password.c_str(),
        settings_.database.c_str(),
        local ? 0 : settings_.port,
        local ? settings_.socket.c_str() : nullptr,
        0
    );
    if (connected == nullptr) {
        return tl::unexpected(failed("connect"));
    }
    // Strict: a value that does not fit is an error, and is not clipped in silence.
    return execute(
        "set up the session",
        fmt::format(
            "SET SESSION innodb_lock_wait_timeout = {}, sql_mode = CONCAT(@@sql_mode, "
            "',STRICT_ALL_TABLES')",
            whole_seconds(settings_.lock_timeout)
        )
    );
}

Result<void> Connection::execute(std::string_view doing, const std::string& sql) {
    if (mysql_real_query(mysql_.get(), sql.data(), sql.size()) != 0) {
        return tl::unexpected(failed(doing));
    }
    return {};
}

Result<bool> Connection::has_unique_key() {
    constexpr std::string_view kDoing = "look at the keys of itemstat";
    auto asked = execute(
        kDoing,
        "SELECT index_name, LOWER(column_name) FROM information_schema.statistics WHERE "
        "table_schema = DATABASE() AND table_name = 'itemstat' AND non_unique = 0"
    );
    if (!asked) {
        return tl::unexpected(asked.error());
    }
    const std::unique_ptr<MYSQL_RES, Close> result(mysql_store_result(mysql_.get()));
    if (!result) {
        return tl::unexpected(failed(kDoing));
    }
    std::map<std::string, std::set<std::string>> keys;
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
        if (row[0] != nullptr && row[1] != nullptr) {
            keys[row[0]].insert(row[1]);
        }
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

class MariaDbUsageSink : public UsageSink {
  public:
    explicit MariaDbUsageSink(UsageSinkSettings settings) : settings_(std::move(settings)) {}

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
        Connection connection(settings_);
        if (auto opened = connection.open(); !opened) {
            return opened;
        }
        const auto unique = connection.has_unique_key();
        if (!unique) {
            return tl::unexpected(unique.error());
        }
        if (auto begun = connection.execute("begin", "START TRANSACTION"); !begun) {
            return begun;
        }
        if (auto written = write(connection, day, sorted, *unique); !written) {
            return written;  // the server rolls back when the connection closes
        }
        auto committed = connection.execute("commit usage", "COMMIT");
        if (!committed) {
            committed.error().effect_unknown = true;
        }
        return committed;
    }

  private:
    static Result<void> write(
        Connection& connection, std::string_view day, Rows rows, bool unique
    ) {
        for (std::size_t at = 0; at < rows.size(); at += kBatch) {
            const Rows batch = rows.subspan(at, std::min(kBatch, rows.size() - at));
            if (!unique) {
                if (auto done = connection.execute("replace usage", delete_sql(day, batch));
                    !done) {
                    return done;
                }
            }
            if (auto done = connection.execute("write usage", insert_sql(day, batch, unique));
                !done) {
                return done;
            }
        }
        return {};
    }

    UsageSinkSettings settings_;
};

}  // namespace

std::unique_ptr<UsageSink> make_mariadb_usage_sink(UsageSinkSettings settings) {
    return std::make_unique<MariaDbUsageSink>(std::move(settings));
}

}  // namespace bn::bm_writer
