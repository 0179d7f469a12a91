#include "reconciler/decide/operator.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/plural.hpp"

namespace bn {

namespace {

Error said_wrong(const char* code, std::string what, std::string remedy) {
    return Error(NextMove::kHuman, code, std::move(what), std::move(remedy));
}

Error unknown_item(ItemId item) {
    return said_wrong(
        "command.item",
        "item " + std::to_string(item.value) + " is not known; nothing was changed",
        "a pass must have seen it first, of `apply` or the service; its number is that of the "
        "service in the panel"
    );
}

Error unknown_server(ServerId server) {
    return said_wrong(
        "command.server",
        "server " + std::to_string(server.value) + " is not known; nothing was changed",
        "a pass must have seen it first, of `apply` or the service; `bill-nextcloud check` lists "
        "the panel's servers with their numbers"
    );
}

// An item or a server that nobody knows, or an end that is over.
std::optional<Error> wrong(const Moment& at, const Scope& scope, const Word& word) {
    for (const ItemId id : scope.items) {
        if (at.ledger.item(id) == nullptr) {
            return unknown_item(id);
        }
    }
    if (scope.server && at.ledger.server(*scope.server) == nullptr) {
        return unknown_server(*scope.server);
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

// One that somebody asked for, and for longer: a shorter one would end it unseen.
std::optional<Error> paused_for_longer(
    const std::optional<Pause>& known, const Word& word, Time now, const std::string& what
) {
    if (!in_force(known, now) || !word.until || (known->until && *known->until <= *word.until)) {
        return std::nullopt;
    }
    return said_wrong(
        "pause.longer",
        what + " is paused for longer already, " + to_text(*known) + "; nothing was changed",
        "let it be, or end that pause first by `bill-nextcloud resume`"
    );
}

std::string named(ItemId item) {
    return "item " + std::to_string(item.value);
}

std::string named(ServerId server) {
    return "server " + std::to_string(server.value);
}

Error nothing_paused(const Moment& at, const Scope& scope) {
    std::string what = "what is named";
    std::optional<std::string> remedy;
    for (const ItemId id : scope.items) {
        const LedgerItem& item = *at.ledger.item(id);
        what = named(id);
        if (item.kept) {
            remedy = "its account is kept, " + to_text(*item.kept) +
                     ": to close it anew say `bill-nextcloud undelete " + std::to_string(id.value) +
                     " --end`";
        }
    }
    if (scope.server) {
        what = named(*scope.server);
        if (in_doubt(readings_in_doubt(at.ledger, *scope.server))) {
            remedy =
                "what was seen there is doubted: where it is right all the same, say "
                "`bill-nextcloud accept-readings " +
                std::to_string(scope.server->value) + "`";
        }
    }
    if (const std::optional<WiderPause> wider = wider_pause(at, scope)) {
        remedy = fmt::format(
            "a wider pause holds it, {}: that ends by `bill-nextcloud resume {}`",
            to_text(wider->pause),
            wider->scope
        );
    }
    return said_wrong(
        "resume.not_paused",
        (scope.everything ? "everything" : what) + " is not paused; nothing was changed",
        remedy.value_or("`bill-nextcloud status` says what is paused, and what is doubted")
    );
}

}  // namespace

std::optional<WiderPause> wider_pause(const Moment& at, const Scope& scope) {
    const std::optional<Pause>& all = at.ledger.panel().paused;
    if (!scope.everything && in_force(all, at.now)) {
        return WiderPause{"--all", *all};
    }
    for (const ItemId id : scope.items) {
        const LedgerItem* item = at.ledger.item(id);
        const LedgerServer* server = item != nullptr ? at.ledger.server(item->server) : nullptr;
        if (server != nullptr && in_force(server->paused, at.now)) {
            return WiderPause{fmt::format("--server {}", server->server.value), *server->paused};
        }
    }
    return std::nullopt;
}

Result<std::vector<Event>> decide_paused(const Moment& at, const Scope& scope, const Word& word) {
    if (std::optional<Error> error = wrong(at, scope, word)) {
        return tl::unexpected(*std::move(error));
    }
    std::optional<Error> error;
    std::vector<Event> events;
    const auto pause = [&](const std::optional<Pause>& known, const std::string& what, auto event) {
        error = error ? error : paused_for_longer(known, word, at.now, what);
        if (!error && !says(known, word)) {
            events.emplace_back(std::move(event));
        }
    };
    for (const ItemId id : scope.items) {
        pause(at.ledger.item(id)->paused, named(id), ItemPaused{id, word.reason, word.until});
    }
    if (scope.server) {
        const ServerId server = *scope.server;
        const std::optional<Pause>& known = at.ledger.server(server)->paused;
        pause(known, named(server), ServerPaused{server, word.reason, word.until});
    }
    if (scope.everything) {
        pause(at.ledger.panel().paused, "everything", ServicePaused{word.reason, word.until});
    }
    if (error) {
        return tl::unexpected(*std::move(error));
    }
    return events;
}

Result<std::vector<Event>> decide_pause_ended(
    const Moment& at, const Scope& scope, const std::string& reason
) {
    if (std::optional<Error> error = wrong(at, scope, {})) {
        return tl::unexpected(*std::move(error));
    }
    std::vector<Event> events;
    for (const ItemId id : scope.items) {
        if (at.ledger.item(id)->paused) {
            events.emplace_back(ItemResumed{id, reason});
        }
    }
    if (scope.server && at.ledger.server(*scope.server)->paused) {
        events.emplace_back(ServerPauseEnded{*scope.server, reason});
    }
    if (scope.everything && at.ledger.panel().paused) {
        events.emplace_back(ServicePauseEnded{reason});
    }
    if (events.empty()) {
        return tl::unexpected(nothing_paused(at, scope));
    }
    return events;
}

Result<std::vector<Event>> decide_kept_ended(
    const Moment& at, ItemId id, const std::string& reason
) {
    if (std::optional<Error> error = wrong(at, {{id}, {}, false}, {})) {
        return tl::unexpected(*std::move(error));
    }
    if (!at.ledger.item(id)->kept) {
        return tl::unexpected(said_wrong(
            "undelete.not_kept",
            "nobody has said that the account of " + named(id) + " is kept; nothing was changed",
            "look at `bill-nextcloud item " + std::to_string(id.value) + "`"
        ));
    }
    return std::vector<Event>{ItemKeptEnded{id, reason}};
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
            item.sold && item.sold->wanted == Wanted::kAbsent
                ? of + " is closed in the panel, and its account not yet: there is nothing to take "
                       "back"
                : of + " is not closed: there is nothing to take back",
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

std::optional<Time> next_end(const Ledger& ledger, Time now) {
    std::optional<Time> next;
    const auto look = [&](const std::optional<Pause>& pause) {
        if (in_force(pause, now) && pause->until) {
            next = std::min(next.value_or(*pause->until), *pause->until);
        }
    };
    look(ledger.panel().paused);
    for (const auto& [id, server] : ledger.servers()) {
        look(server.paused);
    }
    for (const ItemId id : ledger.noted()) {
        look(ledger.item(id)->paused);
        look(ledger.item(id)->kept);
    }
    return next;
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
    const auto of_code = [&code](const Setback& setback) {
        return code.empty() || setback.code == code;
    };
    std::erase_if(meant, [&](ItemId id) {
        return std::ranges::none_of(ledger.item(id)->setbacks, of_code);
    });
    if (scope.items.empty() && (scope.everything || !code.empty())) {
        for (const Failed& one : failed_items(ledger, true)) {
            if (of_code(one.setback)) {
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

DoubtedReadings readings_in_doubt(const Ledger& ledger, ServerId server) {
    DoubtedReadings doubts;
    doubts.server = server;
    if (const LedgerServer* known = ledger.server(server)) {
        doubts.clock = known->clock_doubted;
        doubts.panel = known->panel_doubt;
        doubts.cloud = known->cloud_doubt;
        for (const ItemId id : missing_accounts(ledger, server)) {
            doubts.missing.push_back({id, ledger.item(id)->login});
        }
    }
    return doubts;
}

bool in_doubt(const DoubtedReadings& doubts) {
    return doubts.clock || !doubts.panel.empty() || !doubts.cloud.empty() ||
           !doubts.missing.empty();
}

std::vector<Event> accept_readings(
    const Ledger& ledger, ServerId server, const std::string& reason
) {
    if (!in_doubt(readings_in_doubt(ledger, server))) {
        return {};
    }
    return {ServerResumed{server, reason}};
}

Result<std::vector<Event>> decide_readings_accepted(
    const Ledger& ledger, ServerId server, const std::string& reason
) {
    if (ledger.server(server) == nullptr) {
        return tl::unexpected(unknown_server(server));
    }
    return accept_readings(ledger, server, reason);
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

std::vector<Event> decide_checked(std::string verb, std::string anchor) {
    return {StoreChecked{std::move(verb), std::move(anchor)}};
}

std::vector<Event> decide_asked(std::string verb, std::string reason) {
    if (reason.empty()) {
        return {};
    }
    return {ServiceAsked{std::move(verb), std::move(reason)}};
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
                server.plan->staged().actions.size(),
                server.plan->stopped_harms});
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
    const std::string known =
        recorded > end ? fmt::format("{:# event was|# events were} recorded", Plural(recorded))
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
