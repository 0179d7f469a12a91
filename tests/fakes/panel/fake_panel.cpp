#include "tests/fakes/panel/fake_panel.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "tests/fakes/panel/schema.hpp"

namespace bn::testing {

namespace {

template <class T>
std::string sql(const std::optional<T>& number) {
    return number ? fmt::to_string(*number) : "NULL";
}

// What the real panel keeps elsewhere: the double's own books. Plain types, right for both
// databases.
constexpr std::array<const char*, 3> kOwnTables = {
    "CREATE TABLE fake_last_id (name VARCHAR(64) NOT NULL, last BIGINT NOT NULL)",
    "CREATE TABLE fake_problem (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL, "
    "object VARCHAR(64) NOT NULL, level VARCHAR(16), params TEXT, times INT NOT NULL, "
    "solved INT NOT NULL)",
    "CREATE TABLE fake_poststat (id BIGINT NOT NULL PRIMARY KEY, processingmodule INT NOT NULL, "
    "statdate VARCHAR(10) NOT NULL)"};

std::string flag(bool on) {
    return on ? "'on'" : "'off'";
}

void require(bool fine, const char* what) {
    if (!fine) {
        throw std::runtime_error(what);
    }
}

}  // namespace

FakePanel::FakePanel(std::unique_ptr<SqlDoor> door) : door_(std::move(door)) {}

FakePanel FakePanel::create_sqlite(const std::string& file) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        std::filesystem::remove(file + suffix);
    }
    FakePanel panel(bn::testing::open_sqlite(file, false));
    panel.exec("PRAGMA journal_mode = WAL");
    panel.create_tables(sqlite_statements(panel_schema_text()));
    return panel;
}

FakePanel FakePanel::open_sqlite(const std::string& file) {
    return FakePanel(bn::testing::open_sqlite(file, true));
}

FakePanel FakePanel::create_mariadb(const MariaDbAddress& address) {
    MariaDbAddress server = address;
    server.database.clear();
    const auto root = open_mariadb(server);
    root->exec("DROP DATABASE IF EXISTS `" + address.database + "`");
    root->exec("CREATE DATABASE `" + address.database + "` CHARACTER SET utf8mb4");
    FakePanel panel(open_mariadb(address));
    panel.create_tables(mariadb_statements(panel_schema_text()));
    return panel;
}

void FakePanel::create_tables(const std::vector<std::string>& statements) {
    for (const std::string& statement : statements) {
        exec(statement);
    }
    for (const char* table : kOwnTables) {
        exec(table);
    }
}

Id FakePanel::next_id(const std::string& table) {
    const auto number = [this](const std::string& query) {
        return static_cast<Id>(std::stoul(value(query).value_or("0")));
    };
    // Asked each time: another process may have written. A deleted row's id does not come back.
    const Id newest = std::max(
        number("SELECT COALESCE(MAX(id), 0) FROM `" + table + "`"),
        number("SELECT COALESCE(MAX(last), 0) FROM fake_last_id WHERE name = " + sql_text(table))
    );
    return newest + 1 + id_gap + std::exchange(gap_, 0);
}

void FakePanel::delete_rows(const std::string& table, const std::string& condition) {
    exec(fmt::format(
        "INSERT INTO fake_last_id (name, last) SELECT {}, MAX(id) FROM `{}` WHERE {} "
        "HAVING MAX(id) IS NOT NULL",
        sql_text(table),
        table,
        condition
    ));
    exec(fmt::format("DELETE FROM `{}` WHERE {}", table, condition));
}

Id FakePanel::item_type(const std::string& intname) {
    if (const auto id = value("SELECT id FROM itemtype WHERE intname = " + sql_text(intname))) {
        return static_cast<Id>(std::stoul(*id));
    }
    const Id id = next_id("itemtype");
    exec(fmt::format(
        "INSERT INTO itemtype (id, intname, name) VALUES ({0}, {1}, {1})", id, sql_text(intname)
    ));
    return id;
}

Id FakePanel::add_server(const ServerSpec& spec) {
    const Id id = next_id("processingmodule");
    exec(fmt::format(
        "INSERT INTO processingmodule (id, name, module, active) VALUES ({}, {}, {}, {})",
        id,
        sql_text(spec.name),
        sql_text(spec.module),
        flag(spec.active)
    ));
    set_server_param(id, "base_url", spec.base_url);
    set_server_param(id, "nc_username", spec.login);
    set_server_param(id, "nc_password", spec.password, spec.crypt_pem);
    exec(fmt::format(
        "INSERT INTO processingmodule2pricelist (processingmodule, pricelist) "
        "SELECT {}, id FROM pricelist WHERE parent IS NULL",
        id
    ));
    return id;
}

void FakePanel::set_server_param(
    Id server, const std::string& name, const std::string& value, const std::string& pem
) {
    const char* table = pem.empty() ? "processingparam" : "processingcryptedparam";
    exec(fmt::format(
        "DELETE FROM {} WHERE processingmodule = {} AND intname = {}", table, server, sql_text(name)
    ));
    exec(fmt::format(
        "INSERT INTO {} (processingmodule, intname, value) VALUES ({}, {}, {})",
        table,
        server,
        sql_text(name),
        sql_text(pem.empty() ? value : crypt_param(pem, value))
    ));
}

Id FakePanel::add_bare_tariff(const std::string& name) {
    const Id type = item_type("backupservice");
    const Id id = next_id("pricelist");
    exec(fmt::format(
        "INSERT INTO pricelist (id, itemtype, name, active) VALUES ({}, {}, {}, 'on')",
        id,
        type,
        sql_text(name)
    ));
    return id;
}

