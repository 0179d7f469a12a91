#include "tests/fakes/panel/sql_door.hpp"

#include <stdexcept>

#include <mysql.h>
#include <sqlite3.h>

namespace bn::testing {

namespace {

struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }

    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

    void operator()(MYSQL* connection) const { mysql_close(connection); }

    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

class SqliteDoor : public SqlDoor {
  public:
    SqliteDoor(const std::string& file, bool must_exist) {
        sqlite3* raw = nullptr;
        const int flags = SQLITE_OPEN_READWRITE | (must_exist ? 0 : SQLITE_OPEN_CREATE);
        const int opened = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
        db_.reset(raw);
        if (opened != SQLITE_OK) {
            throw std::runtime_error(file + ": " + sqlite3_errmsg(raw));
        }
        sqlite3_busy_timeout(raw, 10'000);
    }

    void exec(const std::string& sql) override {
        if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
            throw std::runtime_error(std::string(sqlite3_errmsg(db_.get())) + " in " + sql);
        }
    }

    std::optional<std::string> value(const std::string& sql) override {
        const auto statement = prepare(sql);
        if (!step(statement.get(), sql) || sqlite3_column_type(statement.get(), 0) == SQLITE_NULL) {
            return std::nullopt;
        }
        return text(statement.get(), 0);
    }

    std::vector<SqlRow> rows(const std::string& sql) override {
        const auto statement = prepare(sql);
        std::vector<SqlRow> out;
        while (step(statement.get(), sql)) {
            SqlRow& row = out.emplace_back();
            for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
                if (sqlite3_column_type(statement.get(), i) != SQLITE_NULL) {
                    row[sqlite3_column_name(statement.get(), i)] = text(statement.get(), i);
                }
            }
        }
        return out;
    }

    void begin() override { exec("BEGIN IMMEDIATE"); }

  private:
    using Statement = std::unique_ptr<sqlite3_stmt, Close>;

    Statement prepare(const std::string& sql) {
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) {
            throw std::runtime_error(std::string(sqlite3_errmsg(db_.get())) + " in " + sql);
        }
        return Statement(raw);
    }

    bool step(sqlite3_stmt* statement, const std::string& sql) {
        const int result = sqlite3_step(statement);
        if (result != SQLITE_ROW && result != SQLITE_DONE) {
            throw std::runtime_error(std::string(sqlite3_errmsg(db_.get())) + " in " + sql);
        }
        return result == SQLITE_ROW;
    }

    static std::string text(sqlite3_stmt* statement, int column) {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
    }

    std::unique_ptr<sqlite3, Close> db_;
};

class MariaDbDoor : public SqlDoor {
  public:
    explicit MariaDbDoor(const MariaDbAddress& a) : connection_(mysql_init(nullptr)) {
        const bool socket = !a.socket.empty();
        const unsigned protocol = socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
        mysql_options(connection_.get(), MYSQL_OPT_PROTOCOL, &protocol);
        const MYSQL* connected = mysql_real_connect(
            connection_.get(),
            socket ? nullptr : a.host.c_str(),
            a.user.c_str(),
            a.password.c_str(),
            a.database.empty() ? nullptr : a.database.c_str(),
            a.port,
            socket ? a.socket.c_str() : nullptr,
            0
        );
        if (connected == nullptr) {
            throw std::runtime_error(std::string("connect: ") + mysql_error(connection_.get()));
        }
        mysql_set_character_set(connection_.get(), "utf8mb4");
        exec("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
    }

    void exec(const std::string& sql) override { static_cast<void>(run(sql)); }

    std::optional<std::string> value(const std::string& sql) override {
        const auto result = run(sql);
        MYSQL_ROW row = result ? mysql_fetch_row(result.get()) : nullptr;
        if (row == nullptr || row[0] == nullptr) {
            return std::nullopt;
        }
        return std::string(row[0], mysql_fetch_lengths(result.get())[0]);
    }

    std::vector<SqlRow> rows(const std::string& sql) override {
        const auto result = run(sql);
        std::vector<SqlRow> out;
        while (MYSQL_ROW row = result ? mysql_fetch_row(result.get()) : nullptr) {
            SqlRow& named = out.emplace_back();
            const MYSQL_FIELD* fields = mysql_fetch_fields(result.get());
            const unsigned long* lengths = mysql_fetch_lengths(result.get());
            for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) {
                if (row[i] != nullptr) {
                    named[fields[i].name] = std::string(row[i], lengths[i]);
                }
            }
        }
        return out;
    }

    void begin() override { exec("START TRANSACTION"); }

  private:
    std::unique_ptr<MYSQL_RES, Close> run(const std::string& sql) {
        if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) {
            throw std::runtime_error(
                std::string(mysql_error(connection_.get())) + " in " + sql.substr(0, 500)
            );
        }
        return std::unique_ptr<MYSQL_RES, Close>(mysql_store_result(connection_.get()));
    }

    std::unique_ptr<MYSQL, Close> connection_;
};

}  // namespace

std::unique_ptr<SqlDoor> open_sqlite(const std::string& file, bool must_exist) {
    return std::make_unique<SqliteDoor>(file, must_exist);
}

std::unique_ptr<SqlDoor> open_mariadb(const MariaDbAddress& address) {
    return std::make_unique<MariaDbDoor>(address);
}

std::string sql_text(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace bn::testing
