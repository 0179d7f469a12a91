// One way into either database, for the panel's double: it writes, as the real panel does.
// Failures throw std::runtime_error: a double that cannot write has nothing to test. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bn::testing {

using SqlRow = std::map<std::string, std::string>;  // column -> text; NULL: not there

class SqlDoor {
  public:
    virtual ~SqlDoor() = default;
    virtual void exec(const std::string& sql) = 0;
    // First column of the first row; nothing when there is no row or it is NULL.
    virtual std::optional<std::string> value(const std::string& sql) = 0;
    virtual std::vector<SqlRow> rows(const std::string& sql) = 0;
    // A transaction that may write; it ends with exec("COMMIT") or exec("ROLLBACK").
    virtual void begin() = 0;
};

struct MariaDbAddress {
    std::string socket;  // wins over host and port
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string user = "root";
    std::string password;
    std::string database;  // empty: none selected
};

// `must_exist`: an SQLite file that is not there is an error, not made.
std::unique_ptr<SqlDoor> open_sqlite(const std::string& file, bool must_exist);
std::unique_ptr<SqlDoor> open_mariadb(const MariaDbAddress& address);

// 'text' with its quotes doubled; right for both databases (backslash escapes are off).
std::string sql_text(std::string_view text);

}  // namespace bn::testing
