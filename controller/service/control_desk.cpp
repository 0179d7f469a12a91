#include "controller/service/control_desk.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "bm_writer/calls.hpp"
#include "controller/control/answers.hpp"
#include "controller/control/said.hpp"
#include "controller/pass/adoption.hpp"
#include "controller/pass/planning.hpp"
#include "controller/reporting/delivery.hpp"
#include "controller/service/client_desk.hpp"
#include "controller/service/entered.hpp"
#include "controller/service/import_desk.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

using protocol::Request;

using PlainJson = nlohmann::json;

constexpr std::size_t kAppliedKept = 8;         // whose ends are told
constexpr const char* kSyncItem = "sync_item";  // what an item is waited for under

PlainJson held_json(
    ItemId item,
    const std::string& login,
    std::string_view code,
    const std::string& what,
    const std::string& remedy
) {
    return {
        {"item", item.value},
        {"login", login},
        {"code", error_type(code)},
        {"what", what},
        {"remedy", remedy}};
}

PlainJson held_json(const Hold& hold, const std::string& login) {
    return held_json(hold.item, login, to_string(hold.code), hold.detail, hold.remedy);
}

// Of these items or this server; of all where neither is named.
PassRequest request_for(const std::vector<ItemId>& items, ServerId server = ServerId()) {
    PassRequest pass;
    pass.trigger = "command";
    pass.items = items;
    pass.ignore_quarantine = true;
    if (server.value != 0) {
        pass.only_server = server;
    }
    return pass;
}

std::string row_state(const LedgerItem& item, Time now) {
    if (in_force(item.paused, now)) {
        return "paused";
    }
    if (in_force(item.kept, now)) {
        return "kept";
    }
    if (item.retained_until) {
        return "retained";
    }
    if (!item.holds.empty()) {
        return "held";
    }
    return item.setbacks.empty() ? "drift" : "failed";
}

PlainJson drift_row(
    const LedgerItem& item, const LedgerServer* server, Time now, const Retention& retention
) {
    PlainJson fields = PlainJson::array();
    for (const DriftField field : kAllDriftFields) {
        if (has(item.drift, field)) {
            fields.push_back(std::string(to_string(field)));
        }
    }
    std::string reason = item.setbacks.empty() ? std::string() : item.setbacks.front().what;
    std::string remedy;
    if (!item.holds.empty()) {
        reason = item.holds.front().detail;
        remedy = item.holds.front().remedy;
    } else if (in_force(item.kept, now)) {
        reason = "closed, and kept by an operator " + to_text(*item.kept);
    } else if (const auto left = retention_left(item, server, now, retention)) {
        reason = "closed; kept until " + format_time(now + std::max(*left, Duration{0}));
    }
    return {
        {"item", item.item.value},
        {"server", item.server.value},
        {"server_name", server != nullptr ? server->name : std::string()},
        {"login", item.login},
        {"fields", std::move(fields)},
        {"since", item.drift != 0 ? format_time(item.drift_since) : std::string()},
        {"state", row_state(item, now)},
        {"reason", std::move(reason)},
        {"remedy", std::move(remedy)}};
}

RecordContext on_behalf_of(const ControlDesk& desk, const Request& request) {
    Actor actor;
    actor.kind = "operator";
    actor.name = request.actor.empty() ? "panel" : request.actor;
    return RecordContext(desk.context.clock.id(), std::move(actor));
}

Steady deadline_of(const ControlDesk& desk, const Request& request) {
    const Duration longest = desk.context.config.control.wait;
    return desk.context.steady() + std::min(request.wait.value_or(longest), longest);
}

Refusal no_such_item(ItemId item) {
    Refusal error(
        "unknown_item",
        "the panel has no service " + std::to_string(item.value) + " of ours",
        "`bill-nextcloud status` and `plan` name services by their number in the panel"
    );
    error.params["item"] = std::to_string(item.value);
    return error;
}

std::string refused_answer(const Ledger& ledger, ItemId item, const OperationVerdict& verdict) {
    Refusal error(error_type(verdict.code), verdict.what, verdict.remedy);
    error.params["item"] = std::to_string(item.value);
    error.params["code"] = verdict.code;
    const LedgerItem* known = ledger.item(item);
    if (known != nullptr) {
        const LedgerServer* server = ledger.server(known->server);
        error.params["login"] = known->login;
        error.params["server"] = server != nullptr ? server->name : std::string();
    }
    return refusal(error);
}

