#include <algorithm>

#include "controller/json/json.hpp"
#include "controller/service/status_view.hpp"

namespace bn::controller {

namespace {

constexpr std::size_t kHoldsInJson = 1000;
constexpr const char* kFormat = "bill-nextcloud-status";
constexpr std::uint64_t kVersion = 1;

void cut(std::vector<Hold>& holds) {
    holds.resize(std::min(holds.size(), kHoldsInJson));
}

}  // namespace

void fields(auto& json, Like<StatusServer> auto& s) {
    json("server", s.server);
    json("name", s.name);
    json("policy", s.policy);
    json("product", s.product);
    json("product_version", s.version);
    json("last_attempt", s.last_attempt);
    json("last_success", s.last_success);
    json("desired_accounts", s.desired);
    json("actual_accounts", s.actual);
    json("unmanaged_accounts", s.unmanaged);
    json("drift", s.drift);
    json("oldest_drift", s.oldest_drift);
    json("in_doubt", s.in_doubt);
    json("backlog", s.backlog);
    json("quarantined_until", s.quarantined_until);
    json("last_error", s.last_error);
    json("stopped", s.stopped);
    json("stopped_checksum", s.stopped_checksum);
    json("held", s.held);
    json("holds", s.holds);
    json.computed("holds_cut");
}

void fields(auto& json, Like<StatusView> auto& status) {
    json.computed("format");
    json.computed("version");
    json("now", status.now);
    json("program_version", status.version);
    json("host", status.host);
    json("pid", status.pid);
    json("running", status.running);
    json("doing", status.doing);
    json("started_at", status.started_at);
    json("next_pass", status.next_pass);
    json("config_digest", status.config_digest);
    json("config_refused", status.config_refused);
    json("config_waiting", status.config_waiting);
    json("store_bytes", status.store_bytes);
    json("store_events", status.store_events);
    json("panel_error", status.panel_error);
    json("panel_api", status.panel_api);
    json("panel_away", status.panel_away);
    json("owed", status.owed);
    json("oldest_owed", status.oldest_owed);
    json("unplaced_holds", status.unplaced_holds);
    json("servers", status.servers);
}

std::string status_to_json(const StatusView& status) {
    StatusView shown = status;
    cut(shown.unplaced_holds);
    for (StatusServer& server : shown.servers) {
        cut(server.holds);
    }
    Json json = json_of(shown);
    json["format"] = kFormat;
    json["version"] = kVersion;
    for (std::size_t i = 0; i < status.servers.size(); ++i) {
        json["servers"][i]["holds_cut"] = status.servers[i].holds.size() > kHoldsInJson;
    }
    return dump(json, 2);
}

Result<StatusView> status_from_json(std::string_view text) {
    const Error unreadable(
        NextMove::kHuman,
        "status.json",
        "the service's status cannot be read: ",
        "use the bill-nextcloud of the same version as the service"
    );
    return read_document<StatusView>(text, unreadable, [](const Json& document) {
        if (!document.is_object() || document.value("format", Json()) != kFormat ||
            document.value("version", Json()) != kVersion) {
            throw JsonFault{
                "", "is not the status of a bill-nextcloud that this version understands"};
        }
        StatusView status;
        read_json(document, status);
        return status;
    });
}

}  // namespace bn::controller
