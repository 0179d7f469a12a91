#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

namespace fs = std::filesystem;

// Where the panel itself looks for the database of "localhost".
const char* const kSockets[] = {
    "/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"};

// Lines "Name value"; later ones win. False when the file cannot be read.
bool read_lines(const fs::path& file, std::map<std::string, std::string>& values) {
    std::ifstream in(file);
    if (!in) {
        return false;
    }
    for (std::string line; std::getline(in, line);) {
        const std::string_view text = trim(line);
        if (text.empty() || text.front() == '#') {
            continue;
        }
        const std::size_t blank = text.find_first_of(" \t");
        const std::string_view value =
            blank == std::string_view::npos ? std::string_view() : trim(text.substr(blank));
        values.insert_or_assign(std::string(text.substr(0, blank)), std::string(value));
    }
    return true;
}

std::string find_socket() {
    for (const char* socket : kSockets) {
        std::error_code ignored;
        if (fs::exists(socket, ignored)) {
            return socket;
        }
    }
    return {};
}

}  // namespace

Result<PanelSettings> settings_from_billmgr_conf(const std::string& path) {
    std::map<std::string, std::string> values;
    const bool main_file = read_lines(path, values);
    const bool db_file = read_lines(fs::path(path + ".d") / "db.conf", values);
    if (!main_file && !db_file) {
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.conf",
            fmt::format("neither {} nor {}.d/db.conf can be read", path, path),
            "run as root on the panel's host, or give the database's settings in our own "
            "configuration"
        ));
    }
    const auto value = [&](const char* name, std::string otherwise) {
        const auto it = values.find(name);
        return it == values.end() || it->second.empty() ? std::move(otherwise) : it->second;
    };
    PanelSettings settings;
    settings.host = value("DBHost", settings.host);
    settings.user = value("DBUser", settings.user);
    settings.password = Secret(value("DBPassword", {}));
    settings.database = value("DBName", settings.database);
    const bool local = settings.host == "localhost";
    settings.socket = local ? value("DBSocket", find_socket()) : std::string();
    // Relative names are relative to the panel's folder, the parent of etc/.
    const fs::path root = fs::path(path).parent_path().parent_path();
    const fs::path key = root / value("CryptKey", "etc/billmgr.pem");
    std::error_code ignored;
    if (fs::exists(key, ignored)) {
        settings.crypt_key_file = key.string();
    }
    return settings;
}

}  // namespace bn::bm_reader