// Waits until the item's operation is done, or refused, or the time is over.
Task<std::string> converge(ControlDesk& desk, Request request) {
    if (request.item.value == 0 || request.command.empty()) {
        co_return refusal(Refusal("bad_request", "no item or no command is named", {}));
    }
    const Steady since = desk.context.steady();
    const Steady deadline = deadline_of(desk, request);
    const AtEnd wish = desk.watch.wish(request.item, request.command);
    while (true) {
        const JudgedOperation* word = desk.reporter.judged(request.item, request.command, since);
        if (word != nullptr && word->verdict.verdict == Verdict::kRefused) {
            co_return refused_answer(desk.context.ledger(), request.item, word->verdict);
        }
        if (word != nullptr && word->verdict.verdict == Verdict::kCompleted &&
            desk.reporter.told(*word)) {
            co_return state_answer(true);
        }
        if (desk.context.stopping || desk.context.steady() >= deadline) {
            co_return state_answer(
                false, word != nullptr ? word->verdict.what : desk.loop.state().panel_error
            );
        }
        co_await desk.context.wait_for_news(deadline);
    }
}

// Who asks does not wait longer: he hears what the cloud did, not that nobody answered.
std::optional<Duration> longest_call(const Request& request) {
    constexpr Duration kShortest = std::chrono::milliseconds(100);
    return request.wait ? std::optional(std::max(*request.wait, kShortest)) : std::nullopt;
}

// What a cloud says of itself; `server_config` also stores it in the panel. What was entered in
// a form goes before what the panel has stored.
Task<std::string> probe(ControlDesk& desk, Request request) {
    const std::shared_ptr<World> held = desk.context.world;  // a reload may replace it meanwhile
    const auto desired = held->last_desired();
    const DesiredServer* known = desired ? desired->server(request.module) : nullptr;
    DesiredServer server;
    if (known != nullptr) {
        server = without_accounts(*known);
    }
    server.id = request.module;
    if (known == nullptr && !request.base_url && request.module.value != 0) {
        co_return refusal(no_such_server(request.module));
    }
    const bool entered = request.base_url || request.login || request.verify_ssl ||
                         request.timeout || !request.password.reveal().empty() || known == nullptr;
    if (entered) {
        if (auto bad = enter(request, known, desk.context.config.panel.allow_http, server)) {
            co_return refusal(*bad);
        }
    }
    if (server.name.empty()) {
        server.name = server.base_url;
    }
    desk.context.secrets.add(server.password, server.login);
    // What was entered may be of any cloud; what is stored leads to the one that serves our
    // accounts.
    const Ledger none;
    const Ledger& ledger = entered ? none : desk.context.ledger();
    const std::unique_ptr<Cloud> cloud =
        held->port_to_look(server, expected_identity(ledger, server.id), longest_call(request));
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        co_return refusal(info.error());
    }
    if (std::optional<Error> unfit = unfit_cloud(*info, server, ledger)) {
        co_return refusal(*unfit);
    }
    if (request.verb == "server_config" && held->has_way_back() && request.module.value != 0) {
        std::string xml = "<doc><product>" + base::xml_escaped(info->product) +
                          "</product><version>" + base::xml_escaped(info->version) +
                          "</version></doc>";
        const Result<PanelAnswer> told = co_await call_for_server(
            desk.context, held, request.module, bm_writer::set_config(request.module, xml)
        );
        if (!told || !told->ok) {
            desk.context.log.warning(
                "server {}: its product and version were not stored in the panel: {}",
                request.module.value,
                told ? told->short_text() : told.error().text()
            );
        }
    }
    co_return encode_success(
        {{"product", info->product},
         {"version", info->version},
         {"own_login", info->own_login},
         {"url", server.base_url},
         {"groups", info->groups}}
    );
}

