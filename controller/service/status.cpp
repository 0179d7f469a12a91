// The status screen's facts, as far as the ledger knows them.
#include <algorithm>

#include "controller/service/service.hpp"

namespace bn::controller {

namespace {

StatusServer server_status(const LedgerServer& known, const Config& config) {
    StatusServer server;
    server.server = known.server;
    const ServerSettings settings = config.server(known.server);
    server.policy = settings.policy ? to_string(*settings.policy) : "";
    server.name = known.name;
    server.product = known.product;
    server.version = known.version;
    server.last_attempt = known.last_attempt_at;
    server.last_success = known.last_success_at;
    server.desired = known.last_desired;
    server.actual = known.last_actual;
    server.quarantined_until = known.quarantined_until;
    server.last_error = known.last_error;
    server.stopped_checksum = known.stopped_plan;
    server.stopped = known.stopped_reason;
    return server;
}

void add_item(StatusServer& server, const LedgerItem& item) {
    for (const DriftField field : kAllDriftFields) {
        if (has(item.drift, field)) {
            ++server.drift[std::string(to_string(field))];
        }
    }
    if (item.drift != 0 && (!server.oldest_drift || item.drift_since < *server.oldest_drift)) {
        server.oldest_drift = item.drift_since;
    }
    server.in_doubt += item.in_doubt.size();
    server.held += item.holds.empty() ? 0U : 1U;
    server.holds.insert(server.holds.end(), item.holds.begin(), item.holds.end());
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
    view.owed = ledger.owing().size();
    for (const ItemId id : ledger.owing()) {
        const Time since = ledger.item(id)->owed.front().since;
        view.oldest_owed = std::min(view.oldest_owed.value_or(since), since);
    }
    for (const auto& [id, known] : ledger.servers()) {
        view.servers.push_back(server_status(known, config));
    }
    for (const auto& [id, item] : ledger.items()) {
        // A hold knows its server even where no account exists yet.
        const ServerId on = item.server.value != 0 ? item.server
                            : !item.holds.empty()  ? item.holds.front().server
                                                   : ServerId{};
        const auto it = std::find_if(view.servers.begin(), view.servers.end(), [on](const auto& s) {
            return s.server == on;
        });
        if (it != view.servers.end()) {
            add_item(*it, item);
        } else {
            view.unplaced_holds.insert(
                view.unplaced_holds.end(), item.holds.begin(), item.holds.end()
            );
        }
    }
    const auto by_item = [](const Hold& a, const Hold& b) { return a.item < b.item; };
    std::sort(view.unplaced_holds.begin(), view.unplaced_holds.end(), by_item);
    for (StatusServer& server : view.servers) {
        std::sort(server.holds.begin(), server.holds.end(), by_item);
    }
    return view;
}

}  // namespace bn::controller
