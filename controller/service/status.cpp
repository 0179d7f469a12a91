#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "controller/json/json.hpp"
#include "controller/pass/planning.hpp"
#include "controller/service/status_view.hpp"
#include "reconciler/plan/absence.hpp"

namespace bn::controller {

namespace {

constexpr std::size_t kHoldsInJson = 1000;
constexpr const char* kFormat = "bill-nextcloud-status";
constexpr std::uint64_t kVersion = 1;
constexpr const char* kOffByConfiguration =
    "the server is switched off in the configuration, and not looked at";

void cut(std::vector<Hold>& holds) {
    holds.resize(std::min(holds.size(), kHoldsInJson));
}

std::string not_known(const LedgerServer& known) {
    const bool read = known.last_success_at.has_value();
    return !known.last_error.empty() ? known.last_error : read ? "" : "it was not read whole yet";
}

// A guard doubts them as well, and says so of the items only.
std::string doubt_of_cloud(const LedgerServer& known, const Ledger& ledger) {
    const Absence absence = absence_on_record(ledger, known.server);
    return !known.cloud_doubt.empty() || !is_doubtful(absence, GuardOptions())
               ? known.cloud_doubt
               : to_text(absence, !known.identity.empty());
}

StatusServer server_status(const LedgerServer& known, const Config& config, Time now) {
    StatusServer server;
    server.server = known.server;
    const ServerSettings& settings = config.server(known.server);
    server.policy = settings.policy ? to_string(*settings.policy) : "";
    server.name = known.name;
    server.product = known.product;
    server.product_version = known.version;
    server.last_attempt = known.last_attempt_at;
    server.last_success = known.last_success_at;
    server.desired_accounts = known.last_desired;
    server.actual_accounts = known.last_actual;
    server.quarantined_until = known.quarantined_until;
    server.last_error = known.last_error;
    server.unknown = settings.enabled ? not_known(known) : "";
    DesiredServer as_configured;  // what its form says is for whoever has read the panel
    as_configured.id = known.server;
    server.unverified = why_unverified(config, as_configured);
    server.switched_off = settings.enabled ? "" : kOffByConfiguration;
    server.stopped_checksum = known.stopped_plan;
    if (is_approved(&known, known.stopped_plan, now)) {
        server.approved_until = known.approved_at + kApprovalLasts;
    }
    server.stopped = known.stopped_reason;
    server.panel_doubt = known.panel_doubt;
    server.clock_doubted = known.clock_doubted;
    if (in_force(known.paused, now)) {
        server.paused = known.paused;
    }
    return server;
}

// By the ledger's time of observation: what was not watched does not count.
void add_deletion(
    StatusServer& server,
    const LedgerItem& item,
    const Ledger& ledger,
    const Config& config,
    Time now
) {
    const auto left =
        owns(item) && !in_force(item.kept, now)
            ? retention_left(item, ledger.server(item.server), now, retention_rules(config))
            : std::nullopt;
    if (left && (item.end_announced || *left <= config.service.retention_notice)) {
        server.deletions.push_back({item.item, item.login, now + std::max(*left, Duration{0})});
    }
}

void add_item(StatusServer& server, const LedgerItem& item, Time now) {
    for (const DriftField field : kAllDriftFields) {
        if (has(item.drift, field)) {
            ++server.drift[std::string(to_string(field))];
        }
    }
    if (item.drift != 0 && (!server.oldest_drift || item.drift_since < *server.oldest_drift)) {
        server.oldest_drift = item.drift_since;
    }
    server.in_doubt += item.in_doubt.size();
    server.parked += std::ranges::any_of(item.setbacks, &Setback::parked) ? 1U : 0U;
    const bool paused = in_force(item.paused, now);
    std::vector<Hold> holds = item.holds;
    // A word that was said since: the next pass goes by it.
    std::erase_if(holds, [&](const Hold& hold) {
        return (hold.code == HoldCode::kRetention && in_force(item.kept, now)) ||
               (hold.code == HoldCode::kBlastRadius && server.approved_until);
    });
    server.held += holds.empty() && !paused ? 0U : 1U;
    server.holds.insert(server.holds.end(), holds.begin(), holds.end());
    if (paused) {
        server.holds.emplace_back(
            item.item,
            server.server,
            HoldCode::kPaused,
            fmt::format("item {}", item.item.value),
            "An operator paused this item " + to_text(*item.paused) + ".",
            fmt::format("Say `bill-nextcloud resume --item {}`.", item.item.value)
        );
    }
}

}  // namespace

StatusView status_from_ledger(
    const Ledger& ledger, const Config& config, const EventStore& store, Time now
) {
    StatusView view;
    view.now = now;
    view.config_digest = digest(config);
    view.store_bytes = store.size_bytes();
    view.store_events = ledger.last_event();
    view.panel_api = config.panel.api;
    view.panel_away = ledger.panel().away_since.has_value();
    view.panel_behind_since = ledger.panel().behind_since;
    view.panel_maintenance = ledger.panel().maintenance;
    view.owed = ledger.owing().size();
    if (in_force(ledger.panel().paused, now)) {
        view.paused = ledger.panel().paused;
    }
    for (const ItemId id : ledger.owing()) {
        const Time since = ledger.item(id)->owed.front().since;
        view.oldest_owed = std::min(view.oldest_owed.value_or(since), since);
    }
    for (const auto& [id, known] : ledger.servers()) {
        view.servers.push_back(server_status(known, config, now));
        view.servers.back().cloud_doubt = doubt_of_cloud(known, ledger);
    }
    for (const auto& [id, item] : ledger.items()) {
        // A hold knows its server even where no account exists yet.
        const ServerId on = item.server.value != 0 ? item.server
                            : !item.holds.empty()  ? item.holds.front().server
                                                   : ServerId{};
        const auto it = std::ranges::find(view.servers, on, &StatusServer::server);
        if (it != view.servers.end()) {
            add_item(*it, item, now);
            add_deletion(*it, item, ledger, config, now);
        } else {
            view.unplaced_holds.insert(
                view.unplaced_holds.end(), item.holds.begin(), item.holds.end()
            );
        }
    }
    std::ranges::sort(view.unplaced_holds, {}, &Hold::item);
    for (StatusServer& server : view.servers) {
        std::ranges::sort(server.holds, {}, &Hold::item);
        std::ranges::sort(server.deletions, {}, [](const StatusDeletion& one) {
            return std::pair(one.at, one.item);
        });
    }
    return view;
}

std::vector<StatusReason> held_reasons(const ServerPlan& plan) {
    std::map<HoldCode, StatusReason> by_code;
    for (const HeldAction& held : plan.held) {
        const Hold& hold = held.hold;
        StatusReason& reason = by_code[hold.code];
        if (reason.held == 0) {
            reason = {hold.code, 0, hold.detail, hold.remedy};
        }
        ++reason.held;
        reason.detail = reason.detail == hold.detail ? reason.detail : "";
        reason.remedy = reason.remedy == hold.remedy ? reason.remedy : "";
    }
    std::vector<StatusReason> reasons;
    reasons.reserve(by_code.size());
    for (auto& [code, reason] : by_code) {
        reasons.push_back(std::move(reason));
    }
    std::ranges::stable_sort(reasons, std::ranges::greater(), &StatusReason::held);
    return reasons;
}

std::string status_to_json(const StatusView& status) {
    StatusView shown = status;
    cut(shown.unplaced_holds);
    for (StatusServer& server : shown.servers) {
        cut(server.holds);
    }
    Json json;
    json["format"] = kFormat;
    json["version"] = kVersion;
    json.update(json_of(shown));
    for (std::size_t i = 0; i < status.servers.size(); ++i) {
        json["servers"][i]["holds_cut"] = status.servers[i].holds.size() > kHoldsInJson;
    }
    return dump(json, 2);
}

Result<StatusView> status_from_json(std::string_view text) {
    const auto unreadable = [](const std::string& why) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "status.json",
            "the service's status cannot be read: " + why,
            "use the bill-nextcloud of the same version as the service"
        ));
    };
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) {
        return unreadable("it is not JSON, or it was cut off");
    }
    if (!document.is_object() || document.value("format", Json()) != kFormat ||
        document.value("version", Json()) != kVersion) {
        return unreadable(
            "document: is not the status of a bill-nextcloud that this version understands"
        );
    }
    try {
        StatusView status;
        read_json(document, status);
        return status;
    } catch (const JsonFault& fault) {
        return unreadable(fault.text());
    }
}

}  // namespace bn::controller