// What the ledger says now.
Task<std::string> list_drift(ControlDesk& desk, Request) {
    const Ledger& ledger = desk.context.ledger();
    std::set<ItemId> items(ledger.noted().begin(), ledger.noted().end());
    for (const auto& [id, item] : ledger.items()) {
        if (item.paused || !item.setbacks.empty()) {
            items.insert(id);
        }
    }
    const Retention retention = retention_rules(desk.context.config);
    PlainJson rows = PlainJson::array();
    for (const ItemId id : items) {
        const LedgerItem* item = ledger.item(id);
        rows.push_back(drift_row(*item, ledger.server(item->server), desk.context.now(), retention)
        );
    }
    PlainJson servers = PlainJson::array();
    for (const auto& [id, server] : ledger.servers()) {
        servers.push_back(
            {{"server", id.value},
             {"name", server.name},
             {"error", server.last_error},
             {"last_success",
              server.last_success_at ? format_time(*server.last_success_at) : std::string()}}
        );
    }
    co_return encode_success({{"rows", std::move(rows)}, {"servers", std::move(servers)}});
}

// The panel has no such server, or it is switched off.
Refusal not_looked_at(const Observation& seen, ServerId server) {
    const auto off = std::ranges::find(seen.off, server, &Unknown::server);
    return off == seen.off.end() ? no_such_server(server)
                                 : Refusal("server_disabled", off->why.what, off->why.remedy);
}

// Both sides are read now and what differs is recorded; nothing is changed by it.
Task<std::string> refresh_drift(ControlDesk& desk, Request request) {
    const Result<Observation> seen =
        co_await desk.loop.look(request_for(request.items, request.module));
    if (!seen) {
        co_return refusal(seen.error());
    }
    if (request.module.value != 0 && seen->server(request.module) == nullptr) {
        co_return refusal(not_looked_at(*seen, request.module));
    }
    for (const ItemId item : request.items) {
        if (!seen->desired->has_row(item) && desk.context.ledger().item(item) == nullptr) {
            co_return refusal(no_such_item(item));
        }
    }
    std::vector<Event> events =
        decide_observed(desk.context.moment(), *seen, pass_rules(desk.context.config));
    std::ranges::move(decide_asked("refresh", request.reason), std::back_inserter(events));
    Result<void> recorded =
        co_await desk.context.journal.record(std::move(events), on_behalf_of(desk, request));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    std::size_t differ = 0;
    std::size_t looked = 0;
    PlainJson unread = PlainJson::array();
    for (const ServerObservation& server : seen->servers) {
        differ += server.plan ? server.plan->drift.size() : 0;
        looked += server.plan ? 1U : 0U;
        if (server.error) {
            unread.push_back({{"server", server.server.value}, {"error", server.error->text()}});
        }
    }
    for (const Unknown& unknown : seen->unknown()) {
        if (unknown.server.value == 0) {
            unread.push_back({{"server", 0}, {"error", unknown.why.text()}});
        }
    }
    PlainJson off = PlainJson::array();
    for (const Unknown& one : seen->off) {
        off.push_back({{"server", one.server.value}, {"why", one.why.what}});
    }
    co_return encode_success(
        {{"state", "done"},
         {"differ", differ},
         {"servers", looked},
         {"unread", std::move(unread)},
         {"off", std::move(off)}}
    );
}

Task<std::string> plan(ControlDesk& desk, Request request) {
    const Result<Observation> seen = co_await desk.loop.look(request_for(request.items));
    if (!seen) {
        co_return refusal(seen.error());
    }
    const std::set<ItemId> chosen(request.items.begin(), request.items.end());
    const auto wanted = [&](ItemId item) { return chosen.empty() || chosen.contains(item); };
    PlainJson actions = PlainJson::array();
    PlainJson held = PlainJson::array();
    for (const ServerObservation& server : seen->servers) {
        if (!server.plan) {
            continue;
        }
        for (const Action& action : server.plan->actions) {
            if (!wanted(action.item)) {
                continue;
            }
            actions.push_back(
                {{"item", action.item.value},
                 {"login", action.login},
                 {"kind", std::string(to_string(action.kind))},
                 {"before", action.before},
                 {"after", action.after},
                 {"reason", action.reason}}
            );
        }
        for (const HeldAction& h : server.plan->held) {
            if (wanted(h.hold.item)) {
                held.push_back(held_json(h.hold, h.action ? h.action->login : std::string()));
            }
        }
    }
    for (const Hold& hold : seen->plan().unplaced) {  // the others stand in the plans
        if (wanted(hold.item)) {
            held.push_back(held_json(hold, {}));
        }
    }
    co_return encode_success({{"actions", std::move(actions)}, {"held", std::move(held)}});
}

