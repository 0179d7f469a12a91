#include "controller/config/config_options.hpp"

#include <algorithm>
#include <tuple>
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

constexpr Limits kAny;
constexpr Limits kFilled = must_be(Form::kFilled);
constexpr Limits kUrl = must_be(Form::kUrl);
constexpr Limits kReadable = must_be(Form::kReadable);
constexpr Limits kSecretFile = must_be(Form::kSecretFile);

// In the order of parts_of.
constexpr Section kSections[] = {
    {"panel", "Where BILLmanager's database is: one of `from`, `host`, `socket` or `sqlite`."},
    {"store", "Where the events are kept."},
    {"service", "Times and limits of the passes."},
    {"http", "What Prometheus and people may look at."},
    {"control", "The socket that BILLmanager's module and pages talk to."},
    {"statistics", "The use of space, for the panel's statistics."},
    {"log", "The log."},
    {kServers,
     "`[defaults]` is for all servers, `[server.N]` for the one whose id in the panel (processing "
     "module)\nis N. Address and credentials come from the panel."},
};

auto parts_of(const Place& at) {
    Config& c = at.config;
    return std::tie(c.panel, c.store, c.service, c.http, c.control, c.statistics, c.log, at.server);
}

// The place of a type in a list of types.
template <class T, template <class...> class List, class... Of>
constexpr std::size_t place_in(std::type_identity<List<Of...>> /*list*/) {
    std::size_t at = 0;
    static_cast<void>(((std::is_same_v<T, Of> || (++at, false)) || ...));
    return at;
}

template <class T>
struct MemberOf;

template <class P, class T>
struct MemberOf<T P::*> {
    using Part = P;
    using Type = T;
};

template <class P, class T>
struct MemberOf<std::optional<T> P::*> : MemberOf<T P::*> {};

template <auto Member>
auto& member_at(const Place& at) {
    return std::get<typename MemberOf<decltype(Member)>::Part&>(parts_of(at)).*Member;
}

template <auto Member>
constexpr Field field() {
    using Of = MemberOf<decltype(Member)>;
    using T = typename Of::Type;
    using Parts = std::type_identity<decltype(parts_of(std::declval<const Place&>()))>;
    return {
        kSections[place_in<typename Of::Part&>(Parts())].name,
        static_cast<Type>(place_in<T>(std::type_identity<Value>())),
        [](const Place& at) { return std::optional<Value>(member_at<Member>(at)); },
        [](const Place& at, const Value& value) { member_at<Member>(at) = std::get<T>(value); }};
}

using enum Reload;
using Panel = PanelConfig;
using Store = StoreConfig;
using Service = ServiceConfig;
using Http = HttpConfig;
using Control = ControlConfig;
using Statistics = StatisticsConfig;
using Log = LogConfig;
using Server = ServerSettings;

