// What the panel's page asks: the list of what differs, a dry run, and a person's word about items.
#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "controller/control/answers.hpp"
#include "controller/reporting/error_type.hpp"
#include "controller/service/service_impl.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/pass.hpp"

namespace bn::controller {

namespace {

using PlainJson = nlohmann::json;

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

// A reload replaces what a dry run works with: it waits, and new ones wait for it.
class Look {
  public:
    Look(std::uint32_t& looks, std::function<void()> ended)
        : looks_(looks), ended_(std::move(ended)) {
        ++looks_;
    }

    ~Look() {
        if (--looks_ == 0) {
            ended_();
        }
    }

    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

  private:
    std::uint32_t& looks_;
    std::function<void()> ended_;
};

std::string busy_answer() {
    const Refusal busy(
        "controller_busy", "the controller is about to read its configuration", "try again"
    );
    return refusal(busy);
}

}  // namespace

std::string Service::Impl::drift_list() const {
    const Ledger& ledger = journal.ledger();
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
    return encode_success({{"rows", std::move(rows)}, {"servers", std::move(servers)}});
}

// Both sides are read now and what differs is recorded; nothing is changed by it.
Task<std::string> Service::Impl::refresh(protocol::Request request) {
    if (reload || stopping) {
        co_return busy_answer();
    }
    const Look look(looks, [this] { poke(); });
    PassRequest pass;
    pass.trigger = "command";
    pass.items = std::move(request.items);
    pass.ignore_quarantine = true;
    PassHooks hooks;
    Result<Observation> seen = co_await runner->dry_run(pass, journal.ledger(), std::move(hooks));
    if (!seen) {
        co_return refusal(seen.error());
    }
    std::vector<Event> events =
        decide_observed(journal.ledger(), *seen, pass, options.config.service.backoff_max, now());
    Actor actor;
    actor.kind = "operator";
    actor.name = request.actor.empty() ? "panel" : request.actor;
    RecordContext context(random_id(now()), std::move(actor));
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    co_return state_answer(true);
}

Task<std::string> Service::Impl::drift_plan(protocol::Request request) {
    if (reload || stopping) {
        co_return busy_answer();
    }
    const Look look(looks, [this] { poke(); });
    PassRequest pass;
    pass.trigger = "command";
    pass.items = request.items;
    pass.ignore_quarantine = true;
    PassHooks hooks;
    Result<Observation> seen =
        co_await runner->dry_run(std::move(pass), journal.ledger(), std::move(hooks));
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

Task<std::string> Service::Impl::drift_apply(protocol::Request request) {
    const Time since = now();
    const Time deadline = deadline_of(request);
    std::vector<std::multiset<std::pair<ItemId, std::string>>::iterator> asking;
    for (const ItemId item : request.items) {
        asking.push_back(asked.emplace(item, "sync_item"));
        schedule.trigger(item, since);
    }
    log.info("{} items are looked at for {}", request.items.size(), request.actor);
    poke();
    const auto all_judged = [&] {
        return std::all_of(request.items.begin(), request.items.end(), [&](ItemId item) {
            return reporter->judged(item, "sync_item", since) != nullptr;
        });
    };
    while (!all_judged() && !stopping && now() < deadline) {
        co_await wait_for_news(deadline);
    }
    for (const auto& one : asking) {
        asked.erase(one);
    }
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    PlainJson held = PlainJson::array();
    for (const ItemId item : request.items) {
        const JudgedOperation* word = reporter->judged(item, "sync_item", since);
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

Task<std::string> Service::Impl::pause(protocol::Request request, bool on) {
    std::vector<Event> events;
    for (const ItemId item : request.items) {
        const LedgerItem* known = journal.ledger().item(item);
        if (known == nullptr || known->paused == on) {
            continue;
        }
        if (on) {
            ItemPaused paused;
            paused.item = item;
            paused.reason = request.reason.empty() ? "asked for in the panel" : request.reason;
            events.emplace_back(std::move(paused));
        } else {
            ItemResumed resumed;
            resumed.item = item;
            events.emplace_back(resumed);
        }
        schedule.trigger(item, now());
    }
    const std::size_t changed = events.size();
    Actor actor;
    actor.kind = "operator";
    actor.name = request.actor.empty() ? "panel" : request.actor;
    RecordContext context(random_id(now()), std::move(actor));
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    if (!recorded) {
        co_return refusal(recorded.error());
    }
    poke();
    co_return encode_success({{"changed", changed}});
}

}  // namespace bn::controller
