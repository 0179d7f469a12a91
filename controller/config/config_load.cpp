// Reading the file: the only place that knows toml++.
#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.hpp"
#include "controller/config/config.hpp"
#include "controller/config/config_options.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/files.hpp"

namespace bn::controller {
namespace {

// Collects the faults of one file.
struct Faults {
    std::string file;
    ConfigErrors errors{};

    void add(std::uint32_t line, std::string what) {
        errors.push_back({file, line, std::move(what)});
    }

    void add(const toml::node& node, std::string what) {
        add(node.source().begin.line, std::move(what));
    }

    ConfigErrors take() {
        std::ranges::stable_sort(errors, {}, &ConfigError::line);
        return std::move(errors);
    }
};

bool fits(const std::string& text, const Limits& limits) {
    if (!limits.choices.front().empty()) {
        return !text.empty() && std::ranges::find(limits.choices, text) != limits.choices.end();
    }
    return limits.form == Form::kUrl      ? text.empty() || text.find("://") != std::string::npos
           : limits.form == Form::kFilled ? !text.empty()
                                          : true;
}

// Nothing when the type or the limits do not fit.
std::optional<Value> read(const toml::node& node, const Option& option) {
    const Limits& limits = option.limits;
    const auto within = [&limits](double number) {
        return number >= limits.low && number <= limits.high;
    };
    const auto text = node.value_exact<std::string>();
    std::optional<Value> value;
    switch (option.field.type) {
        case Type::kText:
            if (text && fits(*text, limits)) {
                value = *text;
            }
            break;
        case Type::kFlag:
            value = node.value_exact<bool>();
            break;
        case Type::kCount:
            if (const auto n = node.value_exact<std::int64_t>(); n && within(double(*n))) {
                value = static_cast<std::uint32_t>(*n);
            }
            break;
        case Type::kShare:
            if (const auto n = node.value<double>(); node.is_number() && n && within(*n)) {
                value = *n;
            }
            break;
        case Type::kDuration:
            if (const auto d = text ? parse_duration(*text) : std::nullopt;
                d && within(double(d->count()))) {
                value = *d;
            }
            break;
        case Type::kPolicy:
            value = text ? from_name<Policy>(*text) : std::nullopt;
            break;
    }
    return value;
}

// A text may be a URL with a password.
std::string said_by(const toml::node& node) {
    if (!node.is_value()) {
        return "something else";
    }
    std::ostringstream out;
    node.visit([&out](const auto& value) { out << value; });
    return mask_url(out.str());
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
    explicit Reader(Faults& faults) : faults_(faults) {}

    // [defaults] comes before the servers, which begin with it: a table is sorted by its keys.
    Config read_all(const toml::table& file) {
        Config config;
        for (const auto& [key, node] : file) {
            const std::string_view name = key.str();
            const toml::table* table = node.as_table();
            if (!is_section(name) || table == nullptr) {
                refuse_top_level(name, node);
            } else if (name == kServers) {
                read_servers(*table, config);
            } else {
                read_section(*table, std::string(name), Place(config));
            }
        }
        return config;
    }

  private:
    static std::vector<std::string> section_names() {
        std::vector<std::string> names{"defaults"};
        for (const auto& section : config_sections()) {
            names.emplace_back(section.name);
        }
        return names;
    }

    static bool is_section(std::string_view name) {
        const auto names = section_names();
        return std::find(names.begin(), names.end(), name) != names.end();
    }

    void refuse_top_level(std::string_view name, const toml::node& node) {
        if (is_section(name)) {
            faults_.add(node, fmt::format("{} must be a section: write [{}]", name, name));
        } else if (node.is_table()) {
            faults_.add(node, unknown("section", fmt::format("[{}]", name), section_names()));
        } else {
            faults_.add(node, fmt::format("{} stands outside of any section", name));
        }
    }

    void read_servers(const toml::table& table, Config& config) {
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            const std::uint32_t id = base::whole_number<std::uint32_t>(name).value_or(0);
            if (id == 0) {
                constexpr auto kNotAnId =
                    "[server.{}]: the name must be the server's id in the panel, a number, like "
                    "[server.3]";
                faults_.add(node, fmt::format(kNotAnId, name));
            } else if (const toml::table* server = node.as_table()) {
                ServerSettings& own = config.servers[ServerId(id)];
                own = config.defaults;
                own.said.clear();
                read_section(*server, fmt::format("server.{}", id), Place(config, own));
            } else {
                faults_.add(node, fmt::format("server.{} must be a section", name));
            }
        }
    }

    // `section` is its name in the file: "panel", "defaults", "server.3".
    void read_section(const toml::table& table, const std::string& section, const Place& place) {
        const bool defaults = section == "defaults";
        const bool of_servers = defaults || section.find('.') != std::string::npos;
        const std::string_view rows = of_servers ? kServers : std::string_view(section);
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            const auto option = std::ranges::find_if(config_options(), [&](const Option& o) {
                return o.field.section == rows && o.name == name;
            });
            if (option == config_options().end()) {
                const std::string what = unknown("key", name, names_in(rows));
                faults_.add(node, fmt::format("[{}]: {}", section, what));
            } else if (defaults && option->scope == Scope::kOneServer) {
                faults_.add(node, fmt::format("[{}]: {} belongs into [server.N]", section, name));
            } else if (const auto value = read(node, *option)) {
                option->field.set(place, *value);
                if (of_servers) {
                    place.server.said.insert(option->name);
                }
            } else {
                constexpr auto kUnfit = "{}.{} must be {}; it says {}";
                const std::string wanted = expectation(*option);
                faults_.add(node, fmt::format(kUnfit, section, name, wanted, said_by(node)));
            }
        }
    }

    static std::vector<std::string> names_in(std::string_view rows) {
        std::vector<std::string> names;
        for (const auto& option : config_options()) {
            if (option.field.section == rows) {
                names.emplace_back(option.name);
            }
        }
        return names;
    }

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
    Faults faults{std::string(file_name)};
    toml::table table;
    try {
        table = toml::parse(text, file_name);
    } catch (const toml::parse_error& error) {
        faults.add(error.source().begin.line, std::string(error.description()));
        return tl::unexpected(faults.take());
    }
    Config config = Reader(faults).read_all(table);
    const auto fault = [&](const std::string& key, const std::string& what) {
        faults.add(line_of(table, key), what);
    };
    check_values(config, fault);
    if (look_at_files) {
        check_files(config, fault);
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
    if (text) {
        return parse(*text, path, true);
    }
    const Error& error = text.error();
    constexpr auto kNoFile = "{} ({}); see deploy/config.example.toml";
    return tl::unexpected(ConfigErrors{{path, 0, fmt::format(kNoFile, error.what, error.remedy)}});
}

}  // namespace bn::controller
