// MariaDB and MySQL. Results are streamed (mysql_use_result): memory does not grow with rows.
#include <errmsg.h>

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::size_t kMostColumns = 16;
constexpr unsigned kServerShutdown = 1053;
constexpr unsigned kUnknownCommand = 1047;     // Galera: this node is not in the primary component
constexpr unsigned kErrorDuringCommit = 1180;  // Galera: no quorum
constexpr unsigned kAuthPlugin = 1698;
constexpr unsigned kConnectionKilled = 1927;

struct Close {
    void operator()(MYSQL* connection) const { mysql_close(connection); }
};

class MariaDbRows : public RowSource {
  public:
    explicit MariaDbRows(PanelSettings settings) : settings_(std::move(settings)) {}

    Result<void> begin() override;
    void end() noexcept override;
    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override;

  private:
    Result<void> connect();
    Result<void> set_up_session();
    Result<void> start_snapshot();
    bool execute(std::string_view sql);
    Result<void> send(std::string_view name, const std::string& sql);
    [[nodiscard]] bool lost() const;
    [[nodiscard]] std::string place() const;
    [[nodiscard]] Error failed(std::string_view doing) const;
    [[nodiscard]] Error access_denied(std::string what) const;
    [[nodiscard]] Error classify(unsigned code, std::string what) const;
    void drop_if_lost();

    PanelSettings settings_;
    std::unique_ptr<MYSQL, Close> connection_;
    bool in_snapshot_ = false;
};

std::string MariaDbRows::place() const {
    return settings_.socket.empty() ? fmt::format("{}:{}", settings_.host, settings_.port)
                                    : settings_.socket;
}

bool MariaDbRows::lost() const {
    const unsigned code = mysql_errno(connection_.get());
    return code == CR_SERVER_GONE_ERROR || code == CR_SERVER_LOST || code == kServerShutdown ||
           code == kConnectionKilled;
}

Error MariaDbRows::access_denied(std::string what) const {
    return {
        NextMove::kHuman,
        "panel.access",
        std::move(what),
        fmt::format(
            "check user and password, and run on the database server: GRANT SELECT ON `{}`.* TO "
            "'{}'@'localhost'",
            settings_.database,
            settings_.user
        )};
}

Error MariaDbRows::classify(unsigned code, std::string what) const {
    const auto wait = [&](const char* name, int seconds) {
        Error error(NextMove::kWait, name, what);
        error.wait = std::chrono::seconds(seconds);
        return error;
    };
    switch (code) {
        case kUnknownCommand:
        case kErrorDuringCommit:
            return wait("panel.no_primary", 30);
        case ER_CON_COUNT_ERROR:
        case ER_USER_LIMIT_REACHED:
        case ER_TOO_MANY_USER_CONNECTIONS:
            return wait("panel.busy", 30);
        case ER_ACCESS_DENIED_ERROR:
        case ER_DBACCESS_DENIED_ERROR:
        case ER_TABLEACCESS_DENIED_ERROR:
        case ER_COLUMNACCESS_DENIED_ERROR:
        case kAuthPlugin:
            return access_denied(std::move(what));
        case ER_BAD_DB_ERROR:
            return {
                NextMove::kHuman,
                "panel.database",
                std::move(what),
                "correct the database's name in the configuration (normally billmgr)"};
        case ER_BAD_FIELD_ERROR:
        case ER_NO_SUCH_TABLE:
            return {
                NextMove::kHuman,
                "panel.schema",
                std::move(what),
                "run 'bill-nextcloud check': it lists what is missing in the panel's tables"};
        case CR_CONNECTION_ERROR:
        case CR_CONN_HOST_ERROR:
        case CR_UNKNOWN_HOST:
            return {
                NextMove::kRetryCall,
                "panel.connect",
                std::move(what),
                "check that the database runs and that host, port or socket are right"};
        case CR_SERVER_GONE_ERROR:
        case CR_SERVER_LOST:
        case CR_SERVER_LOST_EXTENDED:
        case kServerShutdown:
        case kConnectionKilled:
        case ER_QUERY_INTERRUPTED:
        case ER_LOCK_WAIT_TIMEOUT:
        case ER_LOCK_DEADLOCK:
            return {NextMove::kRetryCall, "panel.lost", std::move(what)};
        default:
            return {NextMove::kHuman, "panel.query", std::move(what), "see the database's own log"};
    }
}

Error MariaDbRows::failed(std::string_view doing) const {
    const unsigned code = mysql_errno(connection_.get());
    return classify(
        code,
        fmt::format(
            "panel database at {}: {}: {} ({})",
            place(),
            doing,
            mysql_error(connection_.get()),
            code
        )
    );
}

