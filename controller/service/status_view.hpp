// What the service says of itself: a plain value for `status`, /status.json and their readers. The
// lists of fields are those of the document.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/config.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/ports/event_store.hpp"

namespace bn::controller {

// A closed account that is soon to be deleted, with its files.
struct StatusDeletion {
    ItemId item;
    std::string login;
    Time at{};  // not before this
    BN_FIELDS(StatusDeletion, item, login, at);
};

// What the last look at the whole of a server held back, by its reason.
struct StatusReason {
    HoldCode code = HoldCode::kUnknownStatus;
    std::uint64_t held = 0;  // as a plan counts
    std::string detail;      // empty: not the same for all of them
    std::string remedy;
    BN_FIELDS(StatusReason, code, held, detail, remedy);
};

struct StatusServer {
    ServerId server;
    std::string name;
    std::string policy;  // to_string(Policy), or empty: none configured
    std::string product;
    std::string product_version;
    std::optional<Time> last_attempt;
    std::optional<Time> last_success;
    std::uint64_t desired_accounts = 0;
    std::uint64_t actual_accounts = 0;
    std::optional<std::uint64_t> unmanaged_accounts;  // nothing: the last pass is not known here
    std::map<std::string, std::uint64_t> drift;       // by to_string(DriftField)
    std::optional<Time> oldest_drift;
    std::uint64_t in_doubt = 0;
    std::uint64_t backlog = 0;
    std::optional<Time> quarantined_until;
    std::string last_error;
    // Why it is not known how things are there now: all else is of the last success. Empty: it is.
    std::string unknown;
    std::string unverified;              // why its certificate is not checked; empty: it is
    std::string switched_off;            // why it is not looked at, on purpose; empty: it is
    std::string stopped;                 // a guard's reason
    std::string stopped_checksum;        // what an operator would approve
    std::optional<Time> approved_until;  // somebody has approved it, and it was not done yet
    // Why a side's last whole reading is not believed, and whether the clock is in doubt: a person
    // may say that it is right (`accept-readings`).
    std::string panel_doubt;
    std::string cloud_doubt;
    bool clock_doubted = false;
    std::optional<Pause> paused;            // by an operator
    std::vector<StatusDeletion> deletions;  // announced ones, the soonest first
    std::uint64_t parked = 0;               // items with what failed too often
    std::vector<Hold> holds;            // sorted by item; the JSON holds at most 1000 and says so
    std::uint64_t held = 0;             // as a plan counts; at least the items of `holds`
    std::vector<StatusReason> reasons;  // why, the most first; empty: not known, or none is held

    BN_FIELDS(StatusServer, server, name, policy, product, product_version, last_attempt,
              last_success, desired_accounts, actual_accounts, unmanaged_accounts, drift,
              oldest_drift, in_doubt, backlog, quarantined_until, last_error, unknown, unverified, switched_off, stopped,
              stopped_checksum, approved_until, panel_doubt, cloud_doubt, clock_doubted, paused, deletions, parked,
              held, holds, reasons);
};

struct StatusView {
    Time now{};
    std::string program_version;
    std::string host;
    std::uint32_t pid = 0;
    bool running = false;     // false: read from the event store, the service does not answer
    bool cannot_ask = false;  // for the configuration names no place to ask it at
    std::string doing;        // "waiting", "pass 01J... (reading server 3)"; the app's words
    std::optional<Time> started_at;
    std::optional<Time> next_pass;
    std::string config_digest;
    // A configuration that was read again: why it was refused, and what of it waits for a restart.
    std::string config_refused;
    std::string config_waiting;
    std::uint64_t store_bytes = 0;
    std::uint64_t store_events = 0;
    std::string store_error;                 // why nothing may be done on the strength of it
    std::string panel_error;                 // why the last reading of the panel failed
    std::string panel_api;                   // how the panel is told: "mgrctl", "https", "off"
    bool panel_away = false;                 // it does not take results at the moment
    std::optional<Time> panel_behind_since;  // its data is older than what was seen before
    std::uint64_t owed = 0;                  // items whose results the panel does not have yet
    std::optional<Time> oldest_owed;
    std::optional<Pause> panel_maintenance;  // the panel is, or counts as being, in maintenance
    std::optional<Pause> paused;             // everything is, by an operator
    std::vector<Hold> unplaced_holds;        // of items that belong to no server
    std::vector<StatusServer> servers;

    BN_FIELDS(StatusView, now, program_version, host, pid, running, cannot_ask, doing, started_at, next_pass,
              config_digest, config_refused, config_waiting, store_bytes, store_events, store_error, panel_error,
              panel_api, panel_away, panel_behind_since, panel_maintenance, owed, oldest_owed, paused, unplaced_holds, servers);
};

// The status as the ledger knows it; the service adds what it is doing.
StatusView status_from_ledger(
    const Ledger& ledger, const Config& config, const EventStore& store, Time now
);

// What a plan of the whole server holds back.
std::vector<StatusReason> held_reasons(const ServerPlan& plan);

std::string status_to_json(const StatusView& status);  // the body of /status.json
// Reads what status_to_json wrote; fields that a newer version added are ignored.
Result<StatusView> status_from_json(std::string_view text);

}  // namespace bn::controller
