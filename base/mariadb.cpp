#include "base/mariadb.hpp"

#include <errmsg.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "base/bundle.hpp"
#include "base/text.hpp"

namespace bn::base {

namespace {

constexpr unsigned kUnknownCommand = 1047;     // Galera: this node is not in the primary component
constexpr unsigned kErrorDuringCommit = 1180;  // Galera: no quorum
constexpr unsigned kAuthPlugin = 1698;
constexpr unsigned kConnectionKilled = 1927;
constexpr Duration kBusyWait = std::chrono::seconds(30);
constexpr std::string_view kSetUp = "set up the session";

struct CodeRule {
    unsigned code;
    DbTrouble trouble;
};

constexpr CodeRule kCodes[] = {
    {kUnknownCommand, DbTrouble::kNoPrimary},
    {kErrorDuringCommit, DbTrouble::kNoPrimary},
    {ER_CON_COUNT_ERROR, DbTrouble::kBusy},
    {ER_USER_LIMIT_REACHED, DbTrouble::kBusy},
    {ER_TOO_MANY_USER_CONNECTIONS, DbTrouble::kBusy},
    {ER_ACCESS_DENIED_ERROR, DbTrouble::kAccess},
    {ER_DBACCESS_DENIED_ERROR, DbTrouble::kAccess},
    {ER_TABLEACCESS_DENIED_ERROR, DbTrouble::kAccess},
    {ER_COLUMNACCESS_DENIED_ERROR, DbTrouble::kAccess},
    {kAuthPlugin, DbTrouble::kAccess},
    {ER_BAD_DB_ERROR, DbTrouble::kDatabase},
    {ER_BAD_FIELD_ERROR, DbTrouble::kSchema},
    {ER_NO_SUCH_TABLE, DbTrouble::kSchema},
    {ER_NO_REFERENCED_ROW, DbTrouble::kStale},
    {ER_NO_REFERENCED_ROW_2, DbTrouble::kStale},
    {CR_CONNECTION_ERROR, DbTrouble::kConnect},
    {CR_CONN_HOST_ERROR, DbTrouble::kConnect},
    {CR_UNKNOWN_HOST, DbTrouble::kConnect},
    {CR_SERVER_GONE_ERROR, DbTrouble::kLost},
    {CR_SERVER_LOST, DbTrouble::kLost},
    {CR_SERVER_LOST_EXTENDED, DbTrouble::kLost},
    {ER_SERVER_SHUTDOWN, DbTrouble::kLost},
    {kConnectionKilled, DbTrouble::kLost},
    {ER_QUERY_INTERRUPTED, DbTrouble::kLost},
    {ER_LOCK_WAIT_TIMEOUT, DbTrouble::kLost},
    {ER_LOCK_DEADLOCK, DbTrouble::kLost},
    {CR_UNKNOWN_ERROR, DbTrouble::kLost},
    {CR_MALFORMED_PACKET, DbTrouble::kLost},
    {CR_COMMANDS_OUT_OF_SYNC, DbTrouble::kLost},
    {ER_NET_PACKETS_OUT_OF_ORDER, DbTrouble::kLost},
};

// Nobody knows what comes next over this connection: what is left of an answer would be taken for
// the next one.
bool ends_the_connection(unsigned code) {
    const bool of_the_client = code >= CR_MIN_ERROR && code <= CR_MAX_ERROR;
    return of_the_client || code == ER_SERVER_SHUTDOWN || code == kConnectionKilled ||
           code == ER_NET_PACKETS_OUT_OF_ORDER;
}

DbTrouble trouble_of(unsigned code) {
    const auto* const found = std::ranges::find(kCodes, code, &CodeRule::code);
    return found == std::end(kCodes) ? DbTrouble::kOther : found->trouble;
}

struct TroubleRule {
    DbTrouble trouble;
    NextMove move;
    const char* code;
    const char* remedy;
};

constexpr TroubleRule kTroubles[] = {
    {DbTrouble::kNoPrimary, NextMove::kWait, "panel.no_primary", ""},
    {DbTrouble::kBusy, NextMove::kWait, "panel.busy", ""},
    {DbTrouble::kAccess,
     NextMove::kHuman,
     "panel.access",
     "check user and password, and run on the database server: GRANT {} TO '{}'@'localhost'"},
    {DbTrouble::kDatabase,
     NextMove::kHuman,
     "panel.database",
     "correct the database's name in the configuration (normally billmgr)"},
    {DbTrouble::kSchema, NextMove::kHuman, "panel.schema", ""},
    {DbTrouble::kStale,
     NextMove::kRedoPass,
     "panel.stale",
     "a service or measure has gone meanwhile: it is read again"},
    {DbTrouble::kConnect,
     NextMove::kRetryCall,
     "panel.connect",
     "check that the database runs and that host, port or socket are right"},
    {DbTrouble::kLost, NextMove::kRetryCall, "panel.lost", ""},
    {DbTrouble::kOther, NextMove::kHuman, "panel.query", "see the database's own log"},
};

Error error_of(DbTrouble trouble, const MariaDbSettings& settings, std::string what) {
    const auto* const rule = std::ranges::find(kTroubles, trouble, &TroubleRule::trouble);
    Error error(Concern::kPanel, rule->move, rule->code, std::move(what), rule->remedy);
    if (trouble == DbTrouble::kAccess) {
        error.remedy = fmt::format(fmt::runtime(rule->remedy), settings.grant, settings.user);
    } else if (trouble == DbTrouble::kSchema) {
        error.remedy = settings.schema_remedy;
    } else if (trouble == DbTrouble::kStale) {
        error.concern = Concern::kCall;
    }
    if (error.move == NextMove::kWait) {
        error.wait = kBusyWait;
    }
    return error;
}

unsigned whole_seconds(Duration d) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(d).count();
    return static_cast<unsigned>(std::clamp<std::int64_t>(seconds, 1, 86400));
}

struct FreeResult {
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

}  // namespace

std::size_t columns_of(std::string_view sql) {
    constexpr std::string_view kSelect = "SELECT ";
    if (!sql.starts_with(kSelect)) {
        return 0;
    }
    std::size_t columns = 1;
    int depth = 0;
    bool quoted = false;
    for (std::size_t at = kSelect.size(); at < sql.size(); ++at) {
        const char c = sql[at];
        quoted ^= c == '\'';
        depth += quoted ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
        if (quoted || depth > 0) {
            continue;
        }
        if (sql.substr(at).starts_with(" FROM ")) {
            break;
        }
        if (c == '*') {
            return 0;
        }
        columns += c == ',' ? 1 : 0;
    }
    return columns;
}

void MariaDb::Close::operator()(st_mysql* connection) const {
    mysql_close(connection);
}

Error MariaDb::failed(std::string_view doing) {
    const unsigned code = mysql_errno(connection_.get());
    trouble_ = trouble_of(code);
    gone_ = ends_the_connection(code);
    not_understood_ = code == ER_PARSE_ERROR;
    const std::string place = settings_.socket.empty()
                                  ? fmt::format("{}:{}", settings_.host, settings_.port)
                                  : settings_.socket;
    // Who answers there may be anybody, and an answer may be damaged.
    const std::string said = one_line(clean_utf8(mysql_error(connection_.get())));
    return error_of(
        trouble_,
        settings_,
        fmt::format("panel database at {}: {}: {} ({})", place, doing, said, code)
    );
}

Result<void> MariaDb::open() {
    if (connection_) {
        return {};
    }
    connection_.reset(mysql_init(nullptr));
    if (!connection_) {
        return tl::unexpected(
            Error(Concern::kPanel, NextMove::kRetryCall, "panel.memory", "out of memory")
        );
    }
    MYSQL* c = connection_.get();
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
    // A text of the library: it lies where the library does.
    const std::string plugins = mariadb_plugins(folder_of_library(mysql_get_client_info()));
    if (!plugins.empty()) {
        mysql_options(c, MYSQL_PLUGIN_DIR, plugins.c_str());
    }
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
    Result<void> ready;
    if (connected == nullptr) {
        ready = tl::unexpected(failed("connect"));
    } else {
        ready = set_up();
    }
    if (!ready) {
        connection_.reset();
    }
    return ready;
}

Result<void> MariaDb::set_up() {
    MYSQL* c = connection_.get();
    if (mysql_set_character_set(c, "utf8mb4") != 0 && mysql_set_character_set(c, "utf8") != 0) {
        return tl::unexpected(failed(kSetUp));
    }
    Result<void> done;
    for (const std::string& sql : settings_.set_up) {
        done = done.and_then([&] { return execute(kSetUp, sql); });
    }
    for (const SessionSetting& setting : settings_.session) {
        done = done.and_then([&] { return set(setting); });
    }
    return done;
}

Result<void> MariaDb::set(const SessionSetting& setting) {
    const auto& [name, value, shown] = setting;
    if (auto done = execute(kSetUp, fmt::format("SET SESSION {} = {}", name, value)); !done) {
        if (mysql_errno(connection_.get()) == ER_UNKNOWN_SYSTEM_VARIABLE) {
            return {};
        }
        return done;
    }
    std::string found = "NULL";
    auto read = scan(kSetUp, fmt::format("SELECT @@SESSION.{}", name), [&](Row row) {
        found = row[0].text();
        return true;
    });
    if (read && found != shown) {
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.session",
            fmt::format(
                "the panel database's session has {} = '{}', although '{}' was asked for: what it "
                "shows may be cut or changed",
                name,
                found,
                shown
            ),
            "let no proxy rewrite statements between here and the database, and look at the "
            "server's init_connect"
        ));
    }
    return read;
}

