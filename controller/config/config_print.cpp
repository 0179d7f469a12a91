#include <type_traits>

#include <fmt/format.h>

#include "controller/config/config.hpp"
#include "controller/config/config_options.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

void add_server(Values& values, const std::string& section, ServerConfig server, bool mask) {
    if (mask && server.proxy) {
        server.proxy = mask_url(*server.proxy);
    }
    for (const auto& option : server_options()) {
        std::visit(
            [&](auto field) {
                if (const auto& value = field(server)) {
                    values.emplace_back(
                        fmt::format("{}.{}", section, option.name), print_value(*value)
                    );
                }
            },
            option.field
        );
    }
}

template <class T>
void override_with(T& value, const std::optional<T>& said) {
    if (said) {
        value = *said;
    }
}

void override_all(ServerSettings& settings, const ServerConfig& said) {
    if (said.policy) {
        settings.policy = said.policy;
    }
    if (said.put_limited) {
        settings.put_limited = said.put_limited;
    }
    override_with(settings.enabled, said.enabled);
    override_with(settings.ca_file, said.ca_file);
    override_with(settings.verify_tls, said.verify_tls);
    override_with(settings.proxy, said.proxy);
    override_with(settings.max_parallel, said.max_parallel);
    override_with(settings.page_size, said.page_size);
    override_with(settings.timeout, said.timeout);
    override_with(settings.connect_timeout, said.connect_timeout);
    override_with(settings.max_destructive, said.max_destructive);
    override_with(settings.max_destructive_share, said.max_destructive_share);
    override_with(settings.always_allowed, said.always_allowed);
}

std::map<std::string, std::string> as_map(const Values& values) {
    return {values.begin(), values.end()};
}

}  // namespace

ServerSettings Config::server(ServerId id) const {
    ServerSettings settings;
    override_all(settings, defaults);
    if (const auto own = servers.find(id); own != servers.end()) {
        override_all(settings, own->second);
    }
    return settings;
}

std::vector<std::pair<std::string, std::string>> effective_values(const Config& config, bool mask) {
    Values values;
    Config copy = config;
    for (const auto& option : config_options()) {
        std::visit(
            [&](auto field) {
                values.emplace_back(
                    fmt::format("{}.{}", option.section, option.name), print_value(field(copy))
                );
            },
            option.field
        );
    }
    add_server(values, "defaults", config.defaults, mask);
    for (const auto& [id, server] : config.servers) {
        add_server(values, fmt::format("server.{}", id.value), server, mask);
    }
    return values;
}

std::string masked(const Config& config) {
    std::string text;
    std::string section;
    for (const auto& [key, value] : effective_values(config, true)) {
        const auto dot = key.rfind('.');
        if (key.substr(0, dot) != section) {
            section = key.substr(0, dot);
            text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
        }
        text += fmt::format("{} = {}\n", key.substr(dot + 1), value);
    }
    return text;
}

std::string digest(const Config& config) {
    return checksum(masked(config)).substr(0, 16);
}

std::string diff_summary(const Config& before, const Config& after) {
    const auto was = as_map(effective_values(before, true));
    const auto is = as_map(effective_values(after, true));
    std::string text;
    const auto add = [&](const std::string& key, std::string_view from, std::string_view to) {
        text += fmt::format("{}{}: {} -> {}", text.empty() ? "" : "; ", key, from, to);
    };
    for (const auto& [key, value] : was) {
        const auto now = is.find(key);
        if (now == is.end()) {
            add(key, value, "not set");
        } else if (now->second != value) {
            add(key, value, now->second);
        }
    }
    for (const auto& [key, value] : is) {
        if (!was.contains(key)) {
            add(key, "not set", value);
        }
    }
    return text;
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