Task<std::string> apply(ControlDesk& desk, Request request) {
    const Steady since = desk.context.steady();
    const Steady deadline = deadline_of(desk, request);
    std::vector<AtEnd> wishes;
    wishes.reserve(request.items.size());
    for (const ItemId item : request.items) {
        wishes.push_back(desk.watch.wish(item, kSyncItem));
    }
    desk.context.log.info("{} items are looked at for {}", request.items.size(), request.actor);
    const auto all_judged = [&] {
        return std::all_of(request.items.begin(), request.items.end(), [&](ItemId item) {
            return desk.reporter.judged(item, kSyncItem, since) != nullptr;
        });
    };
    while (!all_judged() && !desk.context.stopping && desk.context.steady() < deadline) {
        co_await desk.context.wait_for_news(deadline);
    }
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    PlainJson held = PlainJson::array();
    for (const ItemId item : request.items) {
        const JudgedOperation* word = desk.reporter.judged(item, kSyncItem, since);
        if (word == nullptr) {
            continue;
        }
        if (word->verdict.verdict == Verdict::kCompleted) {
            ++done;
            continue;
        }
        failed += word->verdict.verdict == Verdict::kRefused && !word->verdict.held ? 1 : 0;
        held.push_back(
            held_json(item, {}, word->verdict.code, word->verdict.what, word->verdict.remedy)
        );
    }
    co_return encode_success(
        {{"done", done},
         {"failed", failed},
         {"held", std::move(held)},
         {"state", all_judged() ? "done" : "working"}}
    );
}

// Records what was decided of a person's word, and looks at once at what it is about.
Task<std::string> take_word(ControlDesk& desk, Request request, Result<std::vector<Event>> events) {
    if (const std::optional<Error> trouble = desk.context.store_trouble()) {
        co_return refusal(*trouble);  // what the store lacks may be what is spoken of
    }
    if (!events) {
        co_return refusal(events.error());
    }
    const std::size_t changed = events->size();
    PlainJson kinds = PlainJson::array();
    for (const Event& event : *events) {
        kinds.push_back(std::string(kind_of(event).name));
    }
    const Result<void> recorded =
        co_await desk.context.journal.record(*std::move(events), on_behalf_of(desk, request));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    const bool act = request.command != protocol::kOnlyRecord && changed > 0;
    for (const ItemId item : request.items) {
        if (act) {
            desk.loop.trigger(item);
        }
    }
    if (request.items.empty() && act) {
        desk.loop.trigger_full();
        desk.loop.poke();
    }
    co_return encode_success({{"changed", changed}, {"recorded", std::move(kinds)}});
}

// The verbs of controller/control/said.hpp.
Task<std::string> say(ControlDesk& desk, Request request) {
    auto events = decide_said(desk.context.moment(), request);
    if (request.item.value != 0) {
        request.items.push_back(request.item);
    }
    co_return co_await take_word(desk, std::move(request), std::move(events));
}

// A person's word that the panel's data went back on purpose.
Task<std::string> accept_panel(ControlDesk& desk, Request request) {
    const std::shared_ptr<World> held = desk.context.world;  // a reload may replace it meanwhile
    const Result<std::shared_ptr<const DesiredSnapshot>> desired = co_await held->read_desired();
    if (!desired) {
        co_return refusal(desired.error());
    }
    auto events = bn::accept_panel(desk.context.ledger(), **desired, request.reason);
    co_return co_await take_word(desk, std::move(request), std::move(events));
}

// "It is the same cloud under a new address."
Task<std::string> accept_address(ControlDesk& desk, Request request) {
    const std::shared_ptr<World> held = desk.context.world;
    const Result<std::shared_ptr<const DesiredSnapshot>> desired = co_await held->read_desired();
    if (!desired) {
        co_return refusal(desired.error());
    }
    const DesiredServer* row = (*desired)->server(request.module);
    if (row == nullptr || desk.context.ledger().server(request.module) == nullptr) {
        co_return refusal(no_such_server(request.module));
    }
    auto events = bn::accept_address(desk.context.ledger(), *row, request.reason);
    co_return co_await take_word(desk, std::move(request), std::move(events));
}

