#include "controller/config/config_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "controller/http/admin_http.hpp"
#include "controller/sys/files.hpp"

namespace bn::controller {
namespace {

constexpr std::string_view kPolicyNeeded =
    "no policy is given, and there is no default: say policy = \"observe\" (only look), "
    "\"create-only\" (create and adopt), \"upsert-only\" (also change, suspend and resume) or "
    "\"sync\" (also close and delete) in [defaults] or in the section of each server. Start with "
    "\"observe\"";

void check_panel(const PanelConfig& panel, std::vector<Finding>& findings) {
    const std::array<bool, 4> sources{
        !panel.from.empty(), !panel.host.empty(), !panel.socket.empty(), !panel.sqlite.empty()};
    const auto count = std::count(sources.begin(), sources.end(), true);
    if (count == 0) {
        findings.emplace_back(
            "panel",
            "[panel] does not say where the panel's database is: give from = "
            "\"/usr/local/mgr5/etc/billmgr.conf.d/db.conf\", or host, or socket"
        );
    }
    if (!panel.sqlite.empty() && count > 1) {
        findings.emplace_back(
            "panel.sqlite", "panel.sqlite excludes panel.from, panel.host and panel.socket"
        );
    }
    if (!panel.host.empty() && !panel.socket.empty()) {
        findings.emplace_back("panel.socket", "give panel.host or panel.socket, not both");
    }
    if ((!panel.host.empty() || !panel.socket.empty()) && panel.from.empty() &&
        panel.user.empty()) {
        findings.emplace_back("panel.host", "panel.user is missing: the database's user");
    }
    if (panel.login_template.find("{item}") == std::string::npos) {
        findings.emplace_back(
            "panel.login_template",
            "panel.login_template must contain {item}, or all items would get one login"
        );
    }
    if (panel.module.empty()) {
        findings.emplace_back("panel.module", "panel.module must not be empty");
    }
}

void check_panel_api(const Config& config, std::vector<Finding>& findings) {
    const PanelConfig& panel = config.panel;
    if (panel.api == "https") {
        if (panel.api_url.rfind("https://", 0) != 0) {
            findings.emplace_back(
                "panel.api_url",
                "panel.api = \"https\" needs panel.api_url = "
                "\"https://panel.example.com:1500/billmgr\""
            );
        }
        if (panel.api_user.empty() || panel.api_password_file.empty()) {
            findings.emplace_back(
                "panel.api_user",
                "panel.api = \"https\" needs panel.api_user and panel.api_password_file"
            );
        }
    }
    if (panel.api == "mgrctl" && (panel.mgrctl.empty() || panel.mgrctl.front() != '/')) {
        findings.emplace_back("panel.mgrctl", "panel.mgrctl must be an absolute path");
    }
    if (panel.open_function.empty()) {
        findings.emplace_back("panel.open_function", "panel.open_function must not be empty");
    }
    const std::string& socket = config.control.socket;
    if (!socket.empty() && (socket.front() != '/' || socket.size() > 100)) {
        findings.emplace_back(
            "control.socket", "control.socket must be an absolute path of at most 100 characters"
        );
    }
    const std::string& at = config.statistics.at;
    const auto digit = [&](std::size_t i) { return at[i] >= '0' && at[i] <= '9'; };
    const bool clock = at.size() == 5 && at[2] == ':' && digit(0) && digit(1) && digit(3) &&
                       digit(4) && at.substr(0, 2) < "24" && at.substr(3) < "60";
    if (!clock) {
        findings.emplace_back("statistics.at", "statistics.at must be a time like \"03:00\"");
    }
}

void check_policies(const Config& config, std::vector<Finding>& findings) {
    if (config.defaults.policy) {
        return;
    }
    if (config.servers.empty()) {
        findings.emplace_back("defaults", std::string(kPolicyNeeded));
    }
    for (const auto& [id, server] : config.servers) {
        if (!server.policy && server.enabled.value_or(true)) {
            findings.emplace_back(fmt::format("server.{}", id.value), missing_policy(id));
        }
    }
}

void check_proxy(
    const std::string& section, const ServerConfig& server, std::vector<Finding>& findings
) {
    if (server.proxy && !server.proxy->empty() && server.proxy->find("://") == std::string::npos) {
        findings.emplace_back(
            section + ".proxy",
            section + ".proxy must be a URL like \"http://proxy.example.com:3128\""
        );
    }
}

void check_readable(
    const std::string& key, const std::string& path, std::vector<Finding>& findings
) {
    if (!path.empty() && ::access(path.c_str(), R_OK) != 0) {
        findings.emplace_back(
            key, fmt::format("{}: cannot read {}: {}", key, path, std::strerror(errno))
        );
    }
}

}  // namespace

std::vector<Finding> check_values(const Config& config) {
    std::vector<Finding> findings;
    check_panel(config.panel, findings);
    check_panel_api(config, findings);
    check_policies(config, findings);
    if (config.store.path.empty()) {
        findings.emplace_back("store.path", "store.path must not be empty");
    }
    if (config.store.key_file.empty()) {
        findings.emplace_back("store.key_file", "store.key_file must not be empty");
    }
    if (config.service.backoff_max < config.service.backoff_first) {
        findings.emplace_back(
            "service.backoff_max", "service.backoff_max must not be less than service.backoff_first"
        );
    }
    if (!config.http.listen.empty()) {
        if (const auto listen = parse_listen(config.http.listen); !listen) {
            findings.emplace_back("http.listen", "http.listen: " + listen.error());
        }
    }
    check_proxy("defaults", config.defaults, findings);
    for (const auto& [id, server] : config.servers) {
        check_proxy(fmt::format("server.{}", id.value), server, findings);
    }
    return findings;
}

std::vector<Finding> check_files(const Config& config) {
    std::vector<Finding> findings;
    check_readable("panel.from", config.panel.from, findings);
    check_readable("panel.sqlite", config.panel.sqlite, findings);
    check_readable("panel.crypt_key", config.panel.crypt_key, findings);
    if (!config.panel.password_file.empty()) {
        if (const auto secret = read_secret_file(config.panel.password_file); !secret) {
            findings.emplace_back(
                "panel.password_file",
                fmt::format(
                    "panel.password_file: {} ({})", secret.error().what, secret.error().remedy
                )
            );
        }
    }
    check_readable("defaults.ca_file", config.defaults.ca_file.value_or(""), findings);
    for (const auto& [id, server] : config.servers) {
        check_readable(
            fmt::format("server.{}.ca_file", id.value), server.ca_file.value_or(""), findings
        );
    }
    return findings;
}

}  // namespace bn::controller
