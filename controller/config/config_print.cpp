#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/config/config.hpp"
#include "controller/config/config_options.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {
namespace {

void add_settings(std::vector<Setting>& all, const std::string& server, const Place& place) {
    for (const Option& option : config_options()) {
        const bool of_servers = option.field.section == kServers;
        if (of_servers != server.empty()) {
            const std::string section(of_servers ? server : option.field.section);
            if (auto value = option.field.get(place)) {
                all.push_back(
                    {fmt::format("{}.{}", section, option.name), &option, *std::move(value)}
                );
            }
        }
    }
}

constexpr const char* kNotSet = "not set";

// As TOML, without secrets.
std::string printed(const Setting& setting) {
    return setting.option->limits.form == Form::kUrl
               ? print_value(mask_url(std::get<std::string>(setting.value)))
               : print_value(setting.value);
}

// As TOML, without secrets; "not set" when `settings` have no such key.
std::string printed(const std::string& key, const std::vector<Setting>& settings) {
    const auto found = std::find_if(settings.begin(), settings.end(), [&key](const Setting& one) {
        return one.key == key;
    });
    return found == settings.end() ? kNotSet : printed(*found);
}

}  // namespace

ServerSettings Config::server(ServerId id) const {
    ServerSettings settings;
    const auto own = servers.find(id);
    for (const Option& option : config_options()) {
        if (option.field.settle != nullptr) {
            option.field.settle(defaults, settings);
            if (own != servers.end()) {
                option.field.settle(own->second, settings);
            }
        }
    }
    return settings;
}

std::vector<Setting> settings_of(Config config) {
    std::vector<Setting> all;
    add_settings(all, "", Place(config));
    add_settings(all, "defaults", Place(config));
    for (auto& [id, server] : config.servers) {
        add_settings(all, fmt::format("server.{}", id.value), Place(config, server));
    }
    return all;
}

std::string masked(const Config& config) {
    std::string text;
    std::string section;
    for (const Setting& setting : settings_of(config)) {
        const auto dot = setting.key.rfind('.');
        if (setting.key.substr(0, dot) != section) {
            section = setting.key.substr(0, dot);
            text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
        }
        text += fmt::format("{} = {}\n", setting.option->name, printed(setting));
    }
    return text;
}

std::string digest(const Config& config) {
    return checksum(masked(config)).substr(0, 16);
}

std::string diff_summary(const Config& before, const Config& after) {
    const std::vector<Setting> was = settings_of(before);
    const std::vector<Setting> is = settings_of(after);
    std::vector<std::string> changes;
    const auto compare = [&](const std::string& key) {
        const std::string from = printed(key, was);
        const std::string to = printed(key, is);
        if (from != to) {
            changes.push_back(fmt::format("{}: {} -> {}", key, from, to));
        }
    };
    for (const Setting& setting : was) {
        compare(setting.key);
    }
    for (const Setting& setting : is) {
        if (printed(setting.key, was) == kNotSet) {
            compare(setting.key);
        }
    }
    return fmt::format("{}", fmt::join(changes, "; "));
}

ConfigReload after_reload(const Config& running, const Config& wanted) {
    ConfigReload reload;
    reload.in_force = wanted;
    Config kept = running;
    for (const Option& option : config_options()) {
        if (option.reload == Reload::kRestart) {
            option.field.set(Place(reload.in_force), *option.field.get(Place(kept)));
        }
    }
    reload.changed = diff_summary(running, reload.in_force);
    reload.waiting = diff_summary(reload.in_force, wanted);
    return reload;
}

std::string missing_policy(ServerId id) {
    return fmt::format(
        "server {} has no policy. Say one of \"observe\" (only look), \"create-only\", "
        "\"upsert-only\" or \"sync\" (everything) in [defaults] or [server.{}]; start with "
        "policy = \"observe\"",
        id.value,
        id.value
    );
}

std::string ConfigError::text() const {
    return line == 0 ? fmt::format("{}: {}", file, what)
                     : fmt::format("{}:{}: {}", file, line, what);
}

std::string to_string(const ConfigErrors& errors) {
    std::string text;
    for (const auto& error : errors) {
        text += error.text() + "\n";
    }
    return text;
}

}  // namespace bn::controller
