// BILLmanager's database as the source of desired state.
//
// Reads only: SELECT in one consistent snapshot, a constant number of statements however many
// items there are; a reading that shows other numbers of rows than there are is an error. Blocking;
// meant for a thread of its own; one caller at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mariadb.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn::bm_reader {

// How the panel adds up a resource that is billed by statistics. Its tables do not tell: the form
// of the resource does.
enum class Counted : std::uint8_t { kUnknown, kByDay, kByMonth };

enum class DatabaseKind : std::uint8_t { kMariaDb, kSqlite };

// MariaDB or MySQL as in the base; what a connection is set up with is this module's business.
struct PanelSettings : base::MariaDbSettings {
    DatabaseKind kind = DatabaseKind::kMariaDb;
    // SQLite: the same tables in a file (samples and tests).
    std::string sqlite_file;
    // The panel's RSA key in PEM, for crypted module params. Empty: such params are a problem.
    std::string crypt_key_file;
    std::string module = "pmnextcloud";          // processingmodule.module of our servers
    std::string login_template = "user_{item}";  // {item}, {account}; for items never opened
    std::vector<std::string> disk_names = {"disk", "disc"};  // internal names of the resource
    bool allow_http = false;  // accept http:// as a server's base_url
    // What is sold where use is billed by statistics and the panel names no maximum; unknown:
    // such services are held.
    Quota uncapped;
    std::map<ServerId, Quota> uncapped_here;  // servers for which it is another
    std::set<std::uint32_t> unlimited;  // tariffs that sell no limit, whatever their resources say
    Counted counted = Counted::kUnknown;
    bool writes_usage = false;  // by this user, into itemstat: see bm_writer/usage_sink.hpp

    PanelSettings() { host = "localhost"; }

    [[nodiscard]] Quota uncapped_on(ServerId server) const {
        const auto own = uncapped_here.find(server);
        return own == uncapped_here.end() ? uncapped : own->second;
    }
};

// Never null. Settings are looked at on first use; a wrong one is an error of `read`.
std::unique_ptr<DesiredSource> make_panel_source(PanelSettings settings);

// Something about the panel that a person should know.
struct PanelProblem {
    bool stops = false;  // a pass cannot work, or not for this server
    std::string what;
    std::string remedy;
};

// How a tariff sells its space.
struct OfferFinding {
    std::string what;
    std::string evidence;
    std::string remedy;  // empty: it is as it should be
};

// What `check` found. Nothing was written to find it.
struct PanelReport {
    std::string server_version;                // "10.11.6-MariaDB", "SQLite 3.40.1"
    std::string charset;                       // of the connection
    std::string user;                          // as the server sees us; empty for SQLite
    std::string rights;                        // "SELECT", or what goes beyond reading
    std::vector<std::string> missing_columns;  // "item.period", "runningoperation (table)"
    std::optional<Duration> clock_skew;        // database minus us
    std::map<std::int64_t, std::uint64_t> items_by_status;  // of our module
    std::uint64_t held_items = 0;
    std::vector<OfferFinding> offers;
    std::vector<PanelProblem> problems;
};

// An error only when the database cannot be talked to at all.
Result<PanelReport> check_panel(const PanelSettings& settings, Time now);

// Which credentials the panel stores without encryption. Counts them; never reads one.
struct PlainCredentials {
    std::set<ServerId> servers;                   // nc_password of the module is stored plain
    std::map<ServerId, std::uint64_t> passwords;  // services with a plain userpassword, by server
};

// Blocking, one connection of its own, two statements. Errors as those of DesiredSource.
Result<PlainCredentials> find_plain_credentials(const PanelSettings& settings);

// Reads DBHost, DBUser, DBPassword, DBName, DBSocket and CryptKey as the panel does, from the files
// that panel_files names for `path`. The panel's own database user may write; `check` says so.
// Errors: none of them can be read (kHuman, "panel.conf").
Result<PanelSettings> settings_from_billmgr_conf(const std::string& path);

}  // namespace bn::bm_reader
