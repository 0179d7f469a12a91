#include "controller/config/config_options.hpp"

#include <limits>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/config/config_values.hpp"

namespace bn::controller {
namespace {

constexpr double kMinute = 60e3;
constexpr double kHour = 3600e3;
constexpr double kDay = 86400e3;
constexpr Range kAnyCount{0, 4e9};

// Shorthands of the table below.
template <auto Member>
constexpr auto panel = +[](Config& c) -> auto& {
    return c.panel.*Member;
};

template <auto Member>
constexpr auto store = +[](Config& c) -> auto& {
    return c.store.*Member;
};

template <auto Member>
constexpr auto service = +[](Config& c) -> auto& {
    return c.service.*Member;
};

std::vector<Option> panel_options() {
    using P = PanelConfig;
    return {
        {"panel",
         "from",
         panel<&P::from>,
         {},
         {},
         "BILLmanager's own file with the address, user and password of its database "
         "(`DBHost`, `DBUser`, `DBPassword`, `DBName`, `DBSocket`). Everything else of this "
         "section "
         "overrides what the file says.",
         R"("/usr/local/mgr5/etc/billmgr.conf.d/db.conf")"},
        {"panel",
         "host",
         panel<&P::host>,
         {},
         {},
         "Host of the panel's database, instead of `from`.",
         R"("127.0.0.1")"},
        {"panel", "port", panel<&P::port>, {1, 65535}, {}, "Port of the database.", "3306"},
        {"panel",
         "socket",
         panel<&P::socket>,
         {},
         {},
         "Unix socket of the database, instead of `host`.",
         R"("/run/mysqld/mysqld.sock")"},
        {"panel",
         "user",
         panel<&P::user>,
         {},
         {},
         "User of the database. SELECT on the panel's tables is all it needs.",
         R"("bill_nextcloud")"},
        {"panel",
         "password_file",
         panel<&P::password_file>,
         {},
         {},
         "File whose first line is the password of that user. Refused when other users may read "
         "it.",
         R"("/etc/bill-nextcloud/panel.password")"},
        {"panel", "database", panel<&P::database>, {}, {}, "Name of the database.", R"("billmgr")"},
        {"panel",
         "sqlite",
         panel<&P::sqlite>,
         {},
         {},
         "An SQLite file with the panel's schema, instead of a database server: the sample and "
         "tests.",
         R"("/tmp/panel.db")"},
        {"panel",
         "allow_http",
         panel<&P::allow_http>,
         {},
         {},
         "Accept servers whose `base_url` is http://: login and password travel in clear. Never on "
         "a network that is not yours.",
         "true"},
        {"panel",
         "crypt_key",
         panel<&P::crypt_key>,
         {},
         {},
         "PEM file of the panel's RSA key, for params that are stored crypted.",
         R"("/usr/local/mgr5/etc/billmgr.pem")"},
        {"panel",
         "login_template",
         panel<&P::login_template>,
         {},
         {},
         "Login of a new account where the item has no saved `username`. `{item}` is replaced by "
         "the item's id and must occur.",
         R"("user_{item}")"},
        {"panel",
         "module",
         panel<&P::module>,
         {},
         {},
         "Name of the processing module whose services are ours.",
         R"("pmnextcloud")"},
    };
}

std::vector<Option> service_times() {
    using S = ServiceConfig;
    return {
        {"service",
         "interval",
         service<&S::interval>,
         {1e3, kDay},
         {},
         "Time between the starts of two passes.",
         R"("5m")"},
        {"service",
         "jitter",
         service<&S::jitter>,
         {0, kHour},
         {},
         "Up to this much is added to each interval, at random.",
         R"("30s")"},
        {"service",
         "operations_poll",
         service<&S::operations_poll>,
         {0, kHour},
         {},
         "How often the panel is asked for waiting operations, so that a paid item is served "
         "within "
         "seconds; `\"0\"` turns it off.",
         R"("2s")"},
        {"service",
         "retention",
         service<&S::retention>,
         {0, 3650 * kDay},
         {},
         "A closed account is disabled at once and deleted after this time. A service bought back "
         "before gets it back with its files.",
         R"("14d")"},
        {"service",
         "vanished_passes",
         service<&S::vanished_passes>,
         {1, 1000},
         {},
         "Complete passes that an item's row must stay gone before its account counts as closed.",
         "3"},
        {"service",
         "doubt_grace",
         service<&S::doubt_grace>,
         {0, kHour},
         {},
         "A create whose answer was lost may still be under way in the cloud: only after this long "
         "is its account believed not to have been made.",
         R"("1m")"},
        {"service",
         "max_snapshot_age",
         service<&S::max_snapshot_age>,
         {kMinute, kDay},
         {},
         "A reading older than this causes no destructive action.",
         R"("30m")"},
        {"service",
         "fight_limit",
         service<&S::fight_limit>,
         {1, 1000},
         {},
         "A field that had to be corrected this often within `fight_window` is held: somebody else "
         "keeps changing it.",
         "3"},
        {"service",
         "fight_window",
         service<&S::fight_window>,
         {kMinute, 365 * kDay},
         {},
         "See `fight_limit`.",
         R"("1d")"},
        {"service",
         "backoff_first",
         service<&S::backoff_first>,
         {1e3, kDay},
         {},
         "Wait after the first failure of an item or a server; doubles with each further one.",
         R"("30s")"},
        {"service",
         "backoff_max",
         service<&S::backoff_max>,
         {1e3, 30 * kDay},
         {},
         "Longest such wait, of an item or a server. A server that is out of reach is looked at "
         "every "
         "5 minutes at the latest, one that a person must mend every hour.",
         R"("6h")"},
        {"service",
         "stop_timeout",
         service<&S::stop_timeout>,
         {0, kHour},
         {},
         "On SIGTERM, calls in flight get this much time to end. What has not ended is settled at "
         "the next start.",
         R"("1m")"},
    };
}

std::vector<Option> service_rules() {
    using S = ServiceConfig;
    return {
        {"service",
         "max_shrink",
         service<&S::max_shrink>,
         {0, 1},
         {},
         "Desired or actual accounts of a server that shrank by more than this share since the "
         "last "
         "complete pass are not believed: no destructive action.",
         "0.2"},
        {"service",
         "shrink_from",
         service<&S::shrink_from>,
         kAnyCount,
         {},
         "Servers with fewer accounts than this are not judged by `max_shrink`.",
         "20"},
        {"service",
         "manage_email",
         service<&S::manage_email>,
         {},
         {},
         "Keep the e-mail address equal to the panel's.",
         "true"},
        {"service",
         "manage_groups",
         service<&S::manage_groups>,
         {},
         {},
         "Keep the tariff's group. A client's other groups are never touched.",
         "true"},
        {"service",
         "manage_quota",
         service<&S::manage_quota>,
         {},
         {},
         "Keep the quota equal to what was sold.",
         "true"},
    };
}

std::vector<Option> other_options() {
    return {
        {"store",
         "path",
         store<&StoreConfig::path>,
         {},
         {},
         "The event store (SQLite). Its folder must be writable: the journal lies beside it.",
         R"("/var/lib/bill-nextcloud/events.db")"},
        {"store",
         "key_file",
         store<&StoreConfig::key_file>,
         {},
         {},
         "Key that seals passwords in the store; made at the first start, mode 0600. Back it up "
         "with the store.",
         R"("/var/lib/bill-nextcloud/seal.key")"},
        {"http",
         "listen",
         +[](Config& c) -> std::string& { return c.http.listen; },
         {},
         {},
         "Address of `/metrics`, `/healthz`, `/readyz`, `/status.json`; empty: off. There is no "
         "login and no TLS: keep it on loopback or behind a proxy.",
         R"("127.0.0.1:9632")"},
        {"log",
         "level",
         +[](Config& c) -> std::string& { return c.log.level; },
         {},
         {"debug", "info", "warning", "error"},
         "Least level that is written.",
         R"("info")"},
        {"log",
         "format",
         +[](Config& c) -> std::string& { return c.log.format; },
         {},
         {"text", "json"},
         "Form of the lines.",
         R"("text")"},
        {"log",
         "file",
         +[](Config& c) -> std::string& { return c.log.file; },
         {},
         {},
         "File to append to; empty: standard error, which systemd keeps in the journal.",
         R"("/var/log/bill-nextcloud.log")"},
    };
}

template <class T>
std::vector<T> joined(std::vector<T> a, const std::vector<T>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

template <class T>
struct Tag {
    using type = T;
};

template <class T>
Tag<T> value_type(ConfigField<T>) {
    return {};
}

template <class T>
Tag<T> value_type(ServerField<T>) {
    return {};
}

template <class T>
constexpr std::string_view name_of(Tag<T>) {
    if constexpr (std::is_same_v<T, std::string>) {
        return "text";
    } else if constexpr (std::is_same_v<T, bool>) {
        return "true or false";
    } else if constexpr (std::is_same_v<T, std::uint32_t>) {
        return "whole number";
    } else if constexpr (std::is_same_v<T, double>) {
        return "number";
    } else if constexpr (std::is_same_v<T, Duration>) {
        return "duration";
    } else {
        return "policy";
    }
}

std::string in_range(std::string_view type, const Range& range) {
    if (type == "duration") {
        return fmt::format(
            R"(a duration in quotes from "{}" to "{}", like "90s", "5m", "14d")",
            print_duration(Duration(static_cast<std::int64_t>(range.low))),
            print_duration(Duration(static_cast<std::int64_t>(range.high)))
        );
    }
    if (type == "whole number" || type == "number") {
        return fmt::format("a {} from {} to {:.0f}", type, range.low, range.high);
    }
    if (type == "policy") {
        return R"(one of "observe", "create-only", "upsert-only", "sync")";
    }
    return type == "text" ? "a text in quotes" : "true or false";
}

}  // namespace

const std::vector<Section>& config_sections() {
    static const std::vector<Section> sections{
        {"panel", "Where BILLmanager's database is: one of `from`, `host`, `socket` or `sqlite`."},
        {"store", "Where the events are kept."},
        {"service", "Times and limits of the passes."},
        {"http", "What Prometheus and people may look at."},
        {"control", "The socket that BILLmanager's module and pages talk to."},
        {"statistics", "The use of space, for the panel's statistics."},
        {"log", "The log."},
    };
    return sections;
}

const std::vector<Option>& config_options() {
    static const std::vector<Option> options = joined(
        joined(joined(panel_options(), panel_api_options()), other_options()),
        joined(control_options(), joined(service_times(), service_rules()))
    );
    return options;
}

std::string print_value(const std::string& value) {
    return toml_quoted(value);
}

std::string print_value(bool value) {
    return value ? "true" : "false";
}

std::string print_value(std::uint32_t value) {
    return fmt::format("{}", value);
}

std::string print_value(double value) {
    return fmt::format("{}", value);
}

std::string print_value(Duration value) {
    return toml_quoted(print_duration(value));
}

std::string print_value(Policy value) {
    return toml_quoted(to_string(value));
}

std::string_view type_name(const Option& option) {
    return std::visit([](auto field) { return name_of(value_type(field)); }, option.field);
}

std::string_view type_name(const ServerOption& option) {
    return std::visit([](auto field) { return name_of(value_type(field)); }, option.field);
}

std::string expectation(const Option& option) {
    if (!option.choices.empty()) {
        return fmt::format("one of \"{}\"", fmt::join(option.choices, "\", \""));
    }
    return in_range(type_name(option), option.range);
}

std::string expectation(const ServerOption& option) {
    return in_range(type_name(option), option.range);
}

}  // namespace bn::controller
