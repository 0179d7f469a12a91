// Reading the file: the only place that knows toml++.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "controller/config/config.hpp"
#include "controller/config/config_check.hpp"
#include "controller/config/config_options.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/files.hpp"

namespace bn::controller {
namespace {

// Collects the faults of one file.
class Faults {
  public:
    explicit Faults(std::string_view file) : file_(file) {}

    void add(std::uint32_t line, std::string what) {
        errors_.emplace_back(file_, line, std::move(what));
    }

    void add(const toml::node& node, std::string what) {
        add(node.source().begin.line, std::move(what));
    }

    [[nodiscard]] ConfigErrors take() {
        std::stable_sort(errors_.begin(), errors_.end(), [](const auto& a, const auto& b) {
            return a.line < b.line;
        });
        return std::move(errors_);
    }

  private:
    std::string file_;
    ConfigErrors errors_;
};

bool within(double value, const Range& range) {
    return value >= range.low && value <= range.high;
}

// Each reads one kind of value; nothing when the type or the range does not fit.
std::optional<std::string> read(const toml::node& node, const Range&, std::string*) {
    return node.value_exact<std::string>();
}

std::optional<bool> read(const toml::node& node, const Range&, bool*) {
    return node.value_exact<bool>();
}

std::optional<std::uint32_t> read(const toml::node& node, const Range& range, std::uint32_t*) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || !within(static_cast<double>(*value), range)) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*value);
}

std::optional<double> read(const toml::node& node, const Range& range, double*) {
    const auto value = node.value<double>();
    if (!node.is_number() || !value || !std::isfinite(*value) || !within(*value, range)) {
        return std::nullopt;
    }
    return value;
}

std::optional<Duration> read(const toml::node& node, const Range& range, Duration*) {
    const auto text = node.value_exact<std::string>();
    const auto value = text ? parse_duration(*text) : std::nullopt;
    if (!value || !within(static_cast<double>(value->count()), range)) {
        return std::nullopt;
    }
    return value;
}

std::optional<Policy> read(const toml::node& node, const Range&, Policy*) {
    const auto text = node.value_exact<std::string>();
    return text ? parse_policy(*text) : std::nullopt;
}

std::string what_it_says(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) {
        return toml_quoted(*text);
    }
    if (const auto number = node.value_exact<std::int64_t>()) {
        return fmt::format("{}", *number);
    }
    if (const auto number = node.value_exact<double>()) {
        return fmt::format("{}", *number);
    }
    if (const auto flag = node.value_exact<bool>()) {
        return *flag ? "true" : "false";
    }
    return "something else";
}

std::string not_as_expected(
    std::string_view key, const std::string& expected, const toml::node& node
) {
    return fmt::format("{} must be {}; it says {}", key, expected, what_it_says(node));
}

// A key may hold a password by mistake: nothing of an unknown key's value is repeated.
std::string unknown(
    std::string_view what, std::string_view name, const std::vector<std::string>& candidates
) {
    const auto meant = nearest(name, candidates);
    return fmt::format(
        "unknown {} {}{}", what, name, meant ? fmt::format("; did you mean {}?", *meant) : ""
    );
}

class Reader {
  public:
    Reader(Config& config, Faults& faults) : config_(config), faults_(faults) {}

    void read_all(const toml::table& file) {
        for (const auto& [key, node] : file) {
            const std::string_view name = key.str();
            const toml::table* table = node.as_table();
            if (name == "server" && table != nullptr) {
                read_servers(*table);
            } else if (name == "defaults" && table != nullptr) {
                read_server(*table, "defaults", config_.defaults, false);
            } else if (is_section(name) && table != nullptr) {
                read_section(*table, name);
            } else {
                refuse_top_level(name, node);
            }
        }
    }

  private:
    static bool is_section(std::string_view name) {
        const auto& all = config_sections();
        return std::any_of(all.begin(), all.end(), [name](const Section& section) {
            return section.name == name;
        });
    }

