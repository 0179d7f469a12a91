#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "bm_reader/panel_files.hpp"
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

// Relative names are relative to the panel's folder, the parent of etc/. Empty: not known where.
fs::path key_path(const PanelFiles& files, const std::string& named) {
    if (named.empty()) {
        return files.etc.empty() ? fs::path() : fs::path(files.etc) / kKeyFile;
    }
    return files.etc.empty() && fs::path(named).is_relative()
               ? fs::path()
               : fs::path(files.etc).parent_path() / named;
}

}  // namespace

PanelFiles panel_files(const std::string& from) {
    const std::string whole = fs::absolute(from).lexically_normal().string();
    const auto* const named = std::ranges::find_if(kSettingsFiles, [&](std::string_view file) {
        return whole.ends_with(fmt::format("/{}", file));
    });
    PanelFiles files;
    if (named == kSettingsFiles.end()) {
        files.settings = {from};
        return files;
    }
    files.etc = whole.substr(0, whole.size() - named->size() - 1);
    for (const std::string_view file : kSettingsFiles) {
        files.settings.push_back(fmt::format("{}/{}", files.etc, file));
    }
    return files;
}

Result<PanelSettings> settings_from_billmgr_conf(const std::string& path) {
    std::map<std::string, std::string> values;
    const PanelFiles files = panel_files(path);
    const auto read = std::ranges::count_if(files.settings, [&](const std::string& file) {
        return read_lines(file, values);
    });
    if (read == 0) {
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.conf",
            files.settings.size() == 1
                ? fmt::format("{} cannot be read", path)
                : fmt::format(
                      "neither {} nor {} can be read", files.settings.front(), files.settings.back()
                  ),
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
    const fs::path key = key_path(files, value("CryptKey", {}));
    std::error_code ignored;
    if (!key.empty() && fs::exists(key, ignored)) {
        settings.crypt_key_file = key.string();
    }
    return settings;
}

}  // namespace bn::bm_reader