Error MariaDb::not_the_answer(std::string_view doing, std::size_t asked, std::size_t came) {
    trouble_ = DbTrouble::kLost;
    gone_ = true;
    not_understood_ = false;
    return error_of(
        trouble_,
        settings_,
        fmt::format(
            "panel database: {}: an answer of {} columns came where {} were asked for: it is not "
            "the answer to this",
            doing,
            came,
            asked
        )
    );
}

Result<void> MariaDb::execute(std::string_view doing, std::string_view sql) {
    if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) {
        return tl::unexpected(failed(doing));
    }
    return {};
}

Result<void> MariaDb::scan(std::string_view doing, std::string_view sql, const RowHandler& each) {
    if (auto sent = execute(doing, sql); !sent) {
        return sent;
    }
    // Freed at the end: that reads what is left of an early one.
    const std::unique_ptr<MYSQL_RES, FreeResult> result(mysql_use_result(connection_.get()));
    if (!result) {
        return tl::unexpected(failed(doing));
    }
    const std::size_t asked = columns_of(sql);
    const std::size_t came = mysql_num_fields(result.get());
    if (asked != 0 && came != asked) {
        return tl::unexpected(not_the_answer(doing, asked, came));
    }
    const std::size_t columns = std::min(came, kMostColumns);
    std::array<Cell, kMostColumns> cells;
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
        const unsigned long* lengths = mysql_fetch_lengths(result.get());
        for (std::size_t i = 0; i < columns; ++i) {
            cells[i] = row[i] == nullptr ? Cell() : Cell(row[i], lengths[i]);
        }
        if (!each(Row(cells.data(), columns))) {
            return {};
        }
    }
    if (mysql_errno(connection_.get()) != 0) {
        return tl::unexpected(failed(doing));
    }
    return {};
}

}  // namespace bn::base
