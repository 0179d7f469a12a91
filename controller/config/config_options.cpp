#include "controller/config/config_options.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/config/config_values.hpp"

namespace bn::controller {
namespace {
namespace option_table {

constexpr double kMinute = 60e3;
constexpr double kHour = 3600e3;
constexpr double kDay = 86400e3;

constexpr Limits within(double low, double high) {
    return {low, high};
}

template <class... Texts>
constexpr Limits one_of(Texts... choices) {
    return {0, 0, {choices...}};
}

constexpr Limits must_be(Form form) {
    return {0, 0, {}, form};
}

constexpr Limits kFilled = must_be(Form::kFilled);
constexpr Limits kUrl = must_be(Form::kUrl);
constexpr Limits kReadable = must_be(Form::kReadable);
constexpr Limits kSecretFile = must_be(Form::kSecretFile);

template <class T, class... Of>
constexpr std::size_t place_in(const std::variant<Of...>* /*type*/) {
    std::size_t at = 0;
    static_cast<void>(((std::is_same_v<T, Of> || (++at, false)) || ...));
    return at;
}

template <class T>
constexpr Type kTypeOf = static_cast<Type>(place_in<T>(static_cast<const Value*>(nullptr)));

template <auto Part, auto Member>
constexpr Field field_of(std::string_view section) {
    using T = std::decay_t<decltype(std::declval<Config>().*Part.*Member)>;
    const auto get = [](const Place& at) { return std::optional<Value>(at.config.*Part.*Member); };
    const auto set = [](const Place& at, const Value& value) {
        at.config.*Part.*Member = std::get<T>(value);
    };
    const auto built_in = [] { return std::optional<Value>(Config().*Part.*Member); };
    return {section, kTypeOf<T>, get, set, built_in, nullptr};
}

// `Said` is what [defaults] or [server.N] say, `Settled` what is in force for a server.
template <auto Said, auto Settled>
constexpr Field server_field() {
    using T = typename std::decay_t<decltype(std::declval<ServerConfig>().*Said)>::value_type;
    const auto get = [](const Place& at) { return std::optional<Value>(at.server.*Said); };
    const auto set = [](const Place& at, const Value& value) {
        at.server.*Said = std::get<T>(value);
    };
    const auto built_in = [] { return std::optional<Value>(ServerSettings().*Settled); };
    const auto settle = [](const ServerConfig& said, ServerSettings& settings) {
        if (said.*Said) {
            settings.*Settled = *(said.*Said);
        }
    };
    return {kServers, kTypeOf<T>, get, set, built_in, settle};
}

template <auto Member>
constexpr Field panel = field_of<&Config::panel, Member>("panel");
template <auto Member>
constexpr Field store = field_of<&Config::store, Member>("store");
template <auto Member>
constexpr Field service = field_of<&Config::service, Member>("service");
template <auto Member>
constexpr Field http = field_of<&Config::http, Member>("http");
template <auto Member>
constexpr Field control = field_of<&Config::control, Member>("control");
template <auto Member>
constexpr Field statistics = field_of<&Config::statistics, Member>("statistics");
template <auto Member>
constexpr Field log = field_of<&Config::log, Member>("log");
template <auto Said, auto Settled>
constexpr Field server = server_field<Said, Settled>();

constexpr Section kSections[] = {
    {"panel", "Where BILLmanager's database is: one of `from`, `host`, `socket` or `sqlite`."},
    {"store", "Where the events are kept."},
    {"service", "Times and limits of the passes."},
    {"http", "What Prometheus and people may look at."},
    {"control", "The socket that BILLmanager's module and pages talk to."},
    {"statistics", "The use of space, for the panel's statistics."},
    {"log", "The log."},
};

using enum Reload;
constexpr Scope kOnlyServer = Scope::kOneServer;
using Panel = PanelConfig;
using Store = StoreConfig;
using Service = ServiceConfig;
using Http = HttpConfig;
using Control = ControlConfig;
using Statistics = StatisticsConfig;
using Log = LogConfig;
using Said = ServerConfig;
using Settled = ServerSettings;

// Name, field, what a reload does with it, example, limits; what it is for.
constexpr Option kOptions[] = {
    // [panel]
    {{"from", panel<&Panel::from>, kNow, "/usr/local/mgr5/etc/billmgr.conf.d/db.conf", kReadable},
     "BILLmanager's own file with the address, user and password of its database (`DBHost`, "
     "`DBUser`, `DBPassword`, `DBName`, `DBSocket`). Everything else of this section overrides "
     "what the file says."},
    {{"host", panel<&Panel::host>, kNow, "127.0.0.1"},
     "Host of the panel's database, instead of `from`."},
    {{"port", panel<&Panel::port>, kNow, "3306", within(1, 65535)}, "Port of the database."},
    {{"socket", panel<&Panel::socket>, kNow, "/run/mysqld/mysqld.sock"},
     "Unix socket of the database, instead of `host`."},
    {{"user", panel<&Panel::user>, kNow, "bill_nextcloud"},
     "User of the database. SELECT on the panel's tables is all it needs."},
    {{"password_file",
      panel<&Panel::password_file>,
      kNow,
      "/etc/bill-nextcloud/panel.password",
      kSecretFile},
     "File whose first line is the password of that user. Refused when other users may read "
     "it."},
    {{"database", panel<&Panel::database>, kNow, "billmgr"}, "Name of the database."},
    {{"sqlite", panel<&Panel::sqlite>, kNow, "/tmp/panel.db", kReadable},
     "An SQLite file with the panel's schema, instead of a database server: the sample and "
     "tests."},
    {{"allow_http", panel<&Panel::allow_http>, kNow, "true"},
     "Accept servers whose `base_url` is http://: login and password travel in clear. Never on "
     "a network that is not yours."},
    {{"crypt_key", panel<&Panel::crypt_key>, kNow, "/usr/local/mgr5/etc/billmgr.pem", kReadable},
     "PEM file of the panel's RSA key, for params that are stored crypted."},
    {{"login_template", panel<&Panel::login_template>, kNow, "user_{item}"},
     "Login of a new account where the item has no saved `username`. `{item}` is replaced by "
     "the item's id and must occur."},
    {{"module", panel<&Panel::module>, kNow, "pmnextcloud", kFilled},
     "Name of the processing module whose services are ours."},
    {{"api", panel<&Panel::api>, kNow, "mgrctl", one_of("off", "mgrctl", "https")},
     "How results go back to the panel: `mgrctl` on the panel's own machine (needs root), "
     "`https`, or `off`: the panel is not told, its operations stay open."},
    {{"mgrctl", panel<&Panel::mgrctl>, kNow, "/usr/local/mgr5/sbin/mgrctl"},
     "The panel's command-line program."},
    {{"api_url", panel<&Panel::api_url>, kNow, "https://panel.example.com:1500/billmgr"},
     "Address of the panel for `https`."},
    {{"api_user", panel<&Panel::api_user>, kNow, "bill-nextcloud"},
     "Administrator of the panel for `https`."},
    {{"api_password_file",
      panel<&Panel::api_password_file>,
      kNow,
      "/etc/bill-nextcloud/panel-api.password"},
     "File whose first line is the password of that user. Refused when other users may read "
     "it."},
    {{"api_ca_file", panel<&Panel::api_ca_file>, kNow, "/etc/bill-nextcloud/panel-ca.pem"},
     "PEM file of the certificate (or its authority) that the panel shows; empty: the system's "
     "store."},
    {{"api_timeout", panel<&Panel::api_timeout>, kNow, "60s", within(1e3, 10 * kMinute)},
     "Longest time of one call of the panel."},
    {{"api_parallel", panel<&Panel::api_parallel>, kNow, "2", within(1, 16)},
     "Calls of the panel at a time, for different items."},
    {{"open_function", panel<&Panel::open_function>, kNow, "{itemtype}.open", kFilled},
     "The function that tells the panel that a service is open; `{itemtype}` is replaced by "
     "the internal name of its product type. `bill-nextcloud preflight` says which one this "
     "panel knows."},
    {{"save_param", panel<&Panel::save_param>, kNow, "name-value", one_of("name-value", "pair")},
     "Form of `service.saveparam`: `name=username value=...`, or `username=...`. What was "
     "saved is read back; the other form is tried when nothing arrived."},
    {{"clear_problem", panel<&Panel::clear_problem>, kNow, "problems.autosolve"},
     "The function that takes a registered problem away; empty: none is called."},
    {{"try_limit", panel<&Panel::try_limit>, kNow, "10", within(1, 1000)},
     "After so many tries an operation that a person must look at becomes a task for the "
     "panel's staff."},
    {{"rollback_tariff", panel<&Panel::rollback_tariff>, kNow, "true"},
     "Take a change of tariff back when the cloud cannot follow it."},
    // [store]
    {{"path", store<&Store::path>, kRestart, "/var/lib/bill-nextcloud/events.db", kFilled},
     "The event store (SQLite). Its folder must be writable: the journal lies beside it."},
    {{"key_file", store<&Store::key_file>, kRestart, "/var/lib/bill-nextcloud/seal.key", kFilled},
     "Key that seals passwords in the store; made at the first start, mode 0600. Back it up "
     "with the store."},
    // [http]
    {{"listen", http<&Http::listen>, kRestart, "127.0.0.1:9632"},
     "Address of `/metrics`, `/healthz`, `/readyz`, `/status.json`; empty: off. There is no "
     "login and no TLS: keep it on loopback or behind a proxy."},
    // [log]
    {{"level", log<&Log::level>, kNow, "info", one_of("debug", "info", "warning", "error")},
     "Least level that is written."},
    {{"format", log<&Log::format>, kNow, "text", one_of("text", "json")}, "Form of the lines."},
    {{"file", log<&Log::file>, kNow, "/var/log/bill-nextcloud.log"},
     "File to append to; empty: standard error, which systemd keeps in the journal."},
    // [control]
    {{"socket", control<&Control::socket>, kRestart, "/run/bill-nextcloud/control.sock"},
     "Unix socket that the panel's module and pages talk to; empty: none. Only root, the "
     "service's own user and `users` may connect."},
    {{"users", control<&Control::users>, kRestart, "billing monitor"},
     "Further Unix users that may connect, separated by blanks."},
    {{"wait", control<&Control::wait>, kNow, "15s", within(0, 10 * kMinute)},
     "Longest time that the module waits for an item to be as it was sold; after that the "
     "panel is told later."},
    // [statistics]
    {{"daily", statistics<&Statistics::daily>, kNow, "true"},
     "Measure the use of space each day without being asked. The panel's own daily task asks "
     "anyway."},
    {{"at", statistics<&Statistics::at>, kNow, "03:00"}, "Local time of the daily measurement."},
    {{"close_share", statistics<&Statistics::close_share>, kNow, "0.9", within(0.01, 1)},
     "An account that uses more than this share of its quota is close to it."},
    // [service]
    {{"interval", service<&Service::interval>, kNow, "5m", within(1e3, kDay)},
     "Time between the starts of two passes."},
    {{"jitter", service<&Service::jitter>, kNow, "30s", within(0, kHour)},
     "Each interval is longer or shorter by up to this much, at random."},
    {{"operations_poll", service<&Service::operations_poll>, kNow, "2s", within(0, kHour)},
     "How often the panel is asked for waiting operations, so that a paid item is served "
     "within seconds; `\"0\"` turns it off."},
    {{"retention", service<&Service::retention>, kNow, "14d", within(0, 3650 * kDay)},
     "A closed account is disabled at once and deleted after this time. A service bought back "
     "before gets it back with its files."},
    {{"vanished_passes", service<&Service::vanished_passes>, kNow, "3", within(1, 1000)},
     "Complete passes that an item's row must stay gone before its account counts as closed."},
    {{"doubt_grace", service<&Service::doubt_grace>, kNow, "1m", within(0, kHour)},
     "A create whose answer was lost may still be under way in the cloud: only after this long "
     "is its account believed not to have been made."},
    {{"max_snapshot_age", service<&Service::max_snapshot_age>, kNow, "30m", within(kMinute, kDay)},
     "A reading older than this causes no destructive action."},
    {{"fight_limit", service<&Service::fight_limit>, kNow, "3", within(1, 1000)},
     "A field that had to be corrected this often within `fight_window` is held: somebody else "
     "keeps changing it."},
    {{"fight_window", service<&Service::fight_window>, kNow, "1d", within(kMinute, 365 * kDay)},
     "See `fight_limit`."},
    {{"backoff_first", service<&Service::backoff_first>, kNow, "30s", within(1e3, kDay)},
     "Wait after the first failure of an item or a server; doubles with each further one."},
    {{"backoff_max", service<&Service::backoff_max>, kNow, "6h", within(1e3, 30 * kDay)},
     "Longest such wait, of an item or a server. A server that is out of reach is looked at "
     "every 5 minutes at the latest, one that a person must mend every hour."},
    {{"stop_timeout", service<&Service::stop_timeout>, kNow, "1m", within(0, kHour)},
     "On SIGTERM, calls in flight get this much time to end. What has not ended is settled at "
     "the next start."},
    {{"max_shrink", service<&Service::max_shrink>, kNow, "0.2", within(0, 1)},
     "Desired or actual accounts of a server that shrank by more than this share since the "
     "last complete pass are not believed: no destructive action."},
    {{"shrink_from", service<&Service::shrink_from>, kNow, "20", within(0, 4e9)},
     "Servers with fewer accounts than this are not judged by `max_shrink`."},
    {{"manage_email", service<&Service::manage_email>, kNow, "true"},
     "Keep the e-mail address equal to the panel's."},
    {{"manage_groups", service<&Service::manage_groups>, kNow, "true"},
     "Keep the tariff's group. A client's other groups are never touched."},
    {{"manage_quota", service<&Service::manage_quota>, kNow, "true"},
     "Keep the quota equal to what was sold."},
    // [defaults] and [server.N]
    {{"policy",
      server<&Said::policy, &Settled::policy>,
      kNow,
      "observe",
      one_of("observe", "create-only", "upsert-only", "sync")},
     "What may be done to the server: `observe` nothing, `create-only` create and adopt, "
     "`upsert-only` also change, suspend and resume, `sync` also close and delete. Must be said; "
     "start with `observe`."},
    {{"enabled", server<&Said::enabled, &Settled::enabled>, kNow, "true", {}, kOnlyServer},
     "`false`: the server is left alone and its items are held."},
    {{"ca_file",
      server<&Said::ca_file, &Settled::ca_file>,
      kNow,
      "/etc/bill-nextcloud/ca.pem",
      kReadable},
     "PEM file with the authority that signed the server's certificate; empty: the system's."},
    {{"verify_tls", server<&Said::verify_tls, &Settled::verify_tls>, kNow, "true"},
     "`false` accepts any certificate: whoever sits on the line gets the admin's password. "
     "Logged loudly at each start."},
    {{"proxy", server<&Said::proxy, &Settled::proxy>, kNow, "http://proxy.example.com:3128", kUrl},
     "Proxy for the calls; empty: none. Proxies of the environment are never used."},
    {{"timeout", server<&Said::timeout, &Settled::timeout>, kNow, "1m", within(1e3, kHour)},
     "Longest time of one call. The cloud itself slows calls down by up to 25 s after failed "
     "logins."},
    {{"connect_timeout",
      server<&Said::connect_timeout, &Settled::connect_timeout>,
      kNow,
      "10s",
      within(100, kHour)},
     "Longest time to connect."},
    {{"max_parallel",
      server<&Said::max_parallel, &Settled::max_parallel>,
      kNow,
      "4",
      within(1, 64)},
     "Most calls at one time. More than 4 rarely help: they queue up in the server."},
    {{"page_size", server<&Said::page_size, &Settled::page_size>, kNow, "500", within(1, 10000)},
     "Accounts that are asked for at a time."},
    {{"put_limited", server<&Said::put_limited, &Settled::put_limited>, kNow, "false"},
     "Does the server allow only 50 changes of quota or e-mail in 10 minutes? Nextcloud 27 and "
     "later do, unless `ratelimit.protection.enabled` is `false` in its config.php; not said: by "
     "its version."},
    {{"max_destructive",
      server<&Said::max_destructive, &Settled::max_destructive>,
      kNow,
      "10",
      within(0, 4e9)},
     "A plan with more deletes and disables than this is stopped before the first of them and "
     "waits for an approval."},
    {{"max_destructive_share",
      server<&Said::max_destructive_share, &Settled::max_destructive_share>,
      kNow,
      "0.05",
      within(0, 1)},
     "The same as a share of the accounts that we own on the server; the smaller limit counts."},
    {{"always_allowed",
      server<&Said::always_allowed, &Settled::always_allowed>,
      kNow,
      "3",
      within(0, 4e9)},
     "So many deletes and disables never stop a plan."},
};

}  // namespace option_table
}  // namespace

std::span<const Section> config_sections() {
    return option_table::kSections;
}

std::span<const Option> config_options() {
    return option_table::kOptions;
}

std::string print_value(const Value& value) {
    return std::visit(
        [](const auto& v) -> std::string {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::string>) {
                return toml_quoted(v);
            } else if constexpr (std::is_same_v<T, Duration>) {
                return toml_quoted(print_duration(v));
            } else if constexpr (std::is_same_v<T, Policy>) {
                return toml_quoted(to_string(v));
            } else {
                return fmt::format("{}", v);
            }
        },
        value
    );
}

