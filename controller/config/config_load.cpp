// Reading the file, the only place that knows toml++, and checking what was read.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

#include <boost/tokenizer.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.hpp"
#include "base/tls_psk.hpp"
#include "controller/config/config.hpp"
#include "controller/config/config_options.hpp"
#include "controller/config/config_values.hpp"
#include "controller/config/partial_config.hpp"
#include "controller/http/admin_http.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/zones.hpp"

namespace bn::controller {
namespace {

bool fits(const std::string& text, const Limits& limits) {
    if (!limits.choices.front().empty()) {
        return !text.empty() && std::ranges::find(limits.choices, text) != limits.choices.end();
    }
    return limits.form == Form::kUrl        ? text.empty() || text.find("://") != std::string::npos
           : limits.form == Form::kFilled   ? !text.empty()
           : limits.form == Form::kPercents ? parse_percents(text).has_value()
           : limits.form == Form::kUncapped ? parse_uncapped(text).has_value()
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
        case Type::kLimit:
            value = text ? parse_limit(*text) : std::nullopt;
            break;
        case Type::kWindows:
            if (const auto windows = text ? parse_windows(*text, parse_duration) : std::nullopt;
                windows && std::ranges::all_of(windows->list, is_zone, &Window::zone)) {
                value = *windows;
            }
            break;
        case Type::kFields:
            value = text ? parse_fields(*text, limits.choices) : std::nullopt;
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
    std::string_view what, std::string_view name, const std::vector<std::string_view>& candidates
) {
    const auto meant = nearest(name, candidates);
    return fmt::format(
        "unknown {} {}{}", what, name, meant ? fmt::format("; did you mean {}?", *meant) : ""
    );
}

std::vector<std::string_view> section_names() {
    std::vector<std::string_view> names{"defaults"};
    std::ranges::transform(config_sections(), std::back_inserter(names), &Section::name);
    return names;
}

// Reads one file and collects its faults.
class Reader {
  public:
    explicit Reader(std::string_view file) : file_(file) {}

    void fault(std::uint32_t line, std::string what) {
        faults_.push_back({file_, line, std::move(what)});
    }

    [[nodiscard]] bool faulted(std::uint32_t line) const {
        return std::ranges::find(faults_, line, &ConfigError::line) != faults_.end();
    }

    ConfigErrors take_faults() {
        std::ranges::stable_sort(faults_, {}, &ConfigError::line);
        return std::move(faults_);
    }

    // [defaults] comes before the servers, which begin with it: a table is sorted by its keys.
    Config read_all(const toml::table& file) {
        Config config;
        for (const auto& [key, node] : file) {
            const std::string_view name = key.str();
            const toml::table* table = node.as_table();
            const bool known = std::ranges::count(section_names(), name) > 0;
            if (!known || table == nullptr) {
                fault(node, why_no_section(name, node, known));
            } else if (name == kServers) {
                read_servers(*table, config);
            } else if (name == kTariffs) {
                read_tariffs(*table, config);
            } else {
                read_section(*table, std::string(name), Place{config});
            }
        }
        return config;
    }

  private:
    void fault(const toml::node& node, std::string what) {
        fault(node.source().begin.line, std::move(what));
    }

    static std::string why_no_section(std::string_view name, const toml::node& node, bool known) {
        return known             ? fmt::format("{} must be a section: write [{}]", name, name)
               : node.is_table() ? unknown("section", fmt::format("[{}]", name), section_names())
                                 : fmt::format("{} stands outside of any section", name);
    }

    // Each section `kind`.N of `table`, with its number.
    void for_numbered(
        const toml::table& table,
        std::string_view kind,
        const std::function<void(const toml::table&, std::uint32_t)>& read_one
    ) {
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            const std::uint32_t id = base::whole_number<std::uint32_t>(name).value_or(0);
            if (id == 0) {
                constexpr auto kNotAnId =
                    "[{0}.{1}]: the name must be the {0}'s id in the panel, a number, like [{0}.3]";
                fault(node, fmt::format(kNotAnId, kind, name));
            } else if (const toml::table* own = node.as_table()) {
                read_one(*own, id);
            } else {
                fault(node, fmt::format("{}.{} must be a section", kind, name));
            }
        }
    }