// "The cloud that answers there now is ours": as a look sees it.
Task<std::string> accept_cloud(ControlDesk& desk, Request request) {
    PassRequest only = request_for(request.items, request.module);
    const Result<Observation> seen = co_await desk.loop.look(std::move(only));
    if (!seen) {
        co_return refusal(seen.error());
    }
    const ServerObservation* server = seen->server(request.module);
    if (server == nullptr || desk.context.ledger().server(request.module) == nullptr) {
        co_return refusal(not_looked_at(*seen, request.module));
    }
    if (!server->info || server->info->identity.empty()) {
        co_return refusal(Refusal(
            "cloud_error",
            server->error ? "nobody can tell which cloud that is: " + server->error->text()
                          : "the cloud that answers there does not show which one it is",
            "nothing was changed; say it again once it answers"
        ));
    }
    auto events =
        bn::accept_cloud(desk.context.ledger(), request.module, server->info, request.reason);
    co_return co_await take_word(desk, std::move(request), std::move(events));
}

// Exactly what waits under this checksum, as a look sees it now: the pass that follows does that,
// or forgets the approval.
Task<std::string> approve(ControlDesk& desk, Request request) {
    PassRequest all = request_for(request.items);
    const Result<Observation> seen = co_await desk.loop.look(std::move(all));
    if (!seen) {
        co_return refusal(seen.error());
    }
    auto events = decide_approved(*seen, request.checksum, request.reason);
    co_return co_await take_word(desk, std::move(request), std::move(events));
}

// Exactly the accounts that a person was shown, as a look sees them now, become ours.
Task<std::string> adopt(ControlDesk& desk, Request request) {
    PassRequest all = request_for({}, request.module);  // who else claims them counts
    const Result<Observation> seen = co_await desk.loop.look(std::move(all));
    if (!seen) {
        co_return refusal(seen.error());
    }
    AdoptChoice choice;
    choice.items.insert(request.items.begin(), request.items.end());
    choice.unproved = request.command == protocol::kUnproved;
    const Ledger& ledger = desk.context.ledger();
    const Adoptions found =
        adoptions_in(*seen, choice, ledger, desk.context.config, desk.context.now());
    if (found.checksum() != request.checksum) {
        co_return refusal(adoptions_moved());
    }
    auto events = found.events(*seen, ledger, request.reason);
    co_return co_await take_word(desk, std::move(request), std::move(events));
}

// `apply` of a person: exactly the plan that he has seen, or nothing. It goes on when he has gone.
Task<std::string> apply_plan(ControlDesk& desk, Request request) {
    const RecordContext why = on_behalf_of(desk, request);
    if (desk.applied.size() == kAppliedKept) {
        desk.applied.erase(desk.applied.begin());
    }
    const auto applied = std::make_shared<AppliedPlan>();
    desk.applied[why.correlation] = applied;
    desk.loop.apply_in_background(
        {request_for(request.items, request.module),
         request.checksum,
         request.code,
         request.reason,
         why},
        applied
    );
    co_return encode_success({{"id", why.correlation}, {"state", "working"}});
}

Task<std::string> tell_progress(ControlDesk& desk, Request request) {
    const auto found = desk.applied.find(request.code);
    if (found == desk.applied.end()) {
        co_return refusal(Refusal(
            "bad_request",
            "no plan is applied under this name",
            "the service has started anew since: look at `bill-nextcloud plan`"
        ));
    }
    const AppliedPlan& applied = *found->second;
    if (applied.error) {
        co_return refusal(*applied.error);
    }
    PlainJson failures = PlainJson::array();
    for (const std::string& failure : applied.failures) {
        failures.push_back(failure);
    }
    co_return encode_success(
        {{"state", applied.ended ? "done" : "working"},
         {"total", applied.total},
         {"done", applied.done},
         {"failed", applied.failed},
         {"skipped", applied.skipped},
         {"failures", std::move(failures)}}
    );
}

Task<std::string> ping(ControlDesk& desk, Request) {
    co_return encode_success({{"version", desk.context.version}});
}

// The panel's module says by each request whether it may act; this one says nothing else.
Task<std::string> note_maintenance(ControlDesk& desk, Request) {
    co_return encode_success(
        {{"maintenance", desk.context.ledger().panel().maintenance.has_value()}}
    );
}

