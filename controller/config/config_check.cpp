#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "controller/config/config_options.hpp"
#include "controller/http/admin_http.hpp"
#include "controller/sys/files.hpp"

namespace bn::controller {
namespace {

constexpr std::string_view kPolicyNeeded =
    "no policy is given, and there is no default: say policy = \"observe\" (only look), "
    "\"create-only\" (create and adopt), \"upsert-only\" (also change, suspend and resume) or "
    "\"sync\" (also close and delete) in [defaults] or in the section of each server. Start with "
    "\"observe\"";

std::ptrdiff_t sources(const PanelConfig& panel) {
    const std::array<bool, 4> given{
        !panel.from.empty(), !panel.host.empty(), !panel.socket.empty(), !panel.sqlite.empty()};
    return std::count(given.begin(), given.end(), true);
}

bool lacks_user(const PanelConfig& panel) {
    return !(panel.host.empty() && panel.socket.empty()) && panel.from.empty() &&
           panel.user.empty();
}

bool is_time_of_day(const std::string& at) {
    const auto digit = [&](std::size_t i) { return at[i] >= '0' && at[i] <= '9'; };
    return at.size() == 5 && at[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4) &&
           at.substr(0, 2) < "24" && at.substr(3) < "60";
}

bool is_absolute(const std::string& path) {
    return !path.empty() && path.front() == '/';
}

struct Rule {
    std::string_view key;  // where to point at
    bool (*broken)(const Config&);
    std::string_view what;
};

constexpr Rule kRules[] = {
    {"panel",
     [](const Config& c) { return sources(c.panel) == 0; },
     "[panel] does not say where the panel's database is: give from = "
     "\"/usr/local/mgr5/etc/billmgr.conf.d/db.conf\", or host, or socket"},
    {"panel.sqlite",
     [](const Config& c) { return !c.panel.sqlite.empty() && sources(c.panel) > 1; },
     "panel.sqlite excludes panel.from, panel.host and panel.socket"},
    {"panel.socket",
     [](const Config& c) { return !c.panel.host.empty() && !c.panel.socket.empty(); },
     "give panel.host or panel.socket, not both"},
    {"panel.host",
     [](const Config& c) { return lacks_user(c.panel); },
     "panel.user is missing: the database's user"},
    {"panel.login_template",
     [](const Config& c) { return c.panel.login_template.find("{item}") == std::string::npos; },
     "panel.login_template must contain {item}, or all items would get one login"},
    {"panel.api_url",
     [](const Config& c) {
         return c.panel.api == "https" && !c.panel.api_url.starts_with("https://");
     },
     R"(panel.api = "https" needs panel.api_url = "https://panel.example.com:1500/billmgr")"},
    {"panel.api_user",
     [](const Config& c) {
         return c.panel.api == "https" &&
                (c.panel.api_user.empty() || c.panel.api_password_file.empty());
     },
     "panel.api = \"https\" needs panel.api_user and panel.api_password_file"},
    {"panel.mgrctl",
     [](const Config& c) { return c.panel.api == "mgrctl" && !is_absolute(c.panel.mgrctl); },
     "panel.mgrctl must be an absolute path"},
    {"control.socket",
     [](const Config& c) {
         return !c.control.socket.empty() &&
                (!is_absolute(c.control.socket) || c.control.socket.size() > 100);
     },
     "control.socket must be an absolute path of at most 100 characters"},
    {"statistics.at",
     [](const Config& c) { return !is_time_of_day(c.statistics.at); },
     "statistics.at must be a time like \"03:00\""},
    {"service.backoff_max",
     [](const Config& c) { return c.service.backoff_max < c.service.backoff_first; },
     "service.backoff_max must not be less than service.backoff_first"},
    {"defaults",
     [](const Config& c) { return !c.defaults.policy && c.servers.empty(); },
     kPolicyNeeded},
};

// What is wrong with the file that a setting names; empty: nothing.
std::string unfit_file(const Setting& setting) {
    const std::string path = std::get<std::string>(setting.value);
    if (path.empty()) {
        return {};
    }
    if (setting.option->limits.form == Form::kSecretFile) {
        const auto secret = read_secret_file(path);
        return secret ? "" : fmt::format("{} ({})", secret.error().what, secret.error().remedy);
    }
    return ::access(path.c_str(), R_OK) == 0
               ? ""
               : fmt::format("cannot read {}: {}", path, std::strerror(errno));
}

}  // namespace

void check_values(const Config& config, const FaultSink& fault) {
    for (const Rule& rule : kRules) {
        if (rule.broken(config)) {
            fault(std::string(rule.key), std::string(rule.what));
        }
    }
    for (const auto& [id, server] : config.servers) {
        if (!server.policy && server.enabled) {
            fault(fmt::format("server.{}", id.value), missing_policy(id));
        }
    }
    const std::string& listen = config.http.listen;
    if (const auto parsed = parse_listen(listen); !listen.empty() && !parsed) {
        fault("http.listen", "http.listen: " + parsed.error());
    }
}

void check_files(const Config& config, const FaultSink& fault) {
    for (const Setting& setting : settings_of(config)) {
        const Form form = setting.option->limits.form;
        if (form == Form::kReadable || form == Form::kSecretFile) {
            if (const std::string wrong = unfit_file(setting); !wrong.empty()) {
                fault(setting.key, setting.key + ": " + wrong);
            }
        }
    }
}

}  // namespace bn::controller