    void read_servers(const toml::table& table, Config& config) {
        for_numbered(table, kServers, [&](const toml::table& section, std::uint32_t id) {
            ServerSettings& own = config.servers[ServerId(id)];
            own = config.defaults;
            own.said.clear();
            read_section(section, fmt::format("server.{}", id), Place{config, own});
        });
    }

    void read_tariffs(const toml::table& table, Config& config) {
        for_numbered(table, kTariffs, [&](const toml::table& section, std::uint32_t id) {
            const Place place{config, config.defaults, config.tariffs[id]};
            read_section(section, fmt::format("tariff.{}", id), place);
        });
    }

    // `section` is its name in the file: "panel", "defaults", "server.3".
    void read_section(const toml::table& table, const std::string& section, const Place& place) {
        const bool defaults = section == "defaults";
        const bool of_tariff = section.starts_with("tariff.");
        const bool of_servers = defaults || section.starts_with("server.");
        const std::string_view rows = of_servers  ? kServers
                                      : of_tariff ? kTariffs
                                                  : std::string_view(section);
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            const auto option = std::ranges::find_if(config_options(), [&](const Option& o) {
                return o.field.section == rows && o.name == name;
            });
            if (option == config_options().end() && took_former(table, rows, name, node, place)) {
                continue;
            }
            if (option == config_options().end()) {
                const std::string what = unknown("key", name, names_in(rows));
                fault(node, fmt::format("[{}]: {}", section, what));
            } else if (defaults && option->scope == Scope::kOneServer) {
                fault(node, fmt::format("[{}]: {} belongs into [server.N]", section, name));
            } else if (const auto value = read(node, *option)) {
                option->field.set(place, *value);
                if (of_servers) {
                    place.server.said.insert(option->name);
                } else if (of_tariff) {
                    place.tariff.said.insert(option->name);
                }
            } else {
                constexpr auto kUnfit = "{}.{} must be {}; it says {}";
                const std::string wanted = expectation(*option);
                fault(node, fmt::format(kUnfit, section, name, wanted, said_by(node)));
            }
        }
    }

    // A key under its former name, for one version; its name of today overrides it.
    bool took_former(
        const toml::table& table,
        std::string_view section,
        std::string_view key,
        const toml::node& node,
        const Place& place
    ) const {
        if (section == kServers) {
            return took_former_limit(table, key, node, place);
        }
        const auto passes = node.value_exact<std::int64_t>();
        const bool fits = passes && *passes >= 1 && *passes <= 1000;
        const bool overridden = table.contains("vanished_after");
        if (section != "service" || key != "vanished_passes" || !(fits || overridden)) {
            return false;
        }
        if (!overridden) {
            // Keys are read in the order of their names: the interval is known.
            place.config.service.vanished_after = *passes * place.config.service.interval;
        }
        notice(
            place,
            node,
            "service.vanished_passes is called service.vanished_after now, and the next version "
            "will not know the former name; look vanished_after up in docs/configuration.md"
        );
        return true;
    }

    // Deletes and disables in one plan: the smaller of `max_destructive` and
    // `max_destructive_share`, but at least `always_allowed`. What was so few at once is so few in
    // an hour, and in a day.
    bool took_former_limit(
        const toml::table& table, std::string_view key, const toml::node& node, const Place& place
    ) const {
        Allowance& former = place.server.former_limit;
        const auto count = node.value_exact<std::int64_t>();
        const bool counts = count && *count >= 0 && *count <= 4'000'000'000;
        const double share = node.is_number() ? node.value<double>().value_or(-1) : -1;
        if (key == "max_destructive" && counts) {
            former.share_up_to = static_cast<std::uint32_t>(*count);
        } else if (key == "always_allowed" && counts) {
            former.count = static_cast<std::uint32_t>(*count);
        } else if (key == "max_destructive_share" && share >= 0 && share <= 1) {
            former.share = share;
        } else {
            return false;
        }
        const std::pair<const char*, Harm> instead[] = {
            {"limit_delete", Harm::kDelete}, {"limit_disable", Harm::kDisable}};
        for (const auto& [name, harm] : instead) {
            if (!table.contains(name)) {
                place.server.limits[harm] = {former, former};
            }
        }
        notice(
            place,
            node,
            fmt::format(
                "{} is taken for limit_delete and limit_disable now, which count by the hour and "
                "the day, and the next version will not know it; take it out for today's limits, "
                "or "
                "look these up in docs/configuration.md",
                key
            )
        );
        return true;
    }

