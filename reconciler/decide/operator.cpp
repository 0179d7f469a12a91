#include "reconciler/decide/operator.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace bn {

namespace {

Error said_wrong(const char* code, std::string what, std::string remedy) {
    return Error(NextMove::kHuman, code, std::move(what), std::move(remedy));
}

Error unknown_item(ItemId item) {
    return said_wrong(
        "command.item",
        "item " + std::to_string(item.value) + " is not known; nothing was changed",
        "`bill-nextcloud status` and `plan` name items by the number of their service in the panel"
    );
}

// Items of which nobody knows any, a server that nobody knows, or an end that is over.
std::optional<Error> wrong(const Moment& at, const Scope& scope, const Word& word) {
    const auto unknown = [&at](ItemId id) { return at.ledger.item(id) == nullptr; };
    if (!scope.items.empty() && std::ranges::all_of(scope.items, unknown)) {
        return unknown_item(scope.items.front());
    }
    if (scope.server && at.ledger.server(*scope.server) == nullptr) {
        return said_wrong(
            "command.server",
            "server " + std::to_string(scope.server->value) + " is not known; nothing was changed",
            "`bill-nextcloud status` lists the servers with their numbers"
        );
    }
    if (word.until && *word.until <= at.now) {
        return said_wrong(
            "command.until",
            "its end, " + format_time(*word.until) + ", is over already; nothing was changed",
            "give a time to come, or a span from now such as 8h"
        );
    }
    return std::nullopt;
}

bool says(const std::optional<Pause>& known, const Word& word) {
    return known && known->reason == word.reason && known->until == word.until;
}

}  // namespace

Result<std::vector<Event>> decide_paused(const Moment& at, const Scope& scope, const Word& word) {
    if (std::optional<Error> error = wrong(at, scope, word)) {
        return tl::unexpected(*std::move(error));
    }
    std::vector<Event> events;
    for (const ItemId id : scope.items) {
        const LedgerItem* item = at.ledger.item(id);
        if (item != nullptr && !says(item->paused, word)) {
            events.emplace_back(ItemPaused{id, word.reason, word.until});
        }
    }
    if (scope.server && !says(at.ledger.server(*scope.server)->paused, word)) {
        events.emplace_back(ServerPaused{*scope.server, word.reason, word.until});
    }
    if (scope.everything && !says(at.ledger.panel().paused, word)) {
        events.emplace_back(ServicePaused{word.reason, word.until});
    }
    return events;
}

std::vector<Event> decide_pause_ended(const Ledger& ledger, const Scope& scope) {
    std::vector<Event> events;
    for (const ItemId id : scope.items) {
        const LedgerItem* item = ledger.item(id);
        if (item != nullptr && item->paused) {
            events.emplace_back(ItemResumed{id});
        }
        if (item != nullptr && item->kept) {
            events.emplace_back(ItemKeptEnded{id});
        }
    }
    const LedgerServer* server = scope.server ? ledger.server(*scope.server) : nullptr;
    if (server != nullptr && server->paused) {
        events.emplace_back(ServerPauseEnded{*scope.server});
    }
    if (scope.everything && ledger.panel().paused) {
        events.emplace_back(ServicePauseEnded{});
    }
    return events;
}

Result<std::vector<Event>> decide_kept(const Moment& at, ItemId id, const Word& word) {
    if (std::optional<Error> error = wrong(at, {{id}, {}, false}, word)) {
        return tl::unexpected(*std::move(error));
    }
    const LedgerItem& item = *at.ledger.item(id);
    const std::string of = "item " + std::to_string(id.value);
    if (!owns(item)) {
        return tl::unexpected(said_wrong(
            "undelete.no_account",
            item.deleted ? "the account of " + of + " is deleted, with its files"
                         : of + " has no account of ours",
            item.deleted ? "restore its files from a backup of the cloud; buy the service back to "
                           "have an account made"
                         : "look at `bill-nextcloud item " + std::to_string(id.value) + "`"
        ));
    }
    const auto deletes = [](const PendingAction& pending) {
        return pending.action.kind == ActionKind::kDelete;
    };
    if (std::ranges::any_of(item.in_doubt, deletes)) {
        return tl::unexpected(said_wrong(
            "undelete.on_its_way",
            "the account of " + of + " is being deleted: the call is on its way, or had no answer",
            "look at the cloud; say it again once `bill-nextcloud item " +
                std::to_string(id.value) + "` says what became of it"
        ));
    }
    if (!item.closed_at && !item.kept) {
        return tl::unexpected(said_wrong(
            "undelete.not_closed",
            of + " is not closed: there is nothing to take back",
            "`bill-nextcloud pause --item " + std::to_string(id.value) +
                "` keeps it as it is, whatever the panel says"
        ));
    }
    if (says(item.kept, word)) {
        return std::vector<Event>();
    }
    std::vector<Event> events;
    events.emplace_back(ItemKept{id, item.server, item.login, word.reason, word.until});
    return events;
}

