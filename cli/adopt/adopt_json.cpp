#include <iterator>

#include "controller/json/plan_values_json.hpp"

#include "cli/adopt/adopt_screen.hpp"

namespace bn::cli {
namespace {

Json server_json(const AdoptServer& server) {
    Json json;
    json["server"] = server.server.value;
    json["name"] = server.name;
    json["policy"] = server.policy ? Json(to_string(*server.policy)) : Json(nullptr);
    json["error"] = server.error;
    json["already_ours"] = server.ours;
    json["to_open"] = server.to_open;
    json["actual_accounts"] = server.actual;
    for (const char* list : {"adopt", "missing", "orphaned", "clashes", "group_positions"}) {
        json[list] = Json::array();
    }
    for (const AdoptRow& row : server.adopt) {
        Json one;
        one["item"] = row.item.value;
        one["login"] = row.login;
        one["evidence"] = row.evidence;
        one["drift"] = drift_fields_json(row.drift);
        json["adopt"].push_back(std::move(one));
    }
    for (const MissingRow& row : server.missing) {
        json["missing"].push_back({{"item", row.item.value}, {"login", row.login}});
    }
    for (const OrphanRow& row : server.orphaned) {
        Json one;
        one["item"] = row.item.value;
        one["login"] = row.login;
        one["reason"] = to_string(row.reason);
        one["enabled"] = row.enabled;
        one["has_files"] = row.has_files;
        json["orphaned"].push_back(std::move(one));
    }
    for (const Hold& hold : server.clashes) {
        json["clashes"].push_back(hold_json(hold));
    }
    for (const PositionRow& row : server.positions) {
        Json one;
        one["stored"] = row.stored;
        one["group"] = row.name.empty() ? Json(nullptr) : Json(row.name);
        one["services"] = row.services;
        one["members"] = row.members;
        one["doubtful"] = row.doubtful();
        json["group_positions"].push_back(std::move(one));
    }
    json["plain_password"] = server.plain_password;
    json["plain_service_passwords"] = server.plain_services;
    return json;
}

}  // namespace

std::string_view to_string(OrphanReason reason) {
    constexpr std::string_view kNames[] = {
        "no-service", "closed", "unpaid", "other-login", "other-server", "no-server", "unclear"};
    const auto index = static_cast<std::size_t>(reason);
    return index < std::size(kNames) ? kNames[index] : "?";
}

std::string adopt_to_json(const AdoptView& view) {
    Json json;
    json["format"] = "bill-nextcloud-adopt";
    json["version"] = 1;
    json["now"] = format_time(view.now);
    json["adoptable"] = view.adoptable();
    json["clashes"] = view.clashes();
    json["recorded"] = view.recorded ? Json(*view.recorded) : Json(nullptr);
    json["servers"] = Json::array();
    for (const AdoptServer& server : view.servers) {
        json["servers"].push_back(server_json(server));
    }
    json["unplaced"] = Json::array();
    for (const Hold& hold : view.unplaced) {
        json["unplaced"].push_back(hold_json(hold));
    }
    return dump(json, 2);
}

}  // namespace bn::cli
