// What the service says of itself: a plain value for `status`, /status.json and their readers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"

namespace bn::controller {

struct StatusServer {
    ServerId server;
    std::string name;
    std::string policy;  // to_string(Policy), or empty: none configured
    std::string product;
    std::string version;
    std::optional<Time> last_attempt;
    std::optional<Time> last_success;
    std::uint64_t desired = 0;
    std::uint64_t actual = 0;
    std::optional<std::uint64_t> unmanaged;      // nothing: the last pass is not known here
    std::map<std::string, std::uint64_t> drift;  // by to_string(DriftField)
    std::optional<Time> oldest_drift;
    std::uint64_t in_doubt = 0;
    std::uint64_t backlog = 0;
    std::optional<Time> quarantined_until;
    std::string last_error;
    std::string stopped;           // a guard's reason
    std::string stopped_checksum;  // what an operator would approve
    std::vector<Hold> holds;       // sorted by item; the JSON holds at most 1000 and says so
    std::uint64_t held = 0;        // all of them

    friend bool operator==(const StatusServer&, const StatusServer&) = default;
};

struct StatusView {
    Time now{};
    std::string version;
    std::string host;
    std::uint32_t pid = 0;
    bool running = false;  // false: read from the event store, the service does not answer
    std::string doing;     // "waiting", "pass 01J... (reading server 3)"; the app's words
    std::optional<Time> started_at;
    std::optional<Time> next_pass;
    std::string config_digest;
    // A configuration that was read again: why it was refused, and what of it waits for a restart.
    std::string config_refused;
    std::string config_waiting;
    std::uint64_t store_bytes = 0;
    std::uint64_t store_events = 0;
    std::string panel_error;  // why the last reading of the panel failed
    std::string panel_api;    // how the panel is told: "mgrctl", "https", "off"
    bool panel_away = false;  // it does not take results at the moment
    std::uint64_t owed = 0;   // items whose results the panel does not have yet
    std::optional<Time> oldest_owed;
    std::vector<Hold> unplaced_holds;  // of items that belong to no server
    std::vector<StatusServer> servers;

    friend bool operator==(const StatusView&, const StatusView&) = default;
};

std::string status_to_json(const StatusView& status);  // the body of /status.json
// Reads what status_to_json wrote; fields that a newer version added are ignored.
Result<StatusView> status_from_json(std::string_view text);

}  // namespace bn::controller