// The same as the page /status.json, where there is none.
Task<std::string> tell_status(ControlDesk& desk, Request) {
    const auto document = PlainJson::parse(desk.context.status(), nullptr, false);
    co_return encode_success({{"document", document}});
}

Refusal unknown_verb() {
    return {
        "bad_request",
        "the request's verb is not known",
        "the module and the service must be of one version"};
}

// `verify` or `backup` (the command) found the whole store good, up to this end of it.
Task<std::string> note_check(ControlDesk& desk, Request request) {
    if (request.command != "verify" && request.command != "backup") {
        co_return refusal(unknown_verb());
    }
    std::vector<Event> events = decide_checked(request.command, request.checksum);
    const Result<void> recorded =
        co_await desk.context.journal.record(std::move(events), on_behalf_of(desk, request));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    co_return encode_success({{"changed", 1}});
}

Task<std::string> measure(ControlDesk& desk, Request request) {
    return desk.statistics.answer(std::move(request));
}

Task<std::string> ask_of_payments(ControlDesk& desk, Request request) {
    return desk.payments.answer(std::move(request));
}

Task<std::string> import_accounts(ControlDesk& desk, Request request) {
    return answer_import(desk.context, desk.importing, std::move(request));
}

Task<std::string> tell_link(ControlDesk& desk, Request request) {
    co_return answer_link(desk.context, request);
}

using Verb = Task<std::string> (*)(ControlDesk&, Request);

constexpr std::pair<std::string_view, Verb> kServed[] = {
    {"ping", ping},
    {"converge", converge},
    {"probe", probe},
    {"server_config", probe},
    {"statistics", measure},
    {"import", import_accounts},
    {"drift.list", list_drift},
    {"drift.refresh", refresh_drift},
    {"drift.plan", plan},
    {"drift.apply", apply},
    {"pause", say},
    {"resume", say},
    {"undelete", say},
    {"replay", say},
    {"accept_readings", say},
    {"plan.apply", apply_plan},
    {"plan.progress", tell_progress},
    {"accept_panel", accept_panel},
    {"accept_address", accept_address},
    {"accept_cloud", accept_cloud},
    {"approve", approve},
    {"maintenance", note_maintenance},
    {"status", tell_status},
    {"store_checked", note_check},
    {"adopt", adopt},
    {"payment.probe", ask_of_payments},
    {"payment.transaction", ask_of_payments},
    {"link", tell_link},
};
static_assert(
    std::ranges::equal(kServed, protocol::kVerbs, {}, &std::pair<std::string_view, Verb>::first)
);

}  // namespace

Refusal no_such_server(ServerId id) {
    Refusal error(
        "unknown_server",
        "the panel has no processing module " + std::to_string(id.value) + " of ours",
        "look at the panel's list of processing modules"
    );
    error.params["module"] = std::to_string(id.value);
    return error;
}

Task<std::string> ControlDesk::answer(std::string line, Peer peer) {
    const Steady begun = context.steady();
    auto request = protocol::decode_request(line);
    const auto* const known =
        request ? std::ranges::find(protocol::kVerbs, request->verb) : protocol::kVerbs.end();
    const bool served = known != protocol::kVerbs.end();
    const std::string_view verb = served ? *known : kOtherVerb;
    std::string text;
    if (!request) {
        text = refusal(request.error());
    } else if (!served) {
        text = refusal(unknown_verb());
    } else if (peer.distant && !protocol::panel_may_ask(*request)) {
        text = refusal(Refusal(
            "not_allowed",
            "a panel on another host may not ask this",
            "say it on the controller's own host, with the command bill-nextcloud"
        ));
    } else {
        if (request->maintenance) {
            co_await maintenance.heard(*request->maintenance);
        }
        if (!peer.name.empty()) {
            request->actor =
                request->actor.empty() ? peer.name : peer.name + " for " + request->actor;
        }
        const Verb serve = kServed[known - protocol::kVerbs.begin()].second;
        text = co_await serve(*this, *std::move(request));
    }
    // Within a text of the answer the quotes would be escaped.
    const bool fine = text.find(R"("ok":true)") != std::string::npos;
    context.metrics.count(Metric::kControlRequests, {verb, fine ? "ok" : "error"});
    context.metrics.observe(Metric::kControlDuration, {verb}, context.steady() - begun);
    co_return text;
}

}  // namespace bn::controller