std::string_view type_name(Type type) {
    constexpr std::string_view kNames[] = {
        "text", "true or false", "whole number", "number", "duration", "policy"};
    return kNames[static_cast<std::size_t>(type)];
}

std::string example(const Option& option) {
    const bool bare = option.field.type == Type::kFlag || option.field.type == Type::kCount ||
                      option.field.type == Type::kShare;
    return bare ? std::string(option.example) : toml_quoted(option.example);
}

std::string expectation(const Option& option) {
    const auto& [low, high, choices, form] = option.limits;
    switch (option.field.type) {
        case Type::kFlag:
            return "true or false";
        case Type::kCount:
        case Type::kShare:
            return fmt::format("a {} from {} to {:.0f}", type_name(option.field.type), low, high);
        case Type::kDuration:
            return fmt::format(
                R"(a duration in quotes from "{}" to "{}", like "90s", "5m", "14d")",
                print_duration(Duration(static_cast<std::int64_t>(low))),
                print_duration(Duration(static_cast<std::int64_t>(high)))
            );
        case Type::kText:
        case Type::kPolicy:
            break;
    }
    if (!choices.front().empty()) {
        const auto* const end = std::find(choices.begin(), choices.end(), "");
        return fmt::format("one of \"{}\"", fmt::join(choices.begin(), end, "\", \""));
    }
    if (form == Form::kUrl) {
        return fmt::format("a URL like \"{}\"", option.example);
    }
    return form == Form::kFilled ? "a text in quotes that is not empty" : "a text in quotes";
}

}  // namespace bn::controller
