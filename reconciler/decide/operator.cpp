#include "reconciler/decide/operator.hpp"

#include <set>
#include <utility>

namespace bn {

std::vector<Event> decide_paused(
    const Ledger& ledger, const std::vector<ItemId>& items, bool paused, const std::string& reason
) {
    std::vector<Event> events;
    for (const ItemId id : items) {
        const LedgerItem* item = ledger.item(id);
        if (item == nullptr || item->paused == paused) {
            continue;
        }
        if (paused) {
            events.emplace_back(ItemPaused{id, reason.empty() ? "asked for in the panel" : reason});
        } else {
            events.emplace_back(ItemResumed{id});
        }
    }
    return events;
}

std::vector<Event> accept_address(const Ledger& ledger, const DesiredServer& server) {
    const LedgerServer* known = ledger.server(server.id);
    if (known == nullptr || known->address == server.base_url) {
        return {};
    }
    return {ServerAddressAccepted{server.id, known->address, server.base_url}};
}

std::vector<Event> accept_cloud(
    const Ledger& ledger, ServerId server, const std::optional<CloudInfo>& seen
) {
    const LedgerServer* known = ledger.server(server);
    if (known == nullptr || !seen || seen->identity.empty()) {
        return {};
    }
    if (known->identity == seen->identity && known->data_fingerprint == seen->data_fingerprint) {
        return {};
    }
    return {ServerCloudAccepted{
        server, known->identity, seen->identity, known->data_fingerprint, seen->data_fingerprint}};
}

std::vector<Event> decide_resumed(const Ledger& ledger, ServerId server) {
    const LedgerServer* known = ledger.server(server);
    if (known == nullptr ||
        (!known->clock_doubted && known->panel_doubt.empty() && known->cloud_doubt.empty() &&
         missing_accounts(ledger, server).empty())) {
        return {};
    }
    return {ServerResumed{server}};
}

AcceptedStore accept_store(const Ledger& ledger, const Error& why) {
    AcceptedStore accepted;
    accepted.events.emplace_back(StoreAccepted{why.code, why.what});
    std::set<ItemId> touched;
    for (const auto& [id, item] : ledger.items()) {
        if (owns(item) || !item.in_doubt.empty() || !item.owed.empty()) {
            touched.insert(id);
        }
        for (const PendingAction& pending : item.in_doubt) {
            if (!pending.secret_ref.empty()) {
                accepted.forget_secrets.push_back(pending.secret_ref);
            }
        }
        if (!item.password_ref.empty()) {
            accepted.forget_secrets.push_back(item.password_ref);
        }
    }
    for (const ItemId id : touched) {
        accepted.events.emplace_back(ItemHistoryLost{id});
    }
    return accepted;
}

std::vector<Event> accept_panel(const Ledger& ledger, const DesiredSnapshot& desired) {
    const PanelMark& known = ledger.panel().mark;
    if (!is_older(desired.mark, known)) {
        return {};
    }
    return {PanelDataAccepted{known, desired.mark}};
}

std::vector<Event> config_changed(std::string before, std::string after, std::string summary) {
    if (before == after) {
        return {};
    }
    return {ConfigChanged{std::move(before), std::move(after), std::move(summary)}};
}

Result<std::vector<Event>> decide_approved(
    const Ledger& ledger, const std::string& checksum, const std::string& reason
) {
    for (const auto& [id, server] : ledger.servers()) {
        if (checksum.size() >= kChecksumEnough && server.stopped_plan.starts_with(checksum)) {
            std::vector<Event> events;
            events.emplace_back(approve_plan(id, server.stopped_plan, reason));
            return events;
        }
    }
    return tl::unexpected(nothing_waits(checksum));
}

Error nothing_waits(const std::string& checksum) {
    return Error(
        NextMove::kHuman,
        "plan.approve",
        "nothing waits under the checksum " + checksum + "; nothing was changed",
        "the panel or a cloud has moved on: look at `bill-nextcloud plan` again"
    );
}

Error restored_store(const std::string& file, std::uint64_t end, std::uint64_t recorded) {
    const std::string known = recorded > end ? std::to_string(recorded) + " events were recorded"
                                             : "what was recorded after it is not known";
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        "store.restored",
        "the backup " + file + " was put in place: it ends at event " + std::to_string(end) + "; " +
            known,
        ""
    );
}

}  // namespace bn
