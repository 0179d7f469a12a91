// One connection to the panel's MariaDB or MySQL, and what its errors mean.
//
// Blocking; one caller at a time. The connection ends with the object, and an open transaction with
// it. Every error concerns the panel, except "panel.stale":
//   kRetryCall "panel.connect", "panel.lost", "panel.memory"; kWait "panel.busy",
//   "panel.no_primary"; kHuman "panel.access", "panel.database", "panel.schema", "panel.query",
//   "panel.session" (a setting of the session is not what was asked for);
//   kRedoPass "panel.stale" (a row that is referred to has gone meanwhile).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rows.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"

struct st_mysql;

namespace bn::base {

// A variable of the session that is set and read back at each connection: the server's init_connect
// or a proxy may have set another value. One that a server does not know is left out.
struct SessionSetting {
    std::string_view name;
    std::string_view value;  // as SET takes it
    std::string_view shown;  // as the server shows it
};

struct MariaDbSettings {
    std::string socket;  // wins over host and port
    std::string host = "127.0.0.1";
    std::uint16_t port = 3306;
    std::string user = "root";
    Secret password;
    std::string database = "billmgr";
    Duration connect_timeout = std::chrono::seconds(10);
    Duration read_timeout = std::chrono::seconds(60);  // of one network read or write
    std::vector<std::string> set_up;                   // statements after connecting
    std::vector<SessionSetting> session;
    std::string grant;          // what a refused user needs: "SELECT ON `billmgr`.*"
    std::string schema_remedy;  // when a table or column is missing

    MariaDbSettings() = default;
};

// How many columns a statement asks for; 0: it is no SELECT, or asks for all (*). Pure.
std::size_t columns_of(std::string_view sql);

class MariaDb {
  public:
    explicit MariaDb(MariaDbSettings settings) : settings_(std::move(settings)) {}

    // Connects, in UTF-8, without reconnecting by itself. Does nothing when it is open.
    Result<void> open();

    void close() { connection_.reset(); }

    // From now on a refused user needs this.
    void set_grant(std::string grant) { settings_.grant = std::move(grant); }

    [[nodiscard]] bool is_open() const { return connection_ != nullptr; }

    // REQUIRES: is_open(). `doing` is for messages: "commit usage".
    Result<void> execute(std::string_view doing, std::string_view sql);
    // Streams the rows of one statement, so that memory does not grow with them. A row has the
    // columns that were asked for; an answer with others is "panel.lost".
    Result<void> scan(std::string_view doing, std::string_view sql, const RowHandler& each);

    // Of the last failure.
    [[nodiscard]] DbTrouble trouble() const { return trouble_; }

    // The last failure was the end of the connection: another may be better.
    [[nodiscard]] bool gone() const { return gone_; }

    // The server did not understand the last statement: an older one.
    [[nodiscard]] bool not_understood() const { return not_understood_; }

  private:
    struct Close {
        void operator()(st_mysql* connection) const;
    };

    Error failed(std::string_view doing);
    Error not_the_answer(std::string_view doing, std::size_t asked, std::size_t came);
    Result<void> set_up();
    Result<void> set(const SessionSetting& setting);

    MariaDbSettings settings_;
    std::unique_ptr<st_mysql, Close> connection_;
    DbTrouble trouble_ = DbTrouble::kNone;
    bool gone_ = false;
    bool not_understood_ = false;
};

}  // namespace bn::base
