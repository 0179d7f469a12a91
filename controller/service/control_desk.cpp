#include "controller/service/control_desk.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_writer/calls.hpp"
#include "controller/control/answers.hpp"
#include "controller/reporting/delivery.hpp"
#include "controller/reporting/error_type.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

constexpr std::size_t kLongestUrl = 255;

// What is wrong with an address, before anybody is asked.
std::optional<Refusal> bad_url(const std::string& url, bool allow_http) {
    Refusal error;
    error.params["url"] = url.substr(0, kLongestUrl);
    error.remedy = "give the cloud's address: https://host[:port][/sub-path]";
    if (url.empty()) {
        error.type = "url_empty";
        error.what = "the address of the cloud is empty";
        return error;
    }
    if (url.size() > kLongestUrl) {
        error.type = "url_too_long";
        error.what = "the address of the cloud is longer than 255 characters";
        return error;
    }
    const auto usable = bm_reader::usable_base_url(url, allow_http);
    if (usable) {
        return std::nullopt;
    }
    const bool plain = url.rfind("http://", 0) == 0;
    error.type = plain || url.find("://") == std::string::npos ? "url_scheme" : "url_bad";
    error.what = usable.error().what;
    if (!usable.error().remedy.empty()) {
        error.remedy = usable.error().remedy;
    }
    return error;
}

// Puts what was entered in the place of what is stored. A form shows no password: an empty one is
// the stored one, which goes to no other address and to no other login.
std::optional<Refusal> enter(
    const protocol::Request& request,
    const DesiredServer* known,
    bool allow_http,
    DesiredServer& server
) {
    const std::string url = request.base_url.value_or(server.base_url);
    if (auto bad = bad_url(url, allow_http)) {
        return bad;
    }
    server.base_url = *bm_reader::usable_base_url(url, allow_http);
    server.login = request.login.value_or(server.login);
    const bool stored = known != nullptr && known->base_url == server.base_url &&
                        known->login == server.login && request.password.reveal().empty();
    server.password = stored ? known->password : request.password;
    if (stored || !server.password.reveal().empty()) {
        return std::nullopt;
    }
    // An empty password would be one more failed login that the cloud counts against us.
    Refusal error(
        "auth",
        known == nullptr ? "the password was not given"
                         : "the password was not given, and the stored one belongs to another "
                           "address or login",
        "enter the password again"
    );
    error.params["url"] = server.base_url;
    error.params["login"] = server.login;
    return error;
}

using PlainJson = nlohmann::json;

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

PassRequest request_for(const std::vector<ItemId>& items) {
    PassRequest pass;
    pass.trigger = "command";
    pass.items = items;
    pass.ignore_quarantine = true;
    return pass;
}

std::string row_state(const LedgerItem& item) {
    if (item.paused) {
        return "paused";
    }
    if (item.retained_until) {
        return "retained";
    }
    if (!item.holds.empty()) {
        return "held";
    }
    return item.failures > 0 ? "failed" : "drift";
}

PlainJson drift_row(const LedgerItem& item, const LedgerServer* server) {
    PlainJson fields = PlainJson::array();
    for (const DriftField field : kAllDriftFields) {
        if (has(item.drift, field)) {
            fields.push_back(std::string(to_string(field)));
        }
    }
    std::string reason = item.last_failure;
    std::string remedy;
    if (!item.holds.empty()) {
        reason = item.holds.front().detail;
        remedy = item.holds.front().remedy;
    } else if (item.retained_until) {
        reason = "closed; kept until " + format_time(*item.retained_until);
    }
    return {
        {"item", item.item.value},
        {"server", item.server.value},
        {"server_name", server != nullptr ? server->name : std::string()},
        {"login", item.login},
        {"fields", std::move(fields)},
        {"since", item.drift != 0 ? format_time(item.drift_since) : std::string()},
        {"state", row_state(item)},
        {"reason", std::move(reason)},
        {"remedy", std::move(remedy)}};
}

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