Id FakePanel::add_tariff(const TariffSpec& spec) {
    const Id id = add_bare_tariff(spec.name);
    exec(fmt::format(
        "INSERT INTO processingmodule2pricelist (processingmodule, pricelist) "
        "SELECT id, {} FROM processingmodule WHERE module = 'pmnextcloud'",
        id
    ));
    if (spec.disk_gib) {
        ResourceSpec disk;
        disk.addonlimit = spec.disk_gib;
        disk.addonmaxtrial = spec.trial_gib;
        add_resource(id, disk);
    }
    if (!spec.usergroup.empty()) {
        set_group(id, spec.usergroup);
    }
    return id;
}

Id FakePanel::add_resource(Id tariff, const ResourceSpec& spec) {
    const Id type = item_type(spec.itemtype);
    const Id id = next_id("pricelist");
    const std::string measure =
        spec.measure.empty()
            ? "NULL"
            : "(SELECT id FROM measure WHERE intname = " + sql_text(spec.measure) + ")";
    exec(fmt::format(
        "INSERT INTO pricelist (id, parent, compound, itemtype, intname, name, active, addontype, "
        "billtype, measure, addonlimit, addonmax, addonmaxtrial) VALUES "
        "({}, {}, {}, {}, {}, 'Disk space', {}, {}, {}, {}, {}, {}, {})",
        id,
        tariff,
        sql(spec.compound),
        type,
        sql_text(spec.intname),
        flag(spec.active),
        sql(spec.addontype),
        sql(spec.billtype),
        measure,
        sql(spec.addonlimit),
        sql(spec.addonmax),
        sql(spec.addonmaxtrial)
    ));
    return id;
}

Id FakePanel::disk_of(Id tariff) {
    const auto id = value(fmt::format("SELECT MIN(id) FROM pricelist WHERE parent = {}", tariff));
    require(id.has_value(), "the tariff has no resource");
    return static_cast<Id>(std::stoul(*id));
}

void FakePanel::set_group(Id tariff, const std::string& group) {
    exec(fmt::format(
        "DELETE FROM pricelistparam WHERE pricelist = {} AND intname = 'usergroup'", tariff
    ));
    exec(fmt::format(
        "INSERT INTO pricelistparam (pricelist, intname, value) VALUES ({}, 'usergroup', {})",
        tariff,
        sql_text(group)
    ));
}

Id FakePanel::add_account(const std::string& name) {
    const Id id = next_id("account");
    exec(
        fmt::format("INSERT INTO account (id, name, level) VALUES ({}, {}, 16)", id, sql_text(name))
    );
    return id;
}

Id FakePanel::add_user(
    Id account, const std::string& email, const std::string& realname, bool enabled
) {
    const Id id = next_id("user");
    exec(fmt::format(
        "INSERT INTO `user` (id, account, name, realname, email, level, enabled) VALUES "
        "({}, {}, {}, {}, {}, 16, {})",
        id,
        account,
        sql_text(fmt::format("{}-{}", email, id)),
        sql_text(realname),
        sql_text(email),
        flag(enabled)
    ));
    return id;
}

Id FakePanel::add_client(const std::string& email, const std::string& realname) {
    const Id account = add_account(realname);
    add_user(account, email, realname);
    return account;
}

Id FakePanel::add_item(const ItemSpec& spec) {
    const Id id = next_id("item");
    exec(fmt::format(
        "INSERT INTO item (id, name, account, pricelist, processingmodule, status, period) VALUES "
        "({0}, 'Cloud #{0}', {1}, {2}, {3}, {4}, {5})",
        id,
        sql(spec.account),
        sql(spec.tariff),
        sql(spec.server),
        sql(spec.status),
        sql(spec.period)
    ));
    if (!spec.username.empty()) {
        set_param(id, "username", spec.username);
    }
    return id;
}

Id FakePanel::add_child(Id item, Id resource, const ChildSpec& spec) {
    const Id id = next_id("item");
    exec(fmt::format(
        "INSERT INTO item (id, parent, pricelist, status, addonlimit, addonmax, addonmaxtrial, "
        "intvalue) VALUES ({}, {}, {}, 2, {}, {}, {}, {})",
        id,
        item,
        resource,
        sql(spec.addonlimit),
        sql(spec.addonmax),
        sql(spec.addonmaxtrial),
        sql(spec.intvalue)
    ));
    return id;
}

Id FakePanel::add_operation(Id item, const std::string& intname) {
    const Id id = next_id("runningoperation");
    exec(fmt::format(
        "INSERT INTO runningoperation (id, item, intname, cdate) VALUES ({}, {}, {}, "
        "CURRENT_TIMESTAMP)",
        id,
        item,
        sql_text(intname)
    ));
    return id;
}

void FakePanel::set_param(
    Id item, const std::string& name, const std::string& value, const std::string& pem
) {
    drop_param(item, name);
    const char* table = pem.empty() ? "itemparam" : "itemcryptedparam";
    exec(fmt::format(
        "INSERT INTO {} (id, item, intname, value) VALUES ({}, {}, {}, {})",
        table,
        next_id(table),
        item,
        sql_text(name),
        sql_text(pem.empty() ? value : crypt_param(pem, value))
    ));
}

bool FakePanel::drop_param(Id item, const std::string& name) {
    bool found = false;
    for (const char* table : {"itemparam", "itemcryptedparam"}) {
        const std::string which = fmt::format("item = {} AND intname = {}", item, sql_text(name));
        found = found || value(fmt::format("SELECT id FROM {} WHERE {}", table, which)).has_value();
        exec(fmt::format("DELETE FROM {} WHERE {}", table, which));
    }
    return found;
}

void FakePanel::set_item(Id item, const std::string& column, const std::string& sql_value) {
    exec(fmt::format("UPDATE item SET {} = {} WHERE id = {}", column, sql_value, item));
}

}  // namespace bn::testing
