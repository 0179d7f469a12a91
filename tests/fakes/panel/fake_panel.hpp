// The panel's double: BILLmanager's database with a writer that behaves like the panel.
//
// Works on MariaDB and on SQLite alike. It assigns ids itself, may leave gaps, writes a history row
// with each change of an item, and walks items through their life in both variants that a panel may
// use: status 5 stored, or only the running operation to be seen. One thread; failures throw.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/panel/param_crypt.hpp"
#include "tests/fakes/panel/sql_door.hpp"

namespace bn::testing {

using Id = std::uint32_t;

// How the panel shows an operation in progress.
enum class InProgress : std::uint8_t { kStatus5, kOperationOnly };

struct ServerSpec {
    std::string name = "cloud";
    std::string base_url = "https://cloud.example.com";
    std::string login = "admin";
    std::string password = "secret";
    bool active = true;
    std::string module = "pmnextcloud";
    std::string crypt_pem = {};  // a PEM file: the password is stored crypted with it
};

struct ResourceSpec {
    std::string intname = "disk";  // empty: named by its item type
    std::string itemtype = "disk";
    bool active = true;
    std::optional<std::int64_t> addontype = 2;
    std::optional<std::int64_t> billtype = 2;
    std::string measure = "gib";  // empty: none
    std::optional<std::int64_t> addonlimit;
    std::optional<std::int64_t> addonmax;
    std::optional<std::int64_t> addonmaxtrial;
    std::optional<Id> compound;
};

struct TariffSpec {
    std::string name = "Cloud";
    std::optional<std::int64_t> disk_gib = 10;   // nothing: no disk resource
    std::string usergroup = {};                  // empty: none
    std::optional<std::int64_t> trial_gib = {};  // addonmaxtrial of the disk
};

struct ChildSpec {
    std::optional<std::int64_t> addonlimit;
    std::optional<std::int64_t> addonmax;
    std::optional<std::int64_t> addonmaxtrial;
    std::optional<std::int64_t> intvalue;
};

struct ItemSpec {
    std::optional<Id> account;
    std::optional<Id> tariff;
    std::optional<Id> server;
    std::optional<std::int64_t> status = 2;
    std::optional<std::int64_t> period = 1;
    std::string username;  // saved param; empty: none
};

class FakePanel {
  public:
    // Makes the file (an old one is replaced) or the database (an old one is dropped).
    static FakePanel create_sqlite(const std::string& file);
    static FakePanel create_mariadb(const MariaDbAddress& address);
    // An existing one.
    static FakePanel open_sqlite(const std::string& file);
    // On whatever door; the schema must be there.
    explicit FakePanel(std::unique_ptr<SqlDoor> door);

    Id add_server(const ServerSpec& spec);        // linked to the tariffs added so far
    Id add_tariff(const TariffSpec& spec);        // with its disk resource, linked to all servers
    Id add_bare_tariff(const std::string& name);  // linked to nothing, without resources
    Id add_resource(Id tariff, const ResourceSpec& spec);
    [[nodiscard]] Id disk_of(Id tariff);  // the resource of add_tariff
    void set_group(Id tariff, const std::string& group);
    Id add_account(const std::string& name);
    Id add_user(
        Id account, const std::string& email, const std::string& realname, bool enabled = true
    );
    Id add_client(const std::string& email, const std::string& realname);  // account and its user
    Id add_item(const ItemSpec& spec);
    Id add_child(Id item, Id resource, const ChildSpec& spec);
    Id add_operation(Id item, const std::string& intname);
    // With a PEM file: crypted. A param is in one of the two tables only.
    void set_param(
        Id item, const std::string& name, const std::string& value, const std::string& pem = {}
    );
    bool drop_param(Id item, const std::string& name);  // false: there was none
    // A server's param, plain or, with a PEM file, crypted.
    void set_server_param(
        Id server, const std::string& name, const std::string& value, const std::string& pem = {}
    );

    void skip_ids(Id count) { gap_ = count; }  // before the next row of any table

    Id id_gap = 0;  // left out before each row

    Id next_id(const std::string& table);
    // Their ids are not given again.
    void delete_rows(const std::string& table, const std::string& condition);

    // Columns of one item as SQL values: set_item(7, "status", "3").
    void set_item(Id item, const std::string& column, const std::string& sql_value);

    // --- The life of a service. Each step begins as the panel begins it and leaves an operation
    // pending; `finish` is what a module's post-call does to it.
    InProgress in_progress = InProgress::kStatus5;
    Id order(Id account, Id tariff);  // in the cart: status 1, no server
    void pay(Id item, Id server);
    void suspend(Id item, const std::string& flag = "autosuspend");
    void resume(Id item);
    void close(Id item);
    void change_tariff(Id item, Id tariff);
    void order_more(Id item, std::int64_t gib);  // sets intvalue of the disk's child
    void prolong(Id item, int months);
    void finish(Id item);  // the oldest pending operation succeeded
    // The same for its oldest pending operation of this kind, as the panel's function `action`
    // does it; false: none is pending.
    bool complete(Id item, const std::string& intname, const std::string& action);
    // Back to lastpricelist; false: there is none.
    bool rollback(Id item, bool keeps_operation);
    void begin_operation(Id item, const std::string& intname);
    void write_history(Id item, const std::string& action, const std::string& changed);
    std::string request_ip;  // attribution of the history rows
    void fail(Id item);      // it failed: tried once more, still pending
    void remove(Id item);    // the row is physically gone

    void exec(const std::string& sql) { door_->exec(sql); }

    std::optional<std::string> value(const std::string& sql) { return door_->value(sql); }

    std::vector<SqlRow> rows(const std::string& sql) { return door_->rows(sql); }

    SqlDoor& door() { return *door_; }

  private:
    Id item_type(const std::string& intname);
    void create_tables(const std::vector<std::string>& statements);

    std::unique_ptr<SqlDoor> door_;
    Id gap_ = 0;
};

}  // namespace bn::testing