ControlDesk::Verb ControlDesk::verb_of(std::string_view name) {
    constexpr std::pair<std::string_view, Verb> kVerbs[] = {
        {"ping", &ControlDesk::ping},
        {"converge", &ControlDesk::converge},
        {"probe", &ControlDesk::probe},
        {"server_config", &ControlDesk::probe},
        {"statistics", &ControlDesk::measure},
        {"import", &ControlDesk::import_accounts},
        {"drift.list", &ControlDesk::list_drift},
        {"drift.refresh", &ControlDesk::refresh_drift},
        {"drift.plan", &ControlDesk::plan},
        {"drift.apply", &ControlDesk::apply},
        {"pause", &ControlDesk::pause},
        {"resume", &ControlDesk::pause},
    };
    const auto* const known =
        std::ranges::find(kVerbs, name, [](const auto& v) { return v.first; });
    return known == std::end(kVerbs) ? nullptr : known->second;
}

Task<std::string> ControlDesk::answer(std::string line) {
    auto request = protocol::decode_request(line);
    if (!request) {
        co_return refusal(request.error());
    }
    const Verb verb = verb_of(request->verb);
    if (verb == nullptr) {
        const Refusal unknown(
            "bad_request",
            "the request's verb is not known",
            "the module and the service must be of one version"
        );
        co_return refusal(unknown);
    }
    co_return co_await (this->*verb)(*std::move(request));
}

Task<std::string> ControlDesk::ping(Request) {
    co_return encode_success({{"version", context_.version}});
}

Task<std::string> ControlDesk::measure(Request request) {
    return statistics_.answer(std::move(request));
}

Task<std::string> ControlDesk::import_accounts(Request request) {
    return imports_.answer(std::move(request));
}

Time ControlDesk::deadline_of(const Request& request) const {
    const Duration longest = context_.config.control.wait;
    return context_.now() + std::min(request.wait.value_or(longest), longest);
}

std::string ControlDesk::refused_answer(ItemId item, const OperationVerdict& verdict) const {
    Refusal error(error_type(verdict.code), verdict.what, verdict.remedy);
    error.params["item"] = std::to_string(item.value);
    error.params["code"] = verdict.code;
    const LedgerItem* known = context_.ledger().item(item);
    if (known != nullptr) {
        const LedgerServer* server = context_.ledger().server(known->server);
        error.params["login"] = known->login;
        error.params["server"] = server != nullptr ? server->name : std::string();
    }
    return refusal(error);
}

Task<std::string> ControlDesk::converge(Request request) {
    if (request.item.value == 0 || request.command.empty()) {
        const Refusal bad("bad_request", "no item or no command is named", {});
        co_return refusal(bad);
    }
    const Time since = context_.now();
    const Time deadline = deadline_of(request);
    const AtEnd wish = watch_.wish(request.item, request.command);
    while (true) {
        const JudgedOperation* word = reporter_.judged(request.item, request.command, since);
        if (word != nullptr && word->verdict.verdict == Verdict::kRefused) {
            co_return refused_answer(request.item, word->verdict);
        }
        if (word != nullptr && word->verdict.verdict == Verdict::kCompleted &&
            reporter_.told(*word)) {
            co_return state_answer(true);
        }
        if (context_.stopping || context_.now() >= deadline) {
            co_return state_answer(
                false, word != nullptr ? word->verdict.what : loop_.state().panel_error
            );
        }
        co_await context_.wait_for_news(deadline);
    }
}