    void notice(const Place& place, const toml::node& node, std::string what) const {
        std::string line =
            to_string(ConfigErrors{{file_, node.source().begin.line, std::move(what)}});
        line.pop_back();
        place.config.notices.push_back(std::move(line));
    }

    static std::vector<std::string_view> names_in(std::string_view rows) {
        std::vector<std::string_view> names;
        for (const auto& option : config_options()) {
            if (option.field.section == rows) {
                names.push_back(option.name);
            }
        }
        return names;
    }

    std::string file_;
    ConfigErrors faults_;
};

// ---- what is checked when all is read

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
    {"webpay.gateway",
     [](const Config& c) {
         const std::string& url = c.webpay.gateway;
         return !url.empty() && (!url.starts_with("https://") || url.size() == 8 ||
                                 url.find('@') != std::string::npos);
     },
     "webpay.gateway must begin with https:// and have no user name in it"},
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
    {"control.listen",
     [](const Config& c) { return !c.control.listen.empty() && c.control.key_file.empty(); },
     "control.listen needs control.key_file, the key that the panel and the controller share: "
     "`bill-nextcloud panel-key` makes it"},
    {"statistics.at",
     [](const Config& c) { return !is_time_of_day(c.statistics.at); },
     "statistics.at must be a time like \"03:00\""},
    {"service.backoff_max",
     [](const Config& c) { return c.service.backoff_max < c.service.backoff_first; },
     "service.backoff_max must not be less than service.backoff_first"},
    {"defaults.policy",
     [](const Config& c) { return !c.defaults.policy && c.servers.empty(); },
     kPolicyNeeded},
};

// What is wrong with the file that a setting names; empty: nothing.
std::string unfit_file(const Setting& setting) {
    const std::string path = std::get<std::string>(setting.value);
    if (path.empty()) {
        return {};
    }
    const Form form = setting.option->limits.form;
    if (form == Form::kSecretFile || form == Form::kKeyFile) {
        const auto secret = read_secret_file(path);
        if (!secret) {
            return fmt::format("{} ({})", secret.error().what, secret.error().remedy);
        }
        return form == Form::kSecretFile || base::is_tls_key(secret->reveal())
                   ? ""
                   : fmt::format(
                         "the first line of {} is not 64 hexadecimal digits (make a key with "
                         "`bill-nextcloud panel-key --force`)",
                         path
                     );
    }
    return ::access(path.c_str(), R_OK) == 0
               ? ""
               : fmt::format("cannot read {}: {}", path, std::strerror(errno));
}

// A suspended account that stays readable is one whose quota is kept.
void check_read_only(const Config& config, const auto& fault) {
    constexpr std::string_view kReadOnly = "read-only";
    const auto of_tariff = std::ranges::find_if(config.tariffs, [&](const auto& one) {
        return one.second.overdue == kReadOnly;
    });
    const bool by_tariff = of_tariff != config.tariffs.end();
    const auto check = [&](const ServerSettings& server, const std::string& section) {
        const bool kept = config.service.manage_quota &&
                          !has(server.by_hand.mask, DriftField::kQuota) &&
                          !has(server.create_only.mask, DriftField::kQuota);
        if (kept || !(by_tariff || server.overdue == kReadOnly)) {
            return;
        }
        const bool own = server.said.contains("overdue") || !by_tariff;
        fault(
            own ? section + ".overdue" : fmt::format("tariff.{}.overdue", of_tariff->first),
            fmt::format(
                "overdue = \"read-only\" needs the quota to be kept: service.manage_quota = true, "
                "and no quota in by_hand and create_only of [{}]",
                section
            )
        );
    };
    check(config.defaults, "defaults");
    for (const auto& [id, server] : config.servers) {
        check(server, fmt::format("server.{}", id.value));
    }
}

