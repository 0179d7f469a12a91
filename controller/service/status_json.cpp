#include <algorithm>

#include "controller/json/plan_values_json.hpp"
#include "controller/service/status_view.hpp"

namespace bn::controller {
namespace {

constexpr std::size_t kHoldsInJson = 1000;

Json time_json(const std::optional<Time>& t) {
    return t ? Json(format_time(*t)) : Json(nullptr);
}

std::optional<Time> read_time(const JsonPlace& place) {
    return place.is_null() ? std::nullopt : std::optional(place.time());
}

Json holds_json(const std::vector<Hold>& holds) {
    Json list = Json::array();
    for (std::size_t i = 0; i < std::min(holds.size(), kHoldsInJson); ++i) {
        list.push_back(hold_json(holds[i]));
    }
    return list;
}

std::vector<Hold> read_holds(const JsonPlace& place) {
    std::vector<Hold> holds;
    place.each([&](const JsonPlace& one) { holds.push_back(read_hold(one)); });
    return holds;
}

Json server_json(const StatusServer& s) {
    Json json;
    json["server"] = s.server.value;
    json["name"] = s.name;
    json["policy"] = s.policy;
    json["product"] = s.product;
    json["product_version"] = s.version;
    json["last_attempt"] = time_json(s.last_attempt);
    json["last_success"] = time_json(s.last_success);
    json["desired_accounts"] = s.desired;
    json["actual_accounts"] = s.actual;
    json["unmanaged_accounts"] = s.unmanaged ? Json(*s.unmanaged) : Json(nullptr);
    json["drift"] = Json::object();
    for (const auto& [field, count] : s.drift) {
        json["drift"][field] = count;
    }
    json["oldest_drift"] = time_json(s.oldest_drift);
    json["in_doubt"] = s.in_doubt;
    json["backlog"] = s.backlog;
    json["quarantined_until"] = time_json(s.quarantined_until);
    json["last_error"] = s.last_error;
    json["stopped"] = s.stopped;
    json["stopped_checksum"] = s.stopped_checksum;
    json["held"] = s.held;
    json["holds"] = holds_json(s.holds);
    json["holds_cut"] = s.holds.size() > kHoldsInJson;
    return json;
}

StatusServer read_server(const JsonPlace& place) {
    StatusServer s;
    s.server = ServerId(place["server"].id());
    s.name = place["name"].text();
    s.policy = place["policy"].text();
    s.product = place["product"].text();
    s.version = place["product_version"].text();
    s.last_attempt = read_time(place["last_attempt"]);
    s.last_success = read_time(place["last_success"]);
    s.desired = place["desired_accounts"].count();
    s.actual = place["actual_accounts"].count();
    if (!place["unmanaged_accounts"].value().is_null()) {
        s.unmanaged = place["unmanaged_accounts"].count();
    }
    const JsonPlace drift = place["drift"];
    for (const auto& [field, count] : drift.value().items()) {
        s.drift[field] = drift[field.c_str()].count();
    }
    s.oldest_drift = read_time(place["oldest_drift"]);
    s.in_doubt = place["in_doubt"].count();
    s.backlog = place["backlog"].count();
    s.quarantined_until = read_time(place["quarantined_until"]);
    s.last_error = place["last_error"].text();
    s.stopped = place["stopped"].text();
    s.stopped_checksum = place["stopped_checksum"].text();
    s.held = place["held"].count();
    s.holds = read_holds(place["holds"]);
    return s;
}

StatusView read_status(const JsonPlace& place) {
    if (place["format"].text() != "bill-nextcloud-status" || place["version"].count() != 1) {
        place.fault("is not the status of a bill-nextcloud that this version understands");
    }
    StatusView status;
    status.now = place["now"].time();
    status.version = place["program_version"].text();
    status.host = place["host"].text();
    status.pid = place["pid"].id();
    status.running = place["running"].flag();
    status.doing = place["doing"].text();
    status.started_at = read_time(place["started_at"]);
    status.next_pass = read_time(place["next_pass"]);
    status.config_digest = place["config_digest"].text();
    status.store_bytes = place["store_bytes"].count();
    status.store_events = place["store_events"].count();
    status.panel_error = place["panel_error"].text();
    status.panel_api = place["panel_api"].text();
    status.panel_away = place["panel_away"].flag();
    status.owed = place["owed"].count();
    status.oldest_owed = read_time(place["oldest_owed"]);
    status.unplaced_holds = read_holds(place["unplaced_holds"]);
    place["servers"].each([&](const JsonPlace& one) { status.servers.push_back(read_server(one)); }
    );
    return status;
}

}  // namespace

std::string status_to_json(const StatusView& status) {
    Json json;
    json["format"] = "bill-nextcloud-status";
    json["version"] = 1;
    json["now"] = format_time(status.now);
    json["program_version"] = status.version;
    json["host"] = status.host;
    json["pid"] = status.pid;
    json["running"] = status.running;
    json["doing"] = status.doing;
    json["started_at"] = time_json(status.started_at);
    json["next_pass"] = time_json(status.next_pass);
    json["config_digest"] = status.config_digest;
    json["store_bytes"] = status.store_bytes;
    json["store_events"] = status.store_events;
    json["panel_error"] = status.panel_error;
    json["panel_api"] = status.panel_api;
    json["panel_away"] = status.panel_away;
    json["owed"] = status.owed;
    json["oldest_owed"] = time_json(status.oldest_owed);
    json["unplaced_holds"] = holds_json(status.unplaced_holds);
    json["servers"] = Json::array();
    for (const auto& server : status.servers) {
        json["servers"].push_back(server_json(server));
    }
    return dump(json, 2);
}

Result<StatusView> status_from_json(std::string_view text) {
    const Json document = Json::parse(text, nullptr, false);
    std::string why = "it is not JSON";
    if (!document.is_discarded()) {
        try {
            return read_status(JsonPlace(document, ""));
        } catch (const JsonFault& e) {
            why = e.what;
        }
    }
    return tl::unexpected(Error(
        NextMove::kHuman,
        "status.json",
        "the service's status cannot be read: " + why,
        "use the bill-nextcloud of the same version as the service"
    ));
}

}  // namespace bn::controller
