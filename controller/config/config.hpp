// The configuration: one value with its defaults inline, read from a TOML file.
//
// Values only; reading is in load_config, everything that a person reads about options comes from
// the one table in config_options.cpp. No secret is kept here: passwords come from files that are
// named here, or from the panel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/plan/limits.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/plan/windows.hpp"

namespace bn::controller {

// [panel]: where BILLmanager's database is. One of `from`, `host`/`socket` or `sqlite`.
struct PanelConfig {
    std::string from;  // BILLmanager's own file with the database's address and password
    std::string host;
    std::uint32_t port = 3306;
    std::string socket;
    std::string user;
    std::string password_file;
    std::string database = "billmgr";
    std::string sqlite;     // a file with the panel's schema: samples and tests
    std::string crypt_key;  // RSA private key of crypted params; empty: params must be plain
    std::string login_template = "user_{item}";
    std::string module = "pmnextcloud";
    bool allow_http = false;
    // The way back: how the panel's functions are called.
    std::string api = "off";  // "mgrctl", "https", "off": results are not written back
    std::string mgrctl = "/usr/local/mgr5/sbin/mgrctl";
    std::string api_url;  // https://host:1500/billmgr
    std::string api_user;
    std::string api_password_file;
    std::string api_ca_file;
    Duration api_timeout = std::chrono::seconds(60);
    std::uint32_t api_parallel = 2;
    std::string open_function = "{itemtype}.open";
    std::string save_param = "pair";  // or "name-value"
    std::string clear_problem;        // empty: none is called
    std::uint32_t try_limit = 10;
    bool rollback_tariff = true;
    // It may be unknown for so long whether the panel is in maintenance; 0: for ever.
    Duration maintenance_unknown = std::chrono::minutes(10);
    friend bool operator==(const PanelConfig&, const PanelConfig&) = default;
};

// [store]
struct StoreConfig {
    std::string path = "/var/lib/bill-nextcloud/events.db";
    std::string key_file = "/var/lib/bill-nextcloud/seal.key";
    std::string anchor;  // empty: beside the store's folder; "off": none
    friend bool operator==(const StoreConfig&, const StoreConfig&) = default;
};

// [service]
struct ServiceConfig {
    Duration interval = std::chrono::minutes(5);
    Duration jitter = std::chrono::seconds(30);
    Duration operations_poll = std::chrono::seconds(2);  // 0: do not poll
    Duration retention = std::chrono::hours(24 * 14);
    Duration vanished_after = std::chrono::hours(1);
    Duration doubt_grace = std::chrono::minutes(1);
    Duration clock_grace = std::chrono::hours(24);
    Duration max_snapshot_age = std::chrono::minutes(30);
    double max_shrink = 0.2;
    double limits_over_all = 2;
    std::uint32_t shrink_from = 20;
    std::uint32_t fight_limit = 3;
    Duration fight_window = std::chrono::hours(24);
    Duration backoff_first = std::chrono::seconds(30);
    Duration backoff_max = std::chrono::hours(6);
    std::uint32_t tries = 24;  // 0: without end
    Duration retention_notice = std::chrono::hours(24 * 3);
    Duration stop_timeout = std::chrono::seconds(60);
    bool manage_email = true;
    bool manage_groups = true;
    bool manage_quota = true;
    friend bool operator==(const ServiceConfig&, const ServiceConfig&) = default;
};

// [http]
struct HttpConfig {
    std::string listen = "127.0.0.1:9632";  // empty: off
    std::string hosts;                      // separated by blanks
    friend bool operator==(const HttpConfig&, const HttpConfig&) = default;
};

// [control]: the socket that the panel's module and pages talk to.
struct ControlConfig {
    std::string socket;  // empty: off
    std::string users;   // further Unix users that may connect, separated by blanks
    std::string listen;  // of panels on other hosts, separated by blanks; empty: off
    std::string key_file;
    Duration wait = std::chrono::seconds(15);
    friend bool operator==(const ControlConfig&, const ControlConfig&) = default;
};

// [statistics]
struct StatisticsConfig {
    bool daily = false;        // measured without being asked; the panel's own cron asks anyway
    std::string at = "03:00";  // local time
    double close_share = 0.9;
    std::string counted = "unknown";        // how the panel adds up what is billed by statistics
    std::string thresholds = "90, 100";     // percent; see parse_percents
    std::uint32_t threshold_margin = 5;     // percentage points
    std::string threshold_notice = "task";  // or "off"
    std::uint32_t threshold_calls = 20;     // notices an hour
    std::uint32_t params_per_minute = 60;   // calls that tell a service's client; 0: none
    bool former_names = false;  // also used_bytes and quota_bytes, as the former module wrote them
    friend bool operator==(const StatisticsConfig&, const StatisticsConfig&) = default;
};

// [webpay]: what the panel's payment module asks WebPay through us.
struct WebpayConfig {
    std::string gateway;  // empty: WebPay's own addresses
    std::string ca_file;
    friend bool operator==(const WebpayConfig&, const WebpayConfig&) = default;
};

// [log]
struct LogConfig {
    std::string level = "info";   // debug, info, warning, error
    std::string format = "text";  // text, json
    std::string file;             // empty: standard error
    friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

// Fields of an account, by the names that they have in drift: "quota, email".
struct FieldSet {
    DriftMask mask = 0;
    friend bool operator==(const FieldSet&, const FieldSet&) = default;
};

std::string to_string(const FieldSet& fields);

// What is in force for a server: built-in values, then [defaults], then [server.<id>].
struct ServerSettings {
    std::optional<Policy> policy;  // nothing: the configuration gives none, see missing_policy
    bool enabled = true;
    std::string ca_file;
    bool verify_tls = true;
    std::string proxy;
    std::uint32_t max_parallel = 4;
    std::uint32_t page_size = 500;
    std::optional<bool> put_limited;  // nothing: by the server's version
    bool bearer = false;
    bool welcome_mail = true;
    Duration timeout = std::chrono::seconds(60);
    Duration connect_timeout = std::chrono::seconds(10);
    HarmLimits limits = default_limits();
    Windows windows;
    FieldSet by_hand;
    FieldSet create_only;
    std::string uncapped = "hold";    // or "none", or a size; see parse_uncapped
    std::string overdue = "disable";  // or "read-only"
    bool make_groups = false;
    std::string display_name = "once";    // or "equal"
    Allowance former_limit{3, 0.05, 10};  // see took_former_limit
    std::set<std::string_view> said;      // keys that the file says in this very section
    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

// What the configuration says of one tariff of the panel.
struct TariffSettings {
    std::optional<std::string> overdue;  // nothing: as its server
    std::optional<Duration> retention;   // nothing: service.retention
    bool unlimited = false;
    std::set<std::string_view> said;  // keys that the file says in this very section
    friend bool operator==(const TariffSettings&, const TariffSettings&) = default;
};

struct Config {
    PanelConfig panel;
    StoreConfig store;
    ServiceConfig service;
    HttpConfig http;
    ControlConfig control;
    StatisticsConfig statistics;
    WebpayConfig webpay;
    LogConfig log;
    ServerSettings defaults;
    std::map<ServerId, ServerSettings> servers;       // those with a section of their own
    std::map<std::uint32_t, TariffSettings> tariffs;  // by pricelist.id: likewise
    TariffSettings other_tariffs;                     // says nothing
    std::vector<std::string> notices;  // "file:line: what" is to be changed, though it still works