std::vector<Failed> failed_items(const Ledger& ledger, bool parked_only) {
    std::vector<Failed> failed;
    for (const auto& [id, item] : ledger.items()) {
        for (const Setback& setback : item.setbacks) {
            if (setback.parked || !parked_only) {
                failed.push_back({id, item.server, item.login, setback});
            }
        }
    }
    std::ranges::sort(failed, {}, [](const Failed& one) {
        return std::pair(one.item, one.setback.kind);
    });
    return failed;
}

Result<std::vector<Event>> decide_replayed(
    const Ledger& ledger, const Scope& scope, const std::string& code, const std::string& reason
) {
    std::set<ItemId> meant;
    for (const ItemId id : scope.items) {
        const LedgerItem* item = ledger.item(id);
        if (item == nullptr) {
            return tl::unexpected(unknown_item(id));
        }
        if (!item->setbacks.empty()) {
            meant.insert(id);
        }
    }
    if (scope.everything || !code.empty()) {
        for (const Failed& one : failed_items(ledger, true)) {
            if (code.empty() || one.setback.code == code) {
                meant.insert(one.item);
            }
        }
    }
    if (meant.empty()) {
        return tl::unexpected(said_wrong(
            "replay.nothing",
            scope.items.empty()
                ? "nothing is parked" + (code.empty() ? "" : " with the code " + code)
                : "nothing has failed for what is named",
            "`bill-nextcloud replay` lists what is parked"
        ));
    }
    std::vector<Event> events;
    events.reserve(meant.size());
    for (const ItemId id : meant) {
        events.emplace_back(ItemReplayed{id, reason});
    }
    return events;
}

std::vector<Event> accept_address(
    const Ledger& ledger, const DesiredServer& server, const std::string& reason
) {
    const LedgerServer* known = ledger.server(server.id);
    if (known == nullptr || known->address == server.base_url) {
        return {};
    }
    return {ServerAddressAccepted{server.id, known->address, server.base_url, reason}};
}

std::vector<Event> accept_cloud(
    const Ledger& ledger,
    ServerId server,
    const std::optional<CloudInfo>& seen,
    const std::string& reason
) {
    const LedgerServer* known = ledger.server(server);
    if (known == nullptr || !seen || seen->identity.empty()) {
        return {};
    }
    if (known->identity == seen->identity && known->data_fingerprint == seen->data_fingerprint) {
        return {};
    }
    return {ServerCloudAccepted{
        server,
        known->identity,
        seen->identity,
        known->data_fingerprint,
        seen->data_fingerprint,
        reason}};
}

std::vector<Event> decide_resumed(
    const Ledger& ledger, ServerId server, const std::string& reason
) {
    const LedgerServer* known = ledger.server(server);
    if (known == nullptr ||
        (!known->clock_doubted && known->panel_doubt.empty() && known->cloud_doubt.empty() &&
         missing_accounts(ledger, server).empty())) {
        return {};
    }
    return {ServerResumed{server, reason}};
}

std::vector<Event> decide_resumed(
    const Ledger& ledger, const Scope& scope, const std::string& reason
) {
    std::vector<Event> events = decide_pause_ended(ledger, scope);
    if (!events.empty() || !scope.items.empty()) {
        return events;
    }
    for (const auto& [id, server] : ledger.servers()) {
        if (scope.everything || scope.server == id) {
            std::ranges::move(decide_resumed(ledger, id, reason), std::back_inserter(events));
        }
    }
    return events;
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

std::vector<Event> accept_panel(
    const Ledger& ledger, const DesiredSnapshot& desired, const std::string& reason
) {
    const PanelMark& known = ledger.panel().mark;
    if (!is_older(desired.mark, known)) {
        return {};
    }
    return {PanelDataAccepted{known, desired.mark, reason}};
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

Result<std::vector<Event>> decide_approved(
    const Observation& seen, const std::string& checksum, const std::string& reason
) {
    for (const ServerObservation& server : seen.servers) {
        if (checksum.size() >= kChecksumEnough && server.plan && !server.plan->stopped.empty() &&
            server.checksum.starts_with(checksum)) {
            std::vector<Event> events;
            events.emplace_back(PlanStopped{
                server.server,
                server.checksum,
                server.plan->stopped,
                server.plan->staged().actions.size()});
            events.emplace_back(approve_plan(server.server, server.checksum, reason));
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