// Name, field, limits, example, what a reload does with it; what it is for.
constexpr Option kOptions[] = {
    // [panel]
    {{"from", field<&Panel::from>(), kReadable, "/usr/local/mgr5/etc/billmgr.conf.d/db.conf"},
     "BILLmanager's own file with the address, user and password of its database (`DBHost`, "
     "`DBUser`, `DBPassword`, `DBName`, `DBSocket`). Everything else of this section overrides "
     "what the file says."},
    {{"host", field<&Panel::host>(), kAny, "127.0.0.1"},
     "Host of the panel's database, instead of `from`."},
    {{"port", field<&Panel::port>(), within(1, 65535)}, "Port of the database."},
    {{"socket", field<&Panel::socket>(), kAny, "/run/mysqld/mysqld.sock"},
     "Unix socket of the database, instead of `host`."},
    {{"user", field<&Panel::user>(), kAny, "bill_nextcloud"},
     "User of the database. SELECT on the panel's tables is all it needs."},
    {{"password_file",
      field<&Panel::password_file>(),
      kSecretFile,
      "/etc/bill-nextcloud/panel.password"},
     "File whose first line is the password of that user. Refused when other users may read "
     "it."},
    {{"database", field<&Panel::database>()}, "Name of the database."},
    {{"sqlite", field<&Panel::sqlite>(), kReadable, "/tmp/panel.db"},
     "An SQLite file with the panel's schema, instead of a database server: the sample and "
     "tests."},
    {{"allow_http", field<&Panel::allow_http>(), kAny, "true"},
     "Accept servers whose `base_url` is http://: login and password travel in clear. Never on "
     "a network that is not yours."},
    {{"crypt_key", field<&Panel::crypt_key>(), kReadable, "/usr/local/mgr5/etc/billmgr.pem"},
     "PEM file of the panel's RSA key, for params that are stored crypted."},
    {{"login_template", field<&Panel::login_template>()},
     "Login of a new account where the item has no saved `username`. `{item}` is replaced by "
     "the item's id and must occur."},
    {{"module", field<&Panel::module>(), kFilled},
     "Name of the processing module whose services are ours."},
    {{"api", field<&Panel::api>(), one_of("off", "mgrctl", "https"), "mgrctl"},
     "How results go back to the panel: `mgrctl` on the panel's own machine (needs root), "
     "`https`, or `off`: the panel is not told, its operations stay open."},
    {{"mgrctl", field<&Panel::mgrctl>()}, "The panel's command-line program."},
    {{"api_url", field<&Panel::api_url>(), kAny, "https://panel.example.com:1500/billmgr"},
     "Address of the panel for `https`."},
    {{"api_user", field<&Panel::api_user>(), kAny, "bill-nextcloud"},
     "Administrator of the panel for `https`."},
    {{"api_password_file",
      field<&Panel::api_password_file>(),
      kAny,
      "/etc/bill-nextcloud/panel-api.password"},
     "File whose first line is the password of that user. Refused when other users may read "
     "it."},
    {{"api_ca_file", field<&Panel::api_ca_file>(), kAny, "/etc/bill-nextcloud/panel-ca.pem"},
     "PEM file of the certificate (or its authority) that the panel shows; empty: the system's "
     "store."},
    {{"api_timeout", field<&Panel::api_timeout>(), within(1e3, 10 * kMinute), "60s"},
     "Longest time of one call of the panel."},
    {{"api_parallel", field<&Panel::api_parallel>(), within(1, 16)},
     "Calls of the panel at a time, for different items."},
    {{"open_function", field<&Panel::open_function>(), kFilled},
     "The function that tells the panel that a service is open; `{itemtype}` is replaced by "
     "the internal name of its product type. `bill-nextcloud preflight` says which one this "
     "panel knows."},
    {{"save_param", field<&Panel::save_param>(), one_of("name-value", "pair")},
     "Form of `service.saveparam`: `name=username value=...`, or `username=...`. What was "
     "saved is read back; the other form is tried when nothing arrived."},
    {{"clear_problem", field<&Panel::clear_problem>()},
     "The function that takes a registered problem away; empty: none is called."},
    {{"try_limit", field<&Panel::try_limit>(), within(1, 1000)},
     "After so many tries an operation that a person must look at becomes a task for the "
     "panel's staff."},
    {{"rollback_tariff", field<&Panel::rollback_tariff>()},
     "Take a change of tariff back when the cloud cannot follow it."},
    // [store]
    {{"path", field<&Store::path>(), kFilled, {}, kRestart},
     "The event store (SQLite). Its folder must be writable: the journal lies beside it."},
    {{"key_file", field<&Store::key_file>(), kFilled, {}, kRestart},
     "Key that seals passwords in the store; made at the first start, mode 0600. Back it up "
     "with the store."},
    // [http]
    {{"listen", field<&Http::listen>(), kAny, {}, kRestart},
     "Address of `/metrics`, `/healthz`, `/readyz`, `/status.json`; empty: off. There is no "
     "login and no TLS: keep it on loopback or behind a proxy."},
    // [log]
    {{"level", field<&Log::level>(), one_of("debug", "info", "warning", "error")},
     "Least level that is written."},
    {{"format", field<&Log::format>(), one_of("text", "json")}, "Form of the lines."},
    {{"file", field<&Log::file>(), kAny, "/var/log/bill-nextcloud.log"},
     "File to append to; empty: standard error, which systemd keeps in the journal."},
    // [control]
    {{"socket", field<&Control::socket>(), kAny, "/run/bill-nextcloud/control.sock", kRestart},
     "Unix socket that the panel's module and pages talk to; empty: none. Only root, the "
     "service's own user and `users` may connect."},
    {{"users", field<&Control::users>(), kAny, "billing monitor", kRestart},
     "Further Unix users that may connect, separated by blanks."},
    {{"wait", field<&Control::wait>(), within(0, 10 * kMinute)},
     "Longest time that the module waits for an item to be as it was sold; after that the "
     "panel is told later."},
    // [statistics]
    {{"daily", field<&Statistics::daily>(), kAny, "true"},
     "Measure the use of space each day without being asked. The panel's own daily task asks "
     "anyway."},
    {{"at", field<&Statistics::at>()}, "Local time of the daily measurement."},
    {{"close_share", field<&Statistics::close_share>(), within(0.01, 1)},
     "An account that uses more than this share of its quota is close to it."},
    // [service]
    {{"interval", field<&Service::interval>(), within(1e3, kDay)},
     "Time between the starts of two passes."},
    {{"jitter", field<&Service::jitter>(), within(0, kHour)},
     "Each interval is longer or shorter by up to this much, at random."},
    {{"operations_poll", field<&Service::operations_poll>(), within(0, kHour)},
     "How often the panel is asked for waiting operations, so that a paid item is served "
     "within seconds; `\"0\"` turns it off."},
    {{"retention", field<&Service::retention>(), within(0, 3650 * kDay)},
     "A closed account is disabled at once and deleted after this time. A service bought back "
     "before gets it back with its files."},
    {{"vanished_passes", field<&Service::vanished_passes>(), within(1, 1000)},
     "Complete passes that an item's row must stay gone before its account counts as closed."},
    {{"doubt_grace", field<&Service::doubt_grace>(), within(0, kHour)},
     "A create whose answer was lost may still be under way in the cloud: only after this long "
     "is its account believed not to have been made."},
    {{"max_snapshot_age", field<&Service::max_snapshot_age>(), within(kMinute, kDay)},
     "A reading older than this causes no destructive action."},
    {{"fight_limit", field<&Service::fight_limit>(), within(1, 1000)},
     "A field that had to be corrected this often within `fight_window` is held: somebody else "
     "keeps changing it."},
    {{"fight_window", field<&Service::fight_window>(), within(kMinute, 365 * kDay)},
     "See `fight_limit`."},
    {{"backoff_first", field<&Service::backoff_first>(), within(1e3, kDay)},
     "Wait after the first failure of an item or a server; doubles with each further one."},
    {{"backoff_max", field<&Service::backoff_max>(), within(1e3, 30 * kDay)},
     "Longest such wait, of an item or a server. A server that is out of reach is looked at "
     "every 5 minutes at the latest, one that a person must mend every hour."},
    {{"stop_timeout", field<&Service::stop_timeout>(), within(0, kHour)},
     "On SIGTERM, calls in flight get this much time to end. What has not ended is settled at "
     "the next start."},
    {{"max_shrink", field<&Service::max_shrink>(), within(0, 1)},
     "Desired or actual accounts of a server that shrank by more than this share since the "
     "last complete pass are not believed: no destructive action."},
    {{"shrink_from", field<&Service::shrink_from>(), within(0, 4e9)},
     "Servers with fewer accounts than this are not judged by `max_shrink`."},
    {{"manage_email", field<&Service::manage_email>()},
     "Keep the e-mail address equal to the panel's."},
    {{"manage_groups", field<&Service::manage_groups>()},
     "Keep the tariff's group. A client's other groups are never touched."},
    {{"manage_quota", field<&Service::manage_quota>()}, "Keep the quota equal to what was sold."},
    // [defaults] and [server.N]
    {{"policy",
      field<&Server::policy>(),
      one_of("observe", "create-only", "upsert-only", "sync"),
      "observe"},
     "What may be done to the server: `observe` nothing, `create-only` create and adopt, "
     "`upsert-only` also change, suspend and resume, `sync` also close and delete. Must be said; "
     "start with `observe`."},
    {{"enabled", field<&Server::enabled>(), kAny, {}, kNow, Scope::kOneServer},
     "`false`: the server is left alone and its items are held."},
    {{"ca_file", field<&Server::ca_file>(), kReadable, "/etc/bill-nextcloud/ca.pem"},
     "PEM file with the authority that signed the server's certificate; empty: the system's."},
    {{"verify_tls", field<&Server::verify_tls>()},
     "`false` accepts any certificate: whoever sits on the line gets the admin's password. "
     "Logged loudly at each start."},
    {{"proxy", field<&Server::proxy>(), kUrl, "http://proxy.example.com:3128"},
     "Proxy for the calls; empty: none. Proxies of the environment are never used."},
    {{"timeout", field<&Server::timeout>(), within(1e3, kHour)},
     "Longest time of one call. The cloud itself slows calls down by up to 25 s after failed "
     "logins."},
    {{"connect_timeout", field<&Server::connect_timeout>(), within(100, kHour)},
     "Longest time to connect."},
    {{"max_parallel", field<&Server::max_parallel>(), within(1, 64)},
     "Most calls at one time. More than 4 rarely help: they queue up in the server."},
    {{"page_size", field<&Server::page_size>(), within(1, 10000)},
     "Accounts that are asked for at a time."},
    {{"put_limited", field<&Server::put_limited>(), kAny, "false"},
     "Does the server allow only 50 changes of quota or e-mail in 10 minutes? Nextcloud 27 and "
     "later do, unless `ratelimit.protection.enabled` is `false` in its config.php; not said: by "
     "its version."},
    {{"max_destructive", field<&Server::max_destructive>(), within(0, 4e9)},
     "A plan with more deletes and disables than this is stopped before the first of them and "
     "waits for an approval."},
    {{"max_destructive_share", field<&Server::max_destructive_share>(), within(0, 1)},
     "The same as a share of the accounts that we own on the server; the smaller limit counts."},
    {{"always_allowed", field<&Server::always_allowed>(), within(0, 4e9)},
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

std::optional<Value> built_in(const Option& option) {
    Config none;
    return option.field.get(Place(none));
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
    if (option.example.empty()) {
        return print_value(*built_in(option));
    }
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
