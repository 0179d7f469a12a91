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
        const bool shown = of_servers && place.server.said.contains(option.name);
        if (server.empty() ? !of_servers : shown) {
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

constexpr std::string_view kHead = R"(# Configuration

<!-- Made by `bill-nextcloud --config-reference`; a test compares. Change controller/config. -->

One TOML file, by default `/etc/bill-nextcloud/config.toml`; `--config FILE` names another.
`deploy/config.example.toml` is one to begin with. All faults of a file are reported at once, with
their lines; an unknown name is a fault. `bill-nextcloud check` tries everything that the file names.
SIGHUP reads it again; a faulty file changes nothing. What waits for a restart is marked with **R**:
the log names what changed at once and what waits.

Durations are texts: `"250ms"`, `"2s"`, `"5m"`, `"1h30m"`, `"14d"`. Passwords never stand in this
file: `password_file` names a file that only its owner (and group) may read, and the clouds'
credentials come from the panel.

`policy` has no default. It must stand in `[defaults]` or in the section of each server.
)";

std::string default_of(const Option& option) {
    const std::optional<Value> value = built_in(option);
    const std::string text = value ? print_value(*value) : "";
    return text.empty() ? "none" : text == "\"\"" ? "empty" : fmt::format("`{}`", text);
}

std::string type_of(const Option& option) {
    const Type type = option.field.type;
    std::string expected = expectation(option);
    if (!option.limits.choices.front().empty()) {
        return expected;
    }
    return option.limits.high == 0
               ? std::string(type_name(type))
               : fmt::format("{}; {}", type_name(type), expected.substr(expected.find("from")));
}

std::string table_of(std::string_view section) {
    std::string text =
        "\n| Key | Type | Default | What it does | Example |\n|---|---|---|---|---|\n";
    for (const Option& option : config_options()) {
        if (option.field.section == section) {
            text += fmt::format(
                "| `{}`{} | {} | {} | {}{} | `{}` |\n",
                option.name,
                option.reload == Reload::kRestart ? " **R**" : "",
                type_of(option),
                default_of(option),
                option.what,
                option.scope == Scope::kOneServer ? " Only in `[server.N]`." : "",
                example(option)
            );
        }
    }
    return text;
}

}  // namespace

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

std::string config_reference() {
    std::string text(kHead);
    for (const auto& [name, what] : config_sections()) {
        text += fmt::format(
            "\n## [{}]\n\n{}\n{}",
            name == kServers ? "defaults] and [server.N" : name,
            what,
            table_of(name)
        );
    }
    return text;
}

}  // namespace bn::controller
