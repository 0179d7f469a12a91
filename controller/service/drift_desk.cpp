#include "controller/service/drift_desk.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "controller/control/answers.hpp"
#include "controller/reporting/error_type.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"

namespace bn::controller {

namespace {

using PlainJson = nlohmann::json;

constexpr const char* kSyncItem = "sync_item";  // what an item is waited for under

PlainJson held_json(const HeldAction& held, const std::string& login) {
    return {
        {"item", held.hold.item.value},
        {"login", login},
        {"code", error_type(to_string(held.hold.code))},
        {"what", held.hold.detail},
        {"remedy", held.hold.remedy}};
}

PlainJson hold_json(const Hold& hold, const std::string& login) {
    HeldAction held;
    held.hold = hold;
    return held_json(held, login);
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

std::string busy_answer() {
    return refusal(
        Refusal("controller_busy", "the controller is about to read its configuration", "try again")
    );
}

}  // namespace

Task<std::string> DriftDesk::list(protocol::Request) {
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

// Both sides are read now and what differs is recorded; nothing is changed by it.
Task<std::string> DriftDesk::refresh(protocol::Request request) {
    PassRequest pass;
    pass.trigger = "command";
    pass.items = std::move(request.items);
    pass.ignore_quarantine = true;
    const std::optional<Result<Observation>> looked = co_await loop_.look(pass);
    if (!looked) {
        co_return busy_answer();
    }
    const Result<Observation>& seen = *looked;
    if (!seen) {
        co_return refusal(seen.error());
    }
    std::vector<Event> events = decide_observed(
        context_.ledger(), *seen, pass, context_.config.service.backoff_max, context_.now()
    );
    RecordContext record = on_behalf_of(request);
    Result<void> recorded = co_await context_.journal.record(std::move(events), std::move(record));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    co_return state_answer(true);
}

Task<std::string> DriftDesk::plan(protocol::Request request) {
    PassRequest pass;
    pass.trigger = "command";
    pass.items = request.items;
    pass.ignore_quarantine = true;
    const std::optional<Result<Observation>> looked = co_await loop_.look(std::move(pass));
    if (!looked) {
        co_return busy_answer();
    }
    const Result<Observation>& seen = *looked;
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
            if (!wanted(h.hold.item)) {
                continue;
            }
            held.push_back(held_json(h, h.action ? h.action->login : std::string()));
        }
    }
    for (const Hold& hold : seen->desired->holds) {
        if (wanted(hold.item)) {
            held.push_back(hold_json(hold, {}));
        }
    }
    co_return encode_success({{"actions", std::move(actions)}, {"held", std::move(held)}});
}

Task<std::string> DriftDesk::apply(protocol::Request request) {
    const Time since = context_.now();
    const Time deadline =
        context_.now() +
        std::min(request.wait.value_or(context_.config.control.wait), context_.config.control.wait);
    std::list<OperationsWatch::Wish> wishes;
    for (const ItemId item : request.items) {
        wishes.emplace_back(watch_, item, kSyncItem);
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
        held.push_back(
            {{"item", item.value},
             {"login", ""},
             {"code", error_type(word->verdict.code)},
             {"what", word->verdict.what},
             {"remedy", word->verdict.remedy}}
        );
    }
    co_return encode_success(
        {{"done", done},
         {"failed", failed},
         {"held", std::move(held)},
         {"state", all_judged() ? "done" : "working"}}
    );
}

Task<std::string> DriftDesk::pause(protocol::Request request) {
    const bool on = request.verb == "pause";
    std::vector<Event> events = on ? decide_pause(context_.ledger(), request.items, request.reason)
                                   : decide_resume(context_.ledger(), request.items);
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

RecordContext DriftDesk::on_behalf_of(const protocol::Request& request) {
    Actor actor;
    actor.kind = "operator";
    actor.name = request.actor.empty() ? "panel" : request.actor;
    return RecordContext(context_.clock.id(), std::move(actor));
}

}  // namespace bn::controller