Task<std::string> ControlDesk::probe(Request request) {
    const std::shared_ptr<World> held = context_.world;  // a reload may replace it meanwhile
    const auto desired = held->last_desired();
    const DesiredServer* known = desired ? desired->server(request.module) : nullptr;
    DesiredServer server;
    server.id = request.module;
    if (known != nullptr) {
        server.name = known->name;
        server.base_url = known->base_url;
        server.login = known->login;
        server.password = known->password;
    }
    if (known == nullptr && !request.base_url && request.module.value != 0) {
        co_return refusal(no_such_server(request.module));
    }
    const bool entered =
        request.base_url || request.login || !request.password.reveal().empty() || known == nullptr;
    if (entered) {
        if (auto bad = enter(request, known, context_.config.panel.allow_http, server)) {
            co_return refusal(*bad);
        }
    }
    if (server.name.empty()) {
        server.name = server.base_url;
    }
    context_.secrets.add(server.password, server.login);
    const std::unique_ptr<Cloud> cloud = held->port_to_look(server);
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        co_return refusal(info.error());
    }
    if (std::optional<Error> unfit = unfit_cloud(*info, server)) {
        co_return refusal(*unfit);
    }
    if (request.verb == "server_config" && held->has_way_back() && request.module.value != 0) {
        std::string xml = "<doc><product>" + base::xml_escaped(info->product) +
                          "</product><version>" + base::xml_escaped(info->version) +
                          "</version></doc>";
        PanelCall call = bm_writer::set_config(request.module, xml);
        FollowUp none;
        const Result<PanelAnswer> told = co_await call_for_server(
            context_, held, request.module, std::move(call), std::move(none)
        );
        if (!told || !told->ok) {
            context_.log.warning(
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

Task<std::string> ControlDesk::list_drift(Request) {
    const Ledger& ledger = context_.ledger();
    std::set<ItemId> items(ledger.noted().begin(), ledger.noted().end());
    for (const auto& [id, item] : ledger.items()) {
        if (item.paused || item.failures > 0) {
            items.insert(id);
        }
    }
    PlainJson rows = PlainJson::array();
    for (const ItemId id : items) {
        const LedgerItem* item = ledger.item(id);
        rows.push_back(drift_row(*item, ledger.server(item->server)));
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

Task<std::string> ControlDesk::refresh_drift(Request request) {
    const PassRequest pass = request_for(request.items);
    const Result<Observation> seen = co_await loop_.look(pass);
    if (!seen) {
        co_return refusal(seen.error());
    }
    std::vector<Event> events =
        decide_observed(context_.moment(), *seen, context_.config.service.backoff_max);
    RecordContext record = on_behalf_of(request);
    Result<void> recorded = co_await context_.journal.record(std::move(events), std::move(record));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    co_return state_answer(true);
}

Task<std::string> ControlDesk::plan(Request request) {
    PassRequest pass = request_for(request.items);
    const Result<Observation> seen = co_await loop_.look(std::move(pass));
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
    for (const Hold& hold : seen->desired->holds) {
        if (wanted(hold.item)) {
            held.push_back(held_json(hold, {}));
        }
    }
    co_return encode_success({{"actions", std::move(actions)}, {"held", std::move(held)}});
}

Task<std::string> ControlDesk::apply(Request request) {
    const Time since = context_.now();
    const Time deadline = deadline_of(request);
    std::vector<AtEnd> wishes;
    wishes.reserve(request.items.size());
    for (const ItemId item : request.items) {
        wishes.push_back(watch_.wish(item, kSyncItem));
    }
    context_.log.info("{} items are looked at for {}", request.items.size(), request.actor);
    const auto all_judged = [&] {
        return std::all_of(request.items.begin(), request.items.end(), [&](ItemId item) {
            return reporter_.judged(item, kSyncItem, since) != nullptr;
        });
    };
    while (!all_judged() && !context_.stopping && context_.now() < deadline) {
        co_await context_.wait_for_news(deadline);
    }
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    PlainJson held = PlainJson::array();
    for (const ItemId item : request.items) {
        const JudgedOperation* word = reporter_.judged(item, kSyncItem, since);
        if (word == nullptr) {
            continue;
        }
        if (word->verdict.verdict == Verdict::kCompleted) {
            ++done;
            continue;
        }
        failed += word->verdict.verdict == Verdict::kRefused ? 1 : 0;
        const OperationVerdict& verdict = word->verdict;
        held.push_back(held_json(item, {}, verdict.code, verdict.what, verdict.remedy));
    }
    co_return encode_success(
        {{"done", done},
         {"failed", failed},
         {"held", std::move(held)},
         {"state", all_judged() ? "done" : "working"}}
    );
}

Task<std::string> ControlDesk::pause(Request request) {
    const bool on = request.verb == "pause";
    std::vector<Event> events = decide_paused(context_.ledger(), request.items, on, request.reason);
    const std::size_t changed = events.size();
    RecordContext record = on_behalf_of(request);
    Result<void> recorded = co_await context_.journal.record(std::move(events), std::move(record));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    for (const ItemId item : request.items) {
        if (context_.ledger().item(item) != nullptr) {
            loop_.trigger(item, context_.now());
        }
    }
    co_return encode_success({{"changed", changed}});
}

RecordContext ControlDesk::on_behalf_of(const Request& request) {
    Actor actor;
    actor.kind = "operator";
    actor.name = request.actor.empty() ? "panel" : request.actor;
    return RecordContext(context_.clock.id(), std::move(actor));
}

}  // namespace bn::controller