    [[nodiscard]] const ServerSettings& server(ServerId id) const {
        const auto own = servers.find(id);
        return own == servers.end() ? defaults : own->second;
    }

    friend bool operator==(const Config&, const Config&) = default;
};

// What to say about a server of the panel for which no policy is configured: what is wrong, the
// four choices, and that observe is the one to begin with.
std::string missing_policy(ServerId id);

// One fault of a configuration file.
struct ConfigError {
    std::string file;
    std::uint32_t line = 0;  // 0: the file as a whole
    std::string what;        // names the key and says what is expected
};

using ConfigErrors = std::vector<ConfigError>;  // sorted by line

// Reads and validates. All faults are reported at once. Touches the files that are named only to
// look at their existence and rights.
tl::expected<Config, ConfigErrors> load_config(const std::string& path);

// The same on a text in memory; does not look at any file.
tl::expected<Config, ConfigErrors> parse_config(std::string_view text, std::string_view file_name);

std::string to_string(const ConfigErrors& errors);  // a line each: "file:line: what"

// The effective configuration as TOML, with defaults, without secrets (a proxy's password is
// masked).
std::string masked(const Config& config);

// Short hash of the effective values; equal configurations have equal digests.
std::string digest(const Config& config);

// "service.interval: 5m -> 1m; server.3.policy: observe -> sync"; empty when nothing changed.
std::string diff_summary(const Config& before, const Config& after);

// What a running service makes of a file that was read again.
struct ConfigReload {
    Config in_force;      // as wanted, but what needs a restart is as it runs
    std::string changed;  // diff_summary of what is in force from now on; empty: nothing
    std::string waiting;  // diff_summary of what waits for a restart; empty: nothing
};

ConfigReload after_reload(const Config& running, const Config& wanted);

// docs/configuration.md, generated from the table of options.
std::string config_reference();

}  // namespace bn::controller
