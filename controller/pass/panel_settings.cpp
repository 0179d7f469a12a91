#include "controller/pass/panel_settings.hpp"

#include "controller/sys/files.hpp"

namespace bn::controller {

Result<bm_reader::PanelSettings> panel_settings(const Config& config) {
    const PanelConfig& from = config.panel;
    bm_reader::PanelSettings settings;
    if (!from.from.empty()) {
        Result<bm_reader::PanelSettings> own = bm_reader::settings_from_billmgr_conf(from.from);
        if (!own) {
            return own;
        }
        settings = *std::move(own);
    } else if (!from.sqlite.empty()) {
        settings.kind = bm_reader::DatabaseKind::kSqlite;
        settings.sqlite_file = from.sqlite;
    } else {
        settings.host = from.host;
        settings.port = static_cast<std::uint16_t>(from.port);
        settings.socket = from.socket;
        settings.database = from.database;
    }
    if (!from.user.empty()) {
        settings.user = from.user;
    }
    if (!from.password_file.empty()) {
        Result<Secret> password = read_secret_file(from.password_file);
        if (!password) {
            return tl::unexpected(std::move(password.error()));
        }
        settings.password = *std::move(password);
    }
    if (!from.crypt_key.empty()) {
        settings.crypt_key_file = from.crypt_key;
    }
    settings.module = from.module;
    settings.allow_http = from.allow_http;
    settings.login_template = from.login_template;
    return settings;
}

}  // namespace bn::controller
