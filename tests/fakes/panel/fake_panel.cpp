#include "tests/fakes/panel/fake_panel.hpp"

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/fakes/panel/schema.hpp"

namespace bn::testing {

namespace {

template <class T>
std::string sql(const std::optional<T>& number) {
    return number ? fmt::to_string(*number) : "NULL";
}

std::string flag(bool on) {
    return on ? "'on'" : "'off'";
}

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }

    void operator()(std::FILE* file) const { std::fclose(file); }
};

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
}

Id FakePanel::next_id(const std::string& table) {
    auto [it, fresh] = last_ids_.try_emplace(table, 0);
    if (fresh) {
        it->second = static_cast<Id>(
            std::stoul(value("SELECT COALESCE(MAX(id), 0) FROM `" + table + "`").value_or("0"))
        );
    }
    it->second += 1 + std::exchange(gap_, 0);
    return it->second;
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
        "INSERT INTO runningoperation (id, item, intname) VALUES ({}, {}, {})",
        id,
        item,
        sql_text(intname)
    ));
    return id;
}

void FakePanel::set_param(Id item, const std::string& name, const std::string& value) {
    exec(fmt::format("DELETE FROM itemparam WHERE item = {} AND intname = {}", item, sql_text(name))
    );
    exec(fmt::format(
        "INSERT INTO itemparam (id, item, intname, value) VALUES ({}, {}, {}, {})",
        next_id("itemparam"),
        item,
        sql_text(name),
        sql_text(value)
    ));
}

void FakePanel::set_item(Id item, const std::string& column, const std::string& sql_value) {
    exec(fmt::format("UPDATE item SET {} = {} WHERE id = {}", column, sql_value, item));
}

std::string crypt_param(const std::string& pem_file, const std::string& text) {
    const std::unique_ptr<std::FILE, Free> file(std::fopen(pem_file.c_str(), "r"));
    require(file != nullptr, "the PEM file cannot be read");
    const std::unique_ptr<EVP_PKEY, Free> key(
        PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr)
    );
    require(key != nullptr, "the PEM file holds no private key");
    const std::unique_ptr<EVP_PKEY_CTX, Free> context(EVP_PKEY_CTX_new(key.get(), nullptr));
    std::string sealed(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t length = sealed.size();
    require(
        EVP_PKEY_encrypt_init(context.get()) > 0 &&
            EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
            EVP_PKEY_encrypt(
                context.get(),
                reinterpret_cast<unsigned char*>(sealed.data()),
                &length,
                reinterpret_cast<const unsigned char*>(text.data()),
                text.size()
            ) > 0,
        "the text cannot be crypted"
    );
    std::string base64((length + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(base64.data()),
        reinterpret_cast<const unsigned char*>(sealed.data()),
        static_cast<int>(length)
    );
    base64.resize(static_cast<std::size_t>(size));
    return base64;
}

void write_panel_key(const std::string& pem_file) {
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_RSA_gen(2048));
    require(key != nullptr, "no key could be made");
    const std::unique_ptr<std::FILE, Free> file(std::fopen(pem_file.c_str(), "w"));
    require(file != nullptr, "the PEM file cannot be written");
    std::filesystem::permissions(
        pem_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
    require(
        PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) > 0,
        "the PEM file cannot be written"
    );
}

}  // namespace bn::testing