    void refuse_top_level(std::string_view name, const toml::node& node) {
        std::vector<std::string> names{"defaults", "server"};
        for (const auto& section : config_sections()) {
            names.emplace_back(section.name);
        }
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            faults_.add(node, fmt::format("{} must be a section: write [{}]", name, name));
        } else if (node.is_table()) {
            faults_.add(node, unknown("section", fmt::format("[{}]", name), names));
        } else {
            faults_.add(node, fmt::format("{} stands outside of any section", name));
        }
    }

    void read_section(const toml::table& table, std::string_view section) {
        std::vector<std::string> names;
        for (const auto& option : config_options()) {
            if (option.section == section) {
                names.emplace_back(option.name);
            }
        }
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            const auto& all = config_options();
            const auto option = std::find_if(all.begin(), all.end(), [&](const Option& o) {
                return o.section == section && o.name == name;
            });
            if (option == all.end()) {
                faults_.add(node, in_section(section, unknown("key", name, names)));
            } else {
                read_option(*option, node);
            }
        }
    }

    void read_option(const Option& option, const toml::node& node) {
        const auto fits_choices = [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
                return option.choices.empty() ||
                       std::find(option.choices.begin(), option.choices.end(), value) !=
                           option.choices.end();
            } else {
                return true;
            }
        };
        std::visit(
            [&](auto field) {
                auto& target = field(config_);
                const auto value = read(node, option.range, &target);
                if (value && fits_choices(*value)) {
                    target = *value;
                } else {
                    const auto key = fmt::format("{}.{}", option.section, option.name);
                    faults_.add(node, not_as_expected(key, expectation(option), node));
                }
            },
            option.field
        );
    }

    void read_servers(const toml::table& table) {
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            std::uint32_t id = 0;
            const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id);
            if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size() || id == 0) {
                faults_.add(
                    node,
                    fmt::format(
                        "[server.{}]: the name must be the server's id in the panel, a number, "
                        "like "
                        "[server.3]",
                        name
                    )
                );
            } else if (const toml::table* server = node.as_table()) {
                read_server(
                    *server, fmt::format("server.{}", id), config_.servers[ServerId(id)], true
                );
            } else {
                faults_.add(node, fmt::format("server.{} must be a section", name));
            }
        }
    }

    void read_server(
        const toml::table& table, const std::string& section, ServerConfig& server, bool one
    ) {
        std::vector<std::string> names;
        for (const auto& option : server_options()) {
            names.emplace_back(option.name);
        }
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            const auto& all = server_options();
            const auto option = std::find_if(all.begin(), all.end(), [&](const ServerOption& o) {
                return o.name == name;
            });
            if (option == all.end()) {
                faults_.add(node, in_section(section, unknown("key", name, names)));
            } else if (option->only_server && !one) {
                faults_.add(
                    node, in_section(section, fmt::format("{} belongs into [server.N]", name))
                );
            } else {
                read_server_option(*option, section, server, node);
            }
        }
    }

    void read_server_option(
        const ServerOption& option,
        const std::string& section,
        ServerConfig& server,
        const toml::node& node
    ) {
        std::visit(
            [&](auto field) {
                auto& target = field(server);
                using Value = typename std::decay_t<decltype(target)>::value_type;
                const auto value = read(node, option.range, static_cast<Value*>(nullptr));
                if (value) {
                    target = *value;
                } else {
                    const auto key = fmt::format("{}.{}", section, option.name);
                    faults_.add(node, not_as_expected(key, expectation(option), node));
                }
            },
            option.field
        );
    }

    static std::string in_section(std::string_view section, const std::string& what) {
        return fmt::format("[{}]: {}", section, what);
    }

    Config& config_;
    Faults& faults_;
};

std::uint32_t line_of(const toml::table& file, const std::string& key) {
    const toml::node* node = file.at_path(key).node();
    for (auto dot = key.rfind('.'); node == nullptr && dot != std::string::npos && dot != 0;
         dot = key.rfind('.', dot - 1)) {
        node = file.at_path(key.substr(0, dot)).node();
    }
    return node == nullptr ? 0 : node->source().begin.line;
}

tl::expected<Config, ConfigErrors> parse(
    std::string_view text, std::string_view file_name, bool look_at_files
) {
    Faults faults(file_name);
    toml::table table;
    try {
        table = toml::parse(text, file_name);
    } catch (const toml::parse_error& error) {
        faults.add(error.source().begin.line, std::string(error.description()));
        return tl::unexpected(faults.take());
    }
    Config config;
    Reader(config, faults).read_all(table);
    std::vector<Finding> findings = check_values(config);
    if (look_at_files) {
        std::vector<Finding> more = check_files(config);
        findings.insert(findings.end(), more.begin(), more.end());
    }
    for (auto& finding : findings) {
        faults.add(line_of(table, finding.key), std::move(finding.what));
    }
    ConfigErrors errors = faults.take();
    if (!errors.empty()) {
        return tl::unexpected(std::move(errors));
    }
    return config;
}

}  // namespace

tl::expected<Config, ConfigErrors> parse_config(std::string_view text, std::string_view file_name) {
    return parse(text, file_name, false);
}

tl::expected<Config, ConfigErrors> load_config(const std::string& path) {
    const auto text = read_file(path, 1u << 20);
    if (!text) {
        ConfigErrors errors;
        errors.emplace_back(
            path,
            0,
            fmt::format(
                "{} ({}); see deploy/config.example.toml", text.error().what, text.error().remedy
            )
        );
        return tl::unexpected(std::move(errors));
    }
    return parse(*text, path, true);
}

}  // namespace bn::controller
