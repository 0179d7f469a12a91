// The table of options and all that is printed from it.
#include "controller/config/config_options.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/config/config_values.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {
namespace {
namespace option_table {

constexpr double kMinute = 60e3;
constexpr double kHour = 3600e3;
constexpr double kDay = 86400e3;

constexpr Limits kAny;
constexpr Limits kFilled{.form = Form::kFilled};
constexpr Limits kUrl{.form = Form::kUrl};
constexpr Limits kReadable{.form = Form::kReadable};
constexpr Limits kPercents{.form = Form::kPercents};
constexpr Limits kUncapped{.form = Form::kUncapped};
constexpr Limits kSecretFile{.form = Form::kSecretFile};
constexpr Limits kKeyFile{.form = Form::kKeyFile};

// In the order of parts_of.
constexpr Section kSections[] = {
    {"panel", "Where BILLmanager's database is: one of `from`, `host`, `socket` or `sqlite`."},
    {"store", "Where the events are kept."},
    {"service", "Times and limits of the passes."},
    {"http", "What Prometheus and people may look at."},
    {"control", "The socket that BILLmanager's module and pages talk to."},
    {"statistics", "The use of space, for the panel's statistics."},
    {"webpay",
     "WebPay's billing API, which the panel's payment module asks through the controller."},
    {"log", "The log."},
    {kServers,
     "`[defaults]` is for all servers, `[server.N]` for the one whose id in the panel (processing "
     "module)\nis N. Address and credentials come from the panel."},
    {kTariffs,
     "For the services of the tariff whose id in the panel is N, on whichever server, instead of "
     "what\nelse this file says."},
};

auto parts_of(const Place& at) {
    Config& c = at.config;
    return std::tie(
        c.panel,
        c.store,
        c.service,
        c.http,
        c.control,
        c.statistics,
        c.webpay,
        c.log,
        at.server,
        at.tariff
    );
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

// How much of one kind of harm a server may suffer.
template <Harm Of>
constexpr Field limit() {
    return {
        kServers,
        Type::kLimit,
        [](const Place& at) { return std::optional<Value>(at.server.limits[Of]); },
        [](const Place& at, const Value& value) { at.server.limits[Of] = std::get<Limit>(value); }};
}

using enum Reload;
using Panel = PanelConfig;
using Store = StoreConfig;
using Service = ServiceConfig;
using Http = HttpConfig;
using Control = ControlConfig;
using Statistics = StatisticsConfig;
using Webpay = WebpayConfig;
using Log = LogConfig;
using Server = ServerSettings;
using Tariff = TariffSettings;

// Name, field, limits, example, what a reload does with it; what it is for.
constexpr Option kOptions[] = {
    // [panel]
    {{"from", field<&Panel::from>(), kReadable, "/usr/local/mgr5/etc/billmgr.conf.d/db.conf"},
     "BILLmanager's own file with the address, user and password of its database (`DBHost`, "
     "`DBUser`, `DBPassword`, `DBName`, `DBSocket`) and the name of its key (`CryptKey`): "
     "`etc/billmgr.conf` or `etc/billmgr.conf.d/db.conf`. Whichever is named, both are read, as "
     "the panel does: what the second says wins. Of a copy with another name only the copy is "
     "read. "
     "Everything else of this section overrides what the files say."},
    {{"host", field<&Panel::host>(), kAny, "127.0.0.1"},
     "Host of the panel's database, instead of `from`."},
    {{"port", field<&Panel::port>(), {1, 65535}}, "Port of the database."},
    {{"socket", field<&Panel::socket>(), kAny, "/run/mysqld/mysqld.sock"},
     "Unix socket of the database, instead of `host`."},
    {{"user", field<&Panel::user>(), kAny, "bill_nextcloud"},
     "User of the database. It needs SELECT on the panel's tables; where `api` is not `off`, also "
     "INSERT and UPDATE on `itemstat` for the use of space (INSERT and DELETE where that table has "
     "no unique key over item, day and param). `preflight` prints the GRANT that is missing."},
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
    {{"api", field<&Panel::api>(), {.choices = {"off", "mgrctl", "https"}}, "mgrctl"},
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
    {{"api_timeout", field<&Panel::api_timeout>(), {1e3, 10 * kMinute}, "60s"},
     "Longest time of one call of the panel."},
    {{"api_parallel", field<&Panel::api_parallel>(), {1, 16}},
     "Calls of the panel at a time, for different items."},
    {{"open_function", field<&Panel::open_function>(), kFilled},
     "The function that tells the panel that a service is open; `{itemtype}` is replaced by "
     "the internal name of its product type. Where it does not end an operation, "
     "`{itemtype}.open`, `vds.open` and `service.postopen` are tried once, and the one that did is "
     "remembered for that type."},
    {{"save_param", field<&Panel::save_param>(), {.choices = {"pair", "name-value"}}},
     "Form of `service.saveparam` that is tried first: `username=...`, or `name=username "
     "value=...`. A panel takes both. What was saved is read back; the other form is tried when "
     "nothing arrived."},
    {{"clear_problem", field<&Panel::clear_problem>(), kAny, "problems.solve"},
     "The function that takes a registered problem of a server away, if this panel has one; empty: "
     "none is called, and the staff deletes it. `problems.autosolve` is none: it is the panel's "
     "own solver of failed processes."},
    {{"try_limit", field<&Panel::try_limit>(), {1, 1000}},
     "After so many tries an operation that a person must look at becomes a task for the "
     "panel's staff."},
    {{"rollback_tariff", field<&Panel::rollback_tariff>()},
     "Take a change of tariff back when the cloud cannot follow it."},
    {{"maintenance_unknown", field<&Panel::maintenance_unknown>(), {0, kDay}, "10m"},
     "A panel on another host is asked whether it is in maintenance (`etc/billmgr.DoNothing`). "
     "When nobody could tell for so long, that counts as maintenance; `0s`: it never does."},
    // [store]
    {{"path", field<&Store::path>(), kFilled, {}, kRestart},
     "The event store (SQLite). Its folder must be writable: the journal lies beside it."},
    {{"key_file", field<&Store::key_file>(), kFilled, {}, kRestart},
     "Key that seals passwords in the store; made at the first start, mode 0600. Back it up "
     "with the store."},
    {{"anchor", field<&Store::anchor>(), kAny, "/mnt/other-disk/bill-nextcloud.anchor", kRestart},
     "File that keeps the end of the store, by which an older copy, another store or a lost one is "
     "recognised at a start. Never back it up or restore it with the store. Empty: "
     "`<folder of the store>-anchor/<file of the store>.anchor`; `off`: none."},
    // [http]
    {{"listen", field<&Http::listen>(), kAny, {}, kRestart},
     "Address of `/metrics`, `/healthz`, `/readyz`, `/status.json`; empty: off. There is no "
     "login and no TLS: keep it on loopback or behind a proxy."},
    {{"hosts", field<&Http::hosts>(), kAny, "billing.example.com", kRestart},
     "Names, separated by blanks, under which these pages are served beside `localhost` and IP "
     "addresses. Empty: no others where `listen` is loopback (a web page that a browser shows "
     "cannot read them then by a name of its own), any elsewhere."},
    // [log]
    {{"level", field<&Log::level>(), {.choices = {"debug", "info", "warning", "error"}}},
     "Least level that is written."},
    {{"format", field<&Log::format>(), {.choices = {"text", "json"}}}, "Form of the lines."},
    {{"file", field<&Log::file>(), kAny, "/var/log/bill-nextcloud/bill-nextcloud.log"},
     "File to append to, or a link to one; empty: standard error, which systemd keeps in the "
     "journal."},
    // [control]
    {{"socket", field<&Control::socket>(), kAny, "/run/bill-nextcloud/control.sock", kRestart},
     "Unix socket that the panel's module and pages talk to; empty: none. Only root, the "
     "service's own user and `users` may connect."},
    {{"users", field<&Control::users>(), kAny, "billing monitor", kRestart},
     "Further Unix users that may connect, separated by blanks."},
    {{"listen", field<&Control::listen>(), kAny, "10.0.0.2:9449", kRestart},
     "Addresses, separated by blanks, on which a panel on another host is heard, in TLS under the "
     "key "
     "of `key_file`; empty: none. It may ask what its module and its page need "
     "([own-host](how-to/own-host.md))."},
    {{"key_file", field<&Control::key_file>(), kKeyFile, "/etc/bill-nextcloud/panel.key"},
     "File whose first line is the key that the controller and that panel share, 64 hexadecimal "
     "digits; `bill-nextcloud panel-key` makes it. Refused when other users may read it. A reload "
     "takes a new one."},
    {{"wait", field<&Control::wait>(), {0, 10 * kMinute}},
     "Longest time that the module waits for an item to be as it was sold; after that the "
     "panel is told later."},
    // [statistics]
    {{"daily", field<&Statistics::daily>(), kAny, "true"},
     "Measure the use of space each day without being asked. The panel's own daily task asks "
     "anyway."},
    {{"at", field<&Statistics::at>()}, "Local time of the daily measurement."},
    {{"close_share", field<&Statistics::close_share>(), {0.01, 1}},
     "An account that uses more than this share of its quota is close to it."},
    {{"counted", field<&Statistics::counted>(), {.choices = {"unknown", "day", "month"}}},
     "How this panel adds up a resource that is billed by statistics: each `day` by itself, or all "
     "days of a calendar `month`. The panel's tables do not tell, the form of the resource does. "
     "`check` and `preflight` warn by it; nothing is measured or written otherwise."},
    {{"thresholds", field<&Statistics::thresholds>(), kPercents},
     "Percents of the quota that are told once when an account reaches them; empty: none."},
    {{"threshold_margin", field<&Statistics::threshold_margin>(), {1, 50}},
     "An account has left a threshold when it is so many percentage points below it, and can only "
     "then reach it again."},
    {{"threshold_notice", field<&Statistics::threshold_notice>(), {.choices = {"task", "off"}}},
     "Who is told: `task` gives the panel's staff a task, `off` nobody; the event is there anyway. "
     "The client gets no mail: how the panel sends one to him is not documented."},
    {{"threshold_calls", field<&Statistics::threshold_calls>(), {1, 1000}},
     "So many of these tasks an hour at most; the others come later."},
    {{"params_per_minute", field<&Statistics::params_per_minute>(), {0, 6000}, "60"},
     "How many calls of the panel a minute may save what was measured as params of the services "
     "(`used_bytes`, `quota_bytes`, `used_percent`, `measured_at`), which their clients read. A "
     "service takes up to four. Results that the panel waits for go first. 0: none are saved."},
    {{"former_names", field<&Statistics::former_names>()},
     "Beside the add-on's own row, write `used_bytes` and `quota_bytes` of each service to the "
     "panel's `itemstat`, the names of the former Python module: for reports that read them."},
    // [webpay]
    {{"gateway", field<&Webpay::gateway>(), kAny, "https://webpay-relay.example.com"},
     "An address that is asked instead of WebPay's own (`https://sandbox.webpay.by` for tests, "
     "`https://billing.webpay.by` else): for tests, and for a host that reaches WebPay only "
     "through a relay. It sees the digest of the password."},
    {{"ca_file", field<&Webpay::ca_file>(), kReadable, "/etc/bill-nextcloud/webpay-ca.pem"},
     "PEM file of the authority that signed the certificate of that address; empty: the system's "
     "store."},
    // [service]
    {{"interval", field<&Service::interval>(), {1e3, kDay}},
     "Time between the starts of two passes."},
    {{"jitter", field<&Service::jitter>(), {0, kHour}},
     "Each interval is longer or shorter by up to this much, at random."},
    {{"operations_poll", field<&Service::operations_poll>(), {0, kHour}},
     "How often the panel is asked for waiting operations, so that a paid item is served "
     "within seconds; `\"0\"` turns it off."},
    {{"retention", field<&Service::retention>(), {0, 3650 * kDay}},
     "A closed account is disabled at once and deleted after this time. A service bought back "
     "before gets it back with its files. Only time in which both sides were read counts: what "
     "lies between two complete passes, at most 25 hours or a quarter of the retention of it (an "
     "hour at least)."},
    {{"vanished_after", field<&Service::vanished_after>(), {0, 365 * kDay}},
     "So long, and for three complete passes, an item's row must be seen to be gone before its "
     "account counts as closed. Time in which nothing was read does not count."},
    {{"doubt_grace", field<&Service::doubt_grace>(), {0, kHour}},
     "A create whose answer was lost may still be under way in the cloud: only after this long "
     "is its account believed not to have been made."},
    {{"clock_grace", field<&Service::clock_grace>(), {0, 365 * kDay}},
     "After the host's clock went back, nothing is closed or deleted until it has gone on for so "
     "long, or somebody says `bill-nextcloud accept-readings`."},
    {{"max_snapshot_age", field<&Service::max_snapshot_age>(), {kMinute, kDay}},
     "A reading older than this causes no destructive action."},
    {{"fight_limit", field<&Service::fight_limit>(), {1, 1000}},
     "A field that had to be corrected this often within `fight_window` is held: somebody else "
     "keeps changing it."},
    {{"fight_window", field<&Service::fight_window>(), {kMinute, 365 * kDay}},
     "See `fight_limit`."},
    {{"backoff_first", field<&Service::backoff_first>(), {1e3, kDay}},
     "Wait after the first failure of an item or a server; doubles with each further one."},
    {{"backoff_max", field<&Service::backoff_max>(), {1e3, 30 * kDay}},
     "Longest such wait, of an item or a server. A server that is out of reach is looked at "
     "every 5 minutes at the latest, one that a person must mend every hour."},
    {{"tries", field<&Service::tries>(), {0, 1e6}},
     "What failed so many times in a row is parked: it is not tried again until a person says "
     "`bill-nextcloud replay`, or something else is asked. 0: it is tried without end."},
    {{"retention_notice", field<&Service::retention_notice>(), {0, 365 * kDay}},
     "So long before a closed account is deleted it is announced: an event, `status`, a metric."},
    {{"stop_timeout", field<&Service::stop_timeout>(), {0, kHour}},
     "On SIGTERM, calls in flight get this much time to end. What has not ended is settled at "
     "the next start."},
    {{"max_shrink", field<&Service::max_shrink>(), {0, 1}},
     "Desired or actual accounts of a server that shrank by more than this share since the "
     "last complete pass are not believed: no destructive action."},
    {{"shrink_from", field<&Service::shrink_from>(), {0, 4e9}},
     "Servers with fewer accounts than this are not judged by `max_shrink`."},
    {{"limits_over_all", field<&Service::limits_over_all>(), {1, 1000}},
     "All servers together may lose so many times what the limits of `[defaults]` allow one server "
     "that has all accounts."},
    {{"manage_email", field<&Service::manage_email>()},
     "Keep the e-mail address equal to the panel's."},
    {{"manage_groups", field<&Service::manage_groups>()},
     "Keep the tariff's group. A client's other groups are never touched."},
    {{"manage_quota", field<&Service::manage_quota>()}, "Keep the quota equal to what was sold."},
    // [defaults] and [server.N]
    {{"policy",
      field<&Server::policy>(),
      {.choices = {"observe", "create-only", "upsert-only", "sync"}},
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
     "`bill-nextcloud check` and `status` say so. Said here, it goes before what the server's form "
     "in the panel says."},
    {{"proxy", field<&Server::proxy>(), kUrl, "http://proxy.example.com:3128"},
     "Proxy for the calls; empty: none. Proxies of the environment are never used."},
    {{"timeout", field<&Server::timeout>(), {1e3, kHour}},
     "Longest time of one call. The cloud itself slows calls down by up to 25 s after failed "
     "logins. Said here, it goes before what the server's form in the panel says."},
    {{"connect_timeout", field<&Server::connect_timeout>(), {100, kHour}},
     "Longest time to connect."},
    {{"max_parallel", field<&Server::max_parallel>(), {1, 64}},
     "Most calls at one time. More than 4 rarely help: they queue up in the server."},
    {{"page_size", field<&Server::page_size>(), {1, 10000}},
     "Accounts that are asked for at a time, at most: pages begin smaller, and grow while they are "
     "quick."},
    {{"put_limited", field<&Server::put_limited>(), kAny, "false"},
     "Does the server allow only 50 changes of quota or e-mail in 10 minutes? Nextcloud 27 and "
     "later do, unless `ratelimit.protection.enabled` is `false` in its config.php; not said: by "
     "its version."},
    {{"bearer", field<&Server::bearer>(), kAny, "true"},
     "`true`: what stands as the password in the panel's server form is a token (of OAuth, or an "
     "app password) and is sent as `Authorization: Bearer`, without the login. Nextcloud 32 takes "
     "it for all we do, 27 and 34 only for reading."},
    {{"welcome_mail", field<&Server::welcome_mail>(), kAny, "false"},
     "Nextcloud mails everybody whose account is made with an e-mail address (\"Your account was "
     "created\"). `false`: the address is set after the account was made, which mails nobody and "
     "costs one change of the limit above."},
    {{"limit_delete", limit<Harm::kDelete>()},
     "So many accounts may be deleted without a person's word, or such a share of those that we "
     "own "
     "on the server if that is more. Of what would be more, all waits for an approval; what gives "
     "or heals goes on. This and the other limits count what was done in the last hour and in the "
     "last 24 hours, whatever asked for it, but not what was approved. The share may end: `\"3 or "
     "0.3% up to 50 an hour, 3 or 0.3% up to 100 a day\"`."},
    {{"limit_disable", limit<Harm::kDisable>()}, "The same for suspending and closing."},
    {{"limit_cut_below_use", limit<Harm::kCutBelowUse>()},
     "The same for quotas that become smaller than what the client uses, or where that is not "
     "known."},
    {{"limit_cut_quota", limit<Harm::kCutQuota>()}, "The same for all quotas that become smaller."},
    {{"limit_remove_group", limit<Harm::kRemoveGroup>()}, "The same for taking out of groups."},
    {{"limit_change_email", limit<Harm::kChangeEmail>()},
     "The same for e-mail addresses that change."},
    {{"windows",
      field<&Server::windows>(),
      kAny,
      "allow destructive at 0 1 * * * for 5h in Europe/Minsk; deny all at 0 18 31 12 * for 1d"},
     "When what may be done: windows, separated by `;`. Each opens at the times of its five fields "
     "(minute, hour, day of month, month, day of week, as cron has them) and lasts as long as it "
     "says, at most 7d. `destructive` is what takes something from a client, `all` is every "
     "change, paid orders too. What a window denies waits; where windows allow something, it is "
     "done within them only. Without `in ZONE` times are those of the host."},
    {{"by_hand",
      field<&Server::by_hand>(),
      {.choices = {"quota", "group", "email", "enabled"}},
      "quota, group"},
     "Fields (`quota`, `group`, `email`, `enabled`) that a client or an administrator of the cloud "
     "may change: a difference stays, and is said, until another value is sold. An e-mail address "
     "is not sold: one that changes in the panel is not carried over. Closing goes on."},
    {{"create_only",
      field<&Server::create_only>(),
      {.choices = {"quota", "group", "email"}},
      "email"},
     "Fields (`quota`, `group`, `email`) that are set when an account is made, and never changed "
     "after that: what differs is said in the plan."},
    {{"uncapped", field<&Server::uncapped>(), kUncapped, "none"},
     "The quota of services that pay by use and for which the panel names no maximum (a resource "
     "billed by statistics without one): `hold` leaves them as they are and says so, `none` is "
     "unlimited, a size like `100 GiB` is the most that each may use."},
    {{"make_groups", field<&Server::make_groups>(), kAny, "true"},
     "Make the group that a tariff names where the cloud lacks it, once a service needs it; else "
     "the service is held. Never a group of administrators, nor one whose name differs from "
     "another's in the case of Latin letters only. No group is ever deleted."},
    {{"overdue", field<&Server::overdue>(), {.choices = {"disable", "read-only"}}, "read-only"},
     "What becomes of the account of a suspended service: `disable`, or `read-only`: it stays "
     "enabled with a quota of 0, so that its owner reads, downloads and deletes but stores "
     "nothing, "
     "and has the quota that was sold back when the service is resumed. Counts as suspending "
     "(`limit_disable`). Needs `manage_quota`, and `quota` in neither `by_hand` nor `create_only`: "
     "before you change these, end it and let a pass give the quotas back. "
     "Nextcloud only: on ownCloud, and where the size that was sold is not known, `disable` "
     "holds."},
    {{"display_name", field<&Server::display_name>(), {.choices = {"once", "equal"}}, "equal"},
     "The name that is shown in the cloud, of the service's owner in the panel: `once` sets it "
     "when "
     "the account is made, `equal` keeps it so, whatever the client changes it to; each change "
     "costs one of the limit of changes above."},
    // [tariff.N]
    {{"unlimited", field<&Tariff::unlimited>(), kAny, "true"},
     "`true`: the tariff sells space without a limit, whatever its resources say or lack, in a "
     "trial as well. Elsewhere a size is the panel's to say, and `uncapped` is for what it leaves "
     "open."},
    {{"overdue", field<&Tariff::overdue>(), {.choices = {"disable", "read-only"}}, "read-only"},
     "As `overdue` of the servers."},
    {{"retention", field<&Tariff::retention>(), {0, 3650 * kDay}, "30d"},
     "As `service.retention`. `\"0\"` drops the waiting and nothing else: the account is disabled "
     "first, and deleted by a later pass, after the panel and the cloud were asked once more, "
     "within the limits. The shortest of all but 0 says how much of the time between two passes "
     "counts. A closed service keeps the tariff that was last seen sold."},
};

}  // namespace option_table
}  // namespace

std::span<const Section> config_sections() {
    return option_table::kSections;
}

std::span<const Option> config_options() {
    return option_table::kOptions;
}

namespace {

// Nothing: there is no default.
std::optional<Value> built_in(const Option& option) {
    Config none;
    return option.field.get(Place{none});
}

// As TOML.
std::string print_value(const Value& value) {
    return std::visit(
        [](const auto& v) -> std::string {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::string>) {
                return toml_quoted(v);
            } else if constexpr (std::is_same_v<T, Duration>) {
                return toml_quoted(print_duration(v));
            } else if constexpr (std::is_same_v<T, Limit> || std::is_same_v<T, Policy> || std::is_same_v<T, Windows> || std::is_same_v<T, FieldSet>) {
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
        "text",
        "true or false",
        "whole number",
        "number",
        "duration",
        "policy",
        "limit",
        "windows",
        "fields"};
    return kNames[static_cast<std::size_t>(type)];
}

// Of a section of which the file may have several: what it says.
void add_said(
    std::vector<Setting>& all,
    std::string_view kind,
    std::string_view name,
    const std::set<std::string_view>& said,
    const Place& place
) {
    for (const Option& option : config_options()) {
        const auto value = option.field.get(place);
        if (value && option.field.section == kind && said.contains(option.name)) {
            all.push_back({fmt::format("{}.{}", name, option.name), &option, *value});
        }
    }
}

// All of the other sections.
void add_settings(std::vector<Setting>& all, const Place& place) {
    for (const Option& option : config_options()) {
        const std::string_view section = option.field.section;
        const auto value = option.field.get(place);
        if (value && section != kServers && section != kTariffs) {
            all.push_back({fmt::format("{}.{}", section, option.name), &option, *value});
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
    const auto found = std::ranges::find(settings, key, &Setting::key);
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
    if (option.field.type == Type::kDuration) {
        return fmt::format(
            R"(a duration in quotes from "{}" to "{}", like "90s", "5m", "14d")",
            print_duration(Duration(static_cast<std::int64_t>(low))),
            print_duration(Duration(static_cast<std::int64_t>(high)))
        );
    }
    if (option.field.type == Type::kLimit) {
        return "a limit in quotes like " + print_value(*built_in(option));
    }
    if (option.field.type == Type::kWindows) {
        return fmt::format(
            "windows in quotes, of at most {}, in zones that this host knows, like {}",
            print_duration(kLongestWindow),
            toml_quoted(option.example)
        );
    }
    if (!choices.front().empty()) {
        const auto* const end = std::ranges::find(choices, "");
        if (option.field.type == Type::kFields) {
            return fmt::format("a list in quotes of {}", fmt::join(choices.begin(), end, ", "));
        }
        return fmt::format("one of \"{}\"", fmt::join(choices.begin(), end, "\", \""));
    }
    return form == Form::kUrl ? fmt::format("a URL like \"{}\"", option.example)
           : form == Form::kPercents
               ? R"(percents from 1 to 100 in quotes, ascending, like "90, 100")"
           : form == Form::kUncapped ? R"("hold", "none", or a whole size like "100 GiB")"
           : form == Form::kFilled   ? "a text in quotes that is not empty"
           : high > 0
               ? fmt::format("a {} from {} to {:.0f}", type_name(option.field.type), low, high)
           : option.field.type == Type::kFlag ? "true or false"
                                              : "a text in quotes";
}

std::vector<Setting> settings_of(Config config) {
    std::vector<Setting> all;
    add_settings(all, Place{config});
    add_said(all, kServers, "defaults", config.defaults.said, Place{config});
    for (auto& [id, server] : config.servers) {
        const std::string name = fmt::format("server.{}", id.value);
        add_said(all, kServers, name, server.said, Place{config, server});
    }
    for (auto& [id, tariff] : config.tariffs) {
        const std::string name = fmt::format("tariff.{}", id);
        add_said(all, kTariffs, name, tariff.said, Place{config, config.defaults, tariff});
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
    std::vector<Setting> either = was;
    std::ranges::copy_if(is, std::back_inserter(either), [&was](const Setting& one) {
        return printed(one.key, was) == kNotSet;
    });
    std::vector<std::string> changes;
    for (const Setting& setting : either) {
        const std::string from = printed(setting.key, was);
        const std::string to = printed(setting.key, is);
        if (from != to) {
            changes.push_back(fmt::format("{}: {} -> {}", setting.key, from, to));
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
            option.field.set(Place{reload.in_force}, *option.field.get(Place{kept}));
        }
    }
    reload.changed = diff_summary(running, reload.in_force);
    reload.waiting = diff_summary(reload.in_force, wanted);
    return reload;
}

std::string missing_policy(ServerId id) {
    return fmt::format(
        "server {0} has no policy. Say one of \"observe\" (only look), \"create-only\", "
        "\"upsert-only\" or \"sync\" (everything) in [defaults] or [server.{0}]; start with "
        "policy = \"observe\"",
        id.value
    );
}

std::string to_string(const ConfigErrors& errors) {
    std::string text;
    for (const auto& [file, line, what] : errors) {
        text += line == 0 ? fmt::format("{}: {}\n", file, what)
                          : fmt::format("{}:{}: {}\n", file, line, what);
    }
    return text;
}

std::string config_reference() {
    std::string text(kHead);
    for (const auto& [name, what] : config_sections()) {
        text += fmt::format(
            "\n## [{}]\n\n{}\n{}",
            name == kServers   ? "defaults] and [server.N"
            : name == kTariffs ? "tariff.N"
                               : name,
            what,
            table_of(name)
        );
    }
    return text;
}

}  // namespace bn::controller