Result<void> MariaDbRows::connect() {
    if (connection_) {
        return {};
    }
    connection_.reset(mysql_init(nullptr));
    if (!connection_) {
        return tl::unexpected(Error(NextMove::kRetryCall, "panel.memory", "out of memory"));
    }
    MYSQL* c = connection_.get();
    const auto seconds = [](Duration d) {
        return static_cast<unsigned>(
            std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(d).count())
        );
    };
    const unsigned connect_timeout = seconds(settings_.connect_timeout);
    const unsigned read_timeout = seconds(settings_.read_timeout);
    const my_bool reconnect = 0;
    mysql_options(c, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
    mysql_options(c, MYSQL_OPT_READ_TIMEOUT, &read_timeout);
    mysql_options(c, MYSQL_OPT_WRITE_TIMEOUT, &read_timeout);
    mysql_options(c, MYSQL_OPT_RECONNECT, &reconnect);
    const unsigned protocol = settings_.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    mysql_options(c, MYSQL_OPT_PROTOCOL, &protocol);
    const std::string password(settings_.password.reveal());
    const MYSQL* connected = mysql_real_connect(
        c,
        settings_.socket.empty() ? settings_.host.c_str() : nullptr,
        settings_.user.c_str(),
        password.c_str(),
        settings_.database.c_str(),
        settings_.socket.empty() ? settings_.port : 0,
        settings_.socket.empty() ? nullptr : settings_.socket.c_str(),
        0
    );
    if (connected == nullptr) {
        Error error = failed("connect");
        connection_.reset();
        return tl::unexpected(std::move(error));
    }
    return set_up_session();
}

Result<void> MariaDbRows::set_up_session() {
    const bool charset = mysql_set_character_set(connection_.get(), "utf8mb4") == 0 ||
                         mysql_set_character_set(connection_.get(), "utf8") == 0;
    // net_write_timeout: how long the server waits for us while we work on a streamed row.
    if (!charset ||
        !execute("SET SESSION time_zone = '+00:00', net_read_timeout = 120, "
                 "net_write_timeout = 600") ||
        !execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")) {
        Error error = failed("set up the session");
        connection_.reset();
        return tl::unexpected(std::move(error));
    }
    return {};
}

bool MariaDbRows::execute(std::string_view sql) {
    return mysql_real_query(connection_.get(), sql.data(), sql.size()) == 0;
}

Result<void> MariaDbRows::start_snapshot() {
    if (execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")) {
        return {};
    }
    // 5.5 does not know READ ONLY; we send nothing but SELECT anyway.
    if (mysql_errno(connection_.get()) == ER_PARSE_ERROR &&
        execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")) {
        return {};
    }
    return tl::unexpected(failed("start a snapshot"));
}

Result<void> MariaDbRows::begin() {
    const bool fresh = !connection_;
    if (auto connected = connect(); !connected) {
        return connected;
    }
    auto started = start_snapshot();
    if (!started && !fresh && lost()) {  // closed while we were idle
        connection_.reset();
        if (auto connected = connect(); !connected) {
            return connected;
        }
        started = start_snapshot();
    }
    if (!started) {
        connection_.reset();
        return started;
    }
    in_snapshot_ = true;
    return {};
}

void MariaDbRows::end() noexcept {
    in_snapshot_ = false;
    if (connection_ && !execute("ROLLBACK")) {
        connection_.reset();
    }
}

Result<void> MariaDbRows::send(std::string_view name, const std::string& sql) {
    const bool fresh = !connection_;
    if (in_snapshot_ && fresh) {
        return tl::unexpected(
            Error(NextMove::kRetryCall, "panel.lost", "the panel database's connection is gone")
        );
    }
    if (auto connected = connect(); !connected) {
        return connected;
    }
    bool sent = execute(sql);
    if (!sent && !fresh && !in_snapshot_ && lost()) {  // closed while we were idle
        connection_.reset();
        if (auto connected = connect(); !connected) {
            return connected;
        }
        sent = execute(sql);
    }
    if (!sent) {
        Error error = failed(fmt::format("read {}", name));
        drop_if_lost();
        return tl::unexpected(std::move(error));
    }
    return {};
}

void MariaDbRows::drop_if_lost() {
    if (connection_ && lost()) {
        connection_.reset();
    }
}

Result<void> MariaDbRows::scan(
    std::string_view name, const std::string& sql, const RowHandler& each
) {
    if (auto sent = send(name, sql); !sent) {
        return sent;
    }
    MYSQL_RES* result = mysql_use_result(connection_.get());
    if (result == nullptr) {
        return tl::unexpected(failed(fmt::format("read {}", name)));
    }
    const std::size_t columns = std::min<std::size_t>(mysql_num_fields(result), kMostColumns);
    std::array<Cell, kMostColumns> cells;
    bool early = false;
    while (MYSQL_ROW row = mysql_fetch_row(result)) {
        const unsigned long* lengths = mysql_fetch_lengths(result);
        for (std::size_t i = 0; i < columns; ++i) {
            cells[i] = row[i] == nullptr ? Cell() : Cell(row[i], lengths[i]);
        }
        if (!each(Row(cells.data(), columns))) {
            early = true;
            break;
        }
    }
    std::optional<Error> error;
    if (!early && mysql_errno(connection_.get()) != 0) {
        error = failed(fmt::format("read {}", name));
    }
    const bool gone = error && lost();
    mysql_free_result(result);  // reads what is left of an early end
    if (gone) {
        connection_.reset();
    }
    if (error) {
        return tl::unexpected(std::move(*error));
    }
    return {};
}

}  // namespace

std::unique_ptr<RowSource> make_mariadb_rows(const PanelSettings& settings) {
    return std::make_unique<MariaDbRows>(settings);
}

}  // namespace bn::bm_reader