// `fault` takes the key to point at, "panel.from", and what is wrong.
void check_values(const Config& config, const auto& fault) {
    for (const Rule& rule : kRules) {
        if (rule.broken(config)) {
            fault(std::string(rule.key), std::string(rule.what));
        }
    }
    check_read_only(config, fault);
    for (const auto& [id, server] : config.servers) {
        if (!server.policy && server.enabled) {
            fault(fmt::format("server.{}.policy", id.value), missing_policy(id));
        }
    }
    const std::string& listen = config.http.listen;
    if (const auto parsed = parse_listen(listen); !listen.empty() && !parsed) {
        fault("http.listen", "http.listen: " + parsed.error());
    }
    const std::string& panels = config.control.listen;
    for (const std::string& place : boost::tokenizer(panels, boost::char_separator<char>(" ,"))) {
        if (const auto parsed = parse_listen(place); !parsed) {
            fault("control.listen", "control.listen: " + parsed.error());
        }
    }
}

void check_files(const Config& config, const auto& fault) {
    for (const Setting& setting : settings_of(config)) {
        const Form form = setting.option->limits.form;
        if (form == Form::kReadable || form == Form::kSecretFile || form == Form::kKeyFile) {
            if (const std::string wrong = unfit_file(setting); !wrong.empty()) {
                fault(setting.key, setting.key + ": " + wrong);
            }
        }
    }
}

// ---- all of it

std::uint32_t line_of(const toml::table& file, const std::string& key) {
    const toml::node* node = file.at_path(key).node();
    for (auto dot = key.rfind('.'); node == nullptr && dot != std::string::npos && dot != 0;
         dot = key.rfind('.', dot - 1)) {
        node = file.at_path(key.substr(0, dot)).node();
    }
    return node == nullptr ? 0 : node->source().begin.line;
}

PartialConfig parse(std::string_view text, std::string_view file_name, bool look_at_files) {
    Reader reader(file_name);
    toml::table table;
    try {
        table = toml::parse(text, file_name);
    } catch (const toml::parse_error& error) {
        reader.fault(error.source().begin.line, std::string(error.description()));
        return {Config(), reader.take_faults()};
    }
    PartialConfig read{reader.read_all(table), {}, true};
    // What is written and cannot be read is not called missing as well.
    const auto unreadable = [&](const std::string& key) {
        const toml::node* node = table.at_path(key).node();
        return node != nullptr && node->is_value() && reader.faulted(node->source().begin.line);
    };
    const auto fault = [&](const std::string& key, const std::string& what) {
        const bool inherits = key.ends_with(".policy");
        if (!unreadable(key) && !(inherits && unreadable("defaults.policy"))) {
            reader.fault(line_of(table, key), what);
        }
    };
    check_values(read.config, fault);
    if (look_at_files) {
        check_files(read.config, fault);
    }
    read.faults = reader.take_faults();
    return read;
}

tl::expected<Config, ConfigErrors> faultless(PartialConfig read) {
    if (!read.faults.empty()) {
        return tl::unexpected(std::move(read.faults));
    }
    return std::move(read.config);
}

}  // namespace

PartialConfig load_partial_config(const std::string& path) {
    const auto text = read_file(path, 1u << 20);
    if (text) {
        return parse(*text, path, true);
    }
    const Error& error = text.error();
    constexpr auto kNoFile = "{} ({}); see deploy/config.example.toml";
    return {Config(), {{path, 0, fmt::format(kNoFile, error.what, error.remedy)}}};
}

tl::expected<Config, ConfigErrors> parse_config(std::string_view text, std::string_view file_name) {
    return faultless(parse(text, file_name, false));
}

tl::expected<Config, ConfigErrors> load_config(const std::string& path) {
    return faultless(load_partial_config(path));
}

}  // namespace bn::controller
