#include "reconciler/decide/pass.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "reconciler/decide/action.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/plan/claims.hpp"

namespace bn {
namespace {

// States that their own events say, or that hold for much of a plan at once.
bool recorded(HoldCode code) {
    switch (code) {
        case HoldCode::kBackoff:
        case HoldCode::kInDoubt:
        case HoldCode::kPolicy:
        case HoldCode::kBlastRadius:
        case HoldCode::kIncompleteSnapshot:
        case HoldCode::kClock:
        case HoldCode::kPaused:
        case HoldCode::kMaintenance:
        case HoldCode::kWindow:
        case HoldCode::kByHand:
            return false;
        default:
            return true;
    }
}

struct Home {
    ServerId server;
    Wanted wanted = Wanted::kNothing;
    bool held = false;
};

// Where the panel has these items (keys) now. One scan, and only if there is something to ask.
template <class What>
std::unordered_map<ItemId, Home> homes_of(
    const DesiredSnapshot& desired, const std::map<ItemId, What>& items
) {
    std::unordered_map<ItemId, Home> homes;
    if (items.empty()) {
        return homes;
    }
    for (const DesiredServer& server : desired.servers) {
        for (std::size_t i = 0; i < server.accounts.size(); ++i) {
            const DesiredRecord& record = server.accounts.record(i);
            if (items.contains(record.item)) {
                const bool held = (record.flags & DesiredRecord::kHeld) != 0;
                homes[record.item] = {server.id, record.wanted, held};
            }
        }
    }
    return homes;
}

// What one plan says about one item.
struct Seen {
    std::vector<DriftValue> drift;
    std::string login;
    std::vector<Hold> holds;
};

void sort_holds(std::vector<Hold>& holds) {
    const auto key = [](const Hold& h) { return std::tie(h.code, h.where, h.detail, h.remedy); };
    std::ranges::sort(holds, {}, key);
    holds.erase(std::unique(holds.begin(), holds.end()), holds.end());
}

void say_holds(
    std::vector<Event>& events, ItemId item, const LedgerItem* known, std::vector<Hold> holds
) {
    sort_holds(holds);
    if (known != nullptr ? holds == known->holds : holds.empty()) {
        return;
    }
    if (holds.empty()) {
        events.emplace_back(ItemHoldsCleared{item});
    } else {
        events.emplace_back(ItemHeld{item, std::move(holds)});
    }
}

// The panel does not say of it that it is closed: it was bought back, or nobody knows. What was
// closed before counts for nothing then.
bool not_closed(const DesiredSnapshot& desired, ItemId item, const Home* home) {
    if (home != nullptr) {
        return home->held || home->wanted != Wanted::kAbsent;
    }
    return desired.has_row(item) && desired.closed_row(item) == nullptr;
}

// An item is spoken of by one server only: the one of its row, else of its account, else `here`
// where something is seen of it.
ServerId speaker_of(const Home* home, const LedgerItem* known, const Seen& what, ServerId here) {
    if (home != nullptr) {
        return home->server;
    }
    if (known != nullptr && known->server.value != 0) {
        return known->server;
    }
    return what.drift.empty() && what.holds.empty() ? ServerId() : here;
}

bool usable(const DesiredSnapshot& desired, ServerId id) {
    const DesiredServer* server = desired.server(id);
    return server != nullptr && server->problem.empty();
}

// The row's own fault is that it is on no server that could speak of it (see decide_reader_holds).
bool held_without_server(const DesiredSnapshot& desired, ItemId item) {
    const auto holds = std::ranges::equal_range(desired.holds, item, {}, &Hold::item);
    return std::ranges::any_of(holds, [&](const Hold& hold) {
        return !usable(desired, hold.server);
    });
}

// News of accounts that no rule spoke of, whichever server speaks of the item.
void say_aside(std::vector<Event>& events, const Ledger& ledger, const ServerPlan& plan) {
    for (const Drift& one : plan.aside) {
        const LedgerItem* known = ledger.item(one.item);
        const bool missing = has(one.mask(), DriftField::kMissing);
        if (known != nullptr && (missing ? !known->missed : known->closed_at.has_value())) {
            events.emplace_back(DriftObserved{one.item, plan.server, one.login, one.fields});
        }
    }
}

std::uint64_t judged(std::uint64_t before, std::uint64_t now, bool may_sink) {
    return now < before && !may_sink ? before : now;
}

// What a complete pass says of time and sizes.
void judge_sizes(PassServerSummary& summary, const LedgerServer* known, const ServerPlan& plan) {
    const LedgerServer none;
    const LedgerServer& before = known != nullptr ? *known : none;
    const bool may_sink = before.observed + *summary.observed - before.sunk_at >= kSinkEvery;
    summary.panel_doubt = plan.panel_doubt;
    summary.cloud_doubt = plan.cloud_doubt;
    summary.judged_desired =
        judged(before.judged_desired, summary.desired, may_sink && plan.panel_doubt.empty());
    summary.judged_actual =
        judged(before.judged_actual, summary.actual, may_sink && plan.cloud_doubt.empty());
}

// A step that is longer than the longest may be one of the clock again: it proves nothing.
void judge_clock(
    PassServerSummary& summary, const LedgerServer* known, Time started_at, const PassRules& rules
) {
    if (known == nullptr || !known->clock_doubted || !known->seen_at) {
        return;
    }
    const Duration step = started_at - *known->seen_at;
    if (step > Duration{0} && step <= longest_step(rules.retention.shortest())) {
        summary.clock_trust = step;
    }
}

// Of a server of which nothing was read: no time of it was observed.
PassServerSummary nothing_read(ServerId server) {
    PassServerSummary summary;
    summary.server = server;
    summary.observed = Duration{0};
    summary.judged_desired = 0;
    summary.judged_actual = 0;
    return summary;
}

PassServerSummary summary(
    const ServerObservation& server,
    const PassReport& report,
    const Ledger& ledger,
    const PassRules& rules
) {
    PassServerSummary summary = nothing_read(server.server);
    if (server.error) {
        summary.error = server.error->text();
    }
    if (server.plan) {
        const ServerPlan& plan = *server.plan;
        const bool narrow = report.observation.request.narrow();
        summary.complete = !narrow && plan.desired_complete && plan.actual_complete;
        if (!narrow && !summary.complete) {
            const std::vector<Unknown> unknown = report.observation.unknown();
            const auto partly = std::ranges::find(unknown, server.server, &Unknown::server);
            summary.error = partly == unknown.end() ? "" : partly->why.text();
        }
        summary.desired = plan.desired_accounts;
        summary.actual = plan.actual_accounts;
        summary.drifted = plan.drift.size();
        summary.held = plan.held.size();
        summary.stopped = plan.stopped;
        if (summary.complete) {
            const LedgerServer* known = ledger.server(server.server);
            summary.observed = step_to(
                known, report.observation.started_at, longest_step(rules.retention.shortest())
            );
            judge_sizes(summary, known, plan);
            judge_clock(summary, known, report.observation.started_at, rules);
        }
        if (!plan.actual_complete && server.actual) {
            summary.error = server.actual->incomplete_reason;
        }
    }
    const auto it = report.executions.find(server.server);
    if (it != report.executions.end()) {
        summary.done = it->second.progress.done;
        summary.failed = it->second.progress.failed;
        if (it->second.server_error) {
            summary.error = it->second.server_error->text();
        }
    }
    return summary;
}

}  // namespace

std::vector<Event> decide_observation(
    const Ledger& ledger, const ServerPlan& plan, const DesiredSnapshot& desired
) {
    std::vector<Event> events;
    if (!plan.desired_complete || !plan.actual_complete) {
        return events;  // nothing is concluded from half a reading
    }
    std::map<ItemId, Seen> seen;
    for (const Drift& drift : plan.drift) {
        seen[drift.item].drift = drift.fields;
        seen[drift.item].login = drift.login;
    }
    for (const HeldAction& held : plan.held) {
        if (recorded(held.hold.code)) {
            seen[held.hold.item].holds.push_back(held.hold);
        }
    }
    for (const ItemId item : ledger.noted()) {
        seen[item];
    }
    for (const HandOver& one : plan.handed_over) {
        events.emplace_back(AccountHandedOver{one.item, plan.server, one.login, one.to});
    }
    const std::unordered_map<ItemId, Home> homes = homes_of(desired, seen);
    for (auto& [item, what] : seen) {
        const LedgerItem* known = ledger.item(item);
        const auto found = homes.find(item);
        const Home* home = found != homes.end() ? &found->second : nullptr;
        if (speaker_of(home, known, what, plan.server) != plan.server) {
            continue;
        }
        const bool same_place = known != nullptr && known->server == plan.server;
        const DriftMask drift = mask_of(what.drift);
        // Of an account that was made since it was missing, it is news that it is gone again.
        const bool gone_again =
            known != nullptr && owns(*known) && !known->missed && has(drift, DriftField::kMissing);
        if (drift != 0 &&
            (known == nullptr || known->drift != drift || !same_place || gone_again)) {
            events.emplace_back(DriftObserved{item, plan.server, what.login, std::move(what.drift)}
            );
        } else if (drift == 0 && known != nullptr && known->drift != 0) {
            events.emplace_back(DriftCleared{item});
        }
        const bool gone =
            std::ranges::find(what.holds, HoldCode::kVanished, &Hold::code) != what.holds.end();
        if (gone && (known == nullptr || !known->vanished_at_pass)) {
            const LedgerServer* server = ledger.server(plan.server);
            events.emplace_back(ItemVanished{item, server != nullptr ? server->complete_passes : 0}
            );
        }
        if (known != nullptr && known->vanished_at_pass && desired.has_row(item)) {
            events.emplace_back(ItemReappeared{item});
        }
        if (home != nullptr || !held_without_server(desired, item)) {
            say_holds(events, item, known, std::move(what.holds));
        }
        if (known != nullptr && (known->closed_at || known->last_used) &&
            not_closed(desired, item, home)) {
            events.emplace_back(ItemBoughtBack{item});
        }
    }
    say_aside(events, ledger, plan);
    return events;
}

std::vector<Event> decide_sold(
    const Ledger& ledger,
    const DesiredServer& server,
    const std::vector<ItemId>& items,
    ReadingOf reading
) {
    std::vector<Event> events;
    const bool read_before = was_read_whole(ledger, server.id);
    const std::unordered_set<ItemId> wanted(items.begin(), items.end());
    for (std::size_t i = 0; i < server.accounts.size(); ++i) {
        const DesiredTable::Record& record = server.accounts.record(i);
        if (!wanted.empty() && !wanted.contains(record.item)) {
            continue;
        }
        const DesiredAccount row = server.accounts[i];
        const LedgerItem* known = ledger.item(row.item);
        const Sold* before = known != nullptr && known->sold ? &*known->sold : nullptr;
        if (row.held && before == nullptr && read_before) {
            continue;  // too late to prove anything
        }
        const bool same_owner =
            before != nullptr && before->login == row.login && before->client == row.client;
        if (same_owner &&
            (row.held || (before->tariff == row.tariff && before->quota == row.quota &&
                          before->wanted == row.wanted && before->group == row.group))) {
            continue;
        }
        Sold now{
            row.tariff,
            row.quota,
            row.wanted,
            std::string(row.group),
            std::string(row.login),
            row.client,
            reading == ReadingOf::kAll && opened_before_us(ledger, server.id, row)};
        if (row.held && before != nullptr) {
            now = *before;  // of a row that is not understood, only whose it is
            now.login = row.login;
            now.client = row.client;
            now.opened_before_us = false;
        } else if (row.wanted == Wanted::kAbsent) {
            if (before == nullptr ||
                (before->wanted == Wanted::kAbsent && before->client == row.client)) {
                continue;  // an old closed service is no news
            }
            now = *before;  // what a closed one would have had is not read any more
            now.wanted = Wanted::kAbsent;
            now.client = row.client;
            now.opened_before_us = false;
        }
        std::vector<SoldChange> changes = sold_changes(before != nullptr ? *before : Sold(), now);
        events.emplace_back(SoldChanged{row.item, server.id, std::move(changes)});
    }
    return events;
}

std::vector<Event> decide_sold_to_be_made(
    const Ledger& ledger, const DesiredServer& server, const ServerPlan& plan
) {
    std::vector<ItemId> items;
    for (const Action& action : plan.actions) {
        if (action.kind == ActionKind::kCreate) {
            items.push_back(action.item);
        }
    }
    return items.empty() ? std::vector<Event>()
                         : decide_sold(ledger, server, items, ReadingOf::kSome);
}

std::vector<Event> decide_unplaced(const Ledger& ledger, const DesiredSnapshot& desired) {
    std::map<ItemId, ServerId> unplaced;
    for (const Hold& hold : desired.holds) {
        const LedgerItem* known = ledger.item(hold.item);
        const bool news = known == nullptr || (!known->sold && !owns(*known));
        if (hold.item.value != 0 && news && !was_read_whole(ledger, hold.server)) {
            unplaced.emplace(hold.item, hold.server);
        }
    }
    for (const auto& [item, home] : homes_of(desired, unplaced)) {
        unplaced.erase(item);
    }
    std::vector<Event> events;
    events.reserve(unplaced.size());
    for (const auto& [item, server] : unplaced) {
        events.emplace_back(SoldChanged{item, server, {}});
    }
    return events;
}

std::vector<Event> decide_reader_holds(const Ledger& ledger, const DesiredSnapshot& desired) {
    std::vector<Event> events;
    if (!desired.complete || desired.servers.empty()) {
        return events;  // where no server is named at all, nothing is known of any item
    }
    const auto no_server = [&](const Hold& hold) { return !usable(desired, hold.server); };
    std::map<ItemId, std::vector<Hold>> holds;
    for (const Hold& hold : desired.holds) {
        if (no_server(hold)) {
            holds[hold.item].push_back(hold);
        }
    }
    for (const ItemId item : ledger.noted()) {
        const LedgerItem* known = ledger.item(item);
        // Of one whose account is on a server that can be read, what is seen there says it.
        if (!known->holds.empty() && std::ranges::all_of(known->holds, no_server) &&
            !usable(desired, known->server)) {
            holds[item];
        }
    }
    // What stands in the table of a usable server is spoken of with that server's plan.
    const std::unordered_map<ItemId, Home> homes = homes_of(desired, holds);
    for (auto& [item, what] : holds) {
        const auto home = homes.find(item);
        if (home != homes.end() && usable(desired, home->second.server)) {
            continue;
        }
        say_holds(events, item, ledger.item(item), std::move(what));
    }
    return events;
}

std::vector<Event> decide_found_again(
    const Ledger& ledger, const DesiredServer& desired, const ActualSnapshot& actual
) {
    std::vector<Event> events;
    for (const ItemId id : ledger.noted()) {
        const LedgerItem& item = *ledger.item(id);
        const bool missed = item.missed && owns(item) && item.in_doubt.empty();
        if ((!item.unproved && !missed) || item.server != desired.id) {
            continue;
        }
        const std::string key = login_key(item.login);
        const std::size_t there = actual.accounts.find(key);
        if (there == ActualTable::npos) {
            continue;
        }
        const std::size_t at = desired.accounts.find(key, id);
        const DesiredAccount row =
            at == DesiredTable::npos ? DesiredAccount() : desired.accounts[at];
        if (row.item != id || row.held) {
            continue;  // nothing says how it should look
        }
        const Likeness likeness = likeness_of(row, actual.accounts[there]);
        const bool wanted = wants_account(row.wanted);
        if (likeness == Likeness::kAlike && (wanted || !item.unproved)) {
            events.emplace_back(AccountFoundAgain{id, desired.id, item.login});
        } else if (!item.unproved && likeness == Likeness::kUnlike) {
            events.emplace_back(AccountFoundGone{
                id,
                desired.id,
                item.login,
                "the account was gone, or used since it was closed, and the one of its name has "
                "neither the service's e-mail address nor its size"});
        }
    }
    return events;
}

std::vector<Event> decide_observed(
    const Moment& at, const Observation& observation, const PassRules& rules
) {
    const PassRequest& request = observation.request;
    std::vector<Event> events;
    const auto say = [&events](std::vector<Event> more) {
        std::ranges::move(more, std::back_inserter(events));
    };
    if (clock_went_back(at.ledger, at.now)) {
        events.emplace_back(ClockWentBack{at.ledger.panel().recorded_at, at.now});
    }
    const std::set<ItemId> items(request.items.begin(), request.items.end());
    say(decide_panel_mark(at.ledger, *observation.desired));
    for (const DesiredServer& server : observation.desired->servers) {
        const bool asked = !request.only_server || *request.only_server == server.id;
        if (observation.desired->complete && asked) {
            say(decide_sold(at.ledger, server, request.items));
        }
    }
    if (observation.desired->complete && !request.narrow() && !request.only_server) {
        say(decide_unplaced(at.ledger, *observation.desired));
    }
    for (const ServerObservation& server : observation.servers) {
        say(decide_server(at, server, rules.longest));
        if (!server.plan) {
            continue;
        }
        const DesiredServer* desired = observation.desired->server(server.server);
        if (desired != nullptr && !observation.desired->complete) {
            say(decide_sold_to_be_made(at.ledger, *desired, *server.plan));
        }
        if (desired != nullptr && server.actual && observation.desired->complete) {
            say(decide_found_again(at.ledger, *desired, *server.actual));
        }
        std::vector<Event> seen = decide_observation(at.ledger, *server.plan, *observation.desired);
        if (request.narrow()) {
            std::erase_if(seen, [&items](const Event& event) {
                const ItemId item = item_of(event);
                return item.value != 0 && !items.contains(item);
            });
        }
        say(std::move(seen));
    }
    if (!request.narrow() && !request.only_server) {
        say(decide_reader_holds(at.ledger, *observation.desired));
    }
    say(decide_endings(at, observation, rules));
    return events;
}

namespace {

// A panel that names no server of ours says nothing of those that we know.
void unnamed_servers(
    PassCompleted& completed, const Ledger& ledger, const Observation& observation
) {
    for (const Unknown& unknown : observation.unknown()) {
        if (unknown.server.value != 0) {
            continue;
        }
        for (const auto& [id, known] : ledger.servers()) {
            PassServerSummary summary = nothing_read(id);
            summary.error = unknown.why.text();
            completed.servers.push_back(std::move(summary));
        }
    }
}

}  // namespace

std::vector<Event> decide_completed(
    const Moment& at, const PassReport& report, const PassRules& rules
) {
    std::vector<Event> events;
    for (const auto& [server, execution] : report.executions) {
        if (execution.server_error) {
            events.emplace_back(
                decide_quarantine(at, server, *execution.server_error, rules.longest)
            );
        }
    }
    PassCompleted completed;
    completed.pass = report.id;
    completed.trigger = report.observation.request.trigger;
    completed.started_at = report.observation.started_at;
    completed.took_ms = std::max(at.now - report.observation.started_at, Duration{0});
    for (const ServerObservation& server : report.observation.servers) {
        if (server.admission !=
            Admission::kLeftAlone) {  // a server that is left alone was not attempted
            completed.servers.push_back(summary(server, report, at.ledger, rules));
        }
    }
    if (completed.servers.empty()) {
        unnamed_servers(completed, at.ledger, report.observation);
    }
    std::vector<Event> trusted;
    for (const PassServerSummary& seen : completed.servers) {
        const LedgerServer* known = at.ledger.server(seen.server);
        if (known != nullptr && known->clock_doubted &&
            known->clock_trust + seen.clock_trust >= rules.clock_grace) {
            trusted.emplace_back(ClockTrusted{seen.server});
        }
    }
    events.emplace_back(std::move(completed));
    std::ranges::move(trusted, std::back_inserter(events));
    return events;
}

namespace {

// The longer a doubt lasts, the more seldom it is looked at.
std::vector<std::pair<ItemId, Time>> looks_at_doubts(
    const Moment& at, const PassReport& report, Duration doubt_grace
) {
    constexpr Duration kFirst = std::chrono::seconds(30);
    constexpr Duration kLongest = std::chrono::hours(1);
    const PassRequest& request = report.observation.request;
    std::vector<std::pair<ItemId, Time>> looks;
    for (const ServerObservation& server : report.observation.servers) {
        const LedgerServer* known = at.ledger.server(server.server);
        for (const PendingAction& doubt : doubts_of(at.ledger, server.server)) {
            const ItemId item = doubt.action.item;
            if (request.narrow() && std::ranges::find(request.items, item) == request.items.end()) {
                continue;
            }
            Time next = at.now + std::clamp(at.now - doubt.intended_at, kFirst, kLongest);
            if (doubt.action.kind == ActionKind::kCreate &&
                at.now - doubt.intended_at < doubt_grace) {
                next = doubt.intended_at + doubt_grace;  // nothing can be told before
            }
            if (known != nullptr && known->quarantined_until) {
                next = std::max(next, *known->quarantined_until);
            }
            looks.emplace_back(item, next);
        }
    }
    return looks;
}

}  // namespace

std::vector<Event> decide_clock(const Moment& at, Duration moved) {
    if (moved < -kClockTolerance) {
        // What the process before this one recorded may lie later still.
        return {ClockWentBack{std::max(at.now - moved, at.ledger.panel().recorded_at), at.now}};
    }
    if (moved > kClockTolerance) {
        return {ClockJumped{at.now - moved, at.now}};
    }
    return {};
}

bool wants_staging(const Ledger& ledger, const Observation& seen) {
    return seen.request.narrow() &&
           std::ranges::any_of(seen.servers, [&ledger](const ServerObservation& server) {
               const LedgerServer* known = ledger.server(server.server);
               return server.plan && known != nullptr && known->stopped_plan.empty() &&
                      std::ranges::any_of(server.plan->held, [](const HeldAction& held) {
                          return held.hold.code == HoldCode::kBlastRadius;
                      });
           });
}

std::vector<std::pair<ItemId, Time>> looks_after(
    const Moment& at, const PassReport& report, Duration doubt_grace
) {
    constexpr std::size_t kFew = 100;  // each costs the cloud a call
    std::vector<std::pair<ItemId, Time>> looks = looks_at_doubts(at, report, doubt_grace);
    for (const auto& [id, execution] : report.executions) {
        const LedgerServer* known = at.ledger.server(id);
        const ServerObservation* server = report.observation.server(id);
        std::set<ItemId> failed;
        for (const ActionFailure& failure : execution.failures) {
            failed.insert(failure.action.item);
        }
        if (server != nullptr && server->plan && server->plan->actions.size() <= kFew &&
            !execution.server_error) {
            for (const Action& action : server->plan->actions) {
                if (failed.contains(action.item)) {
                    continue;  // refused before its call, it would be planned and refused again
                }
                // What waits for the server's limit of changes is not looked at before it can go
                // on.
                const Duration wait = std::max(execution.budget_wait, execution.pace_wait);
                looks.emplace_back(action.item, at.now + wait);
            }
        }
        for (const ActionFailure& failure : execution.failures) {
            const LedgerItem* item = at.ledger.item(failure.action.item);
            if (item != nullptr && !item->in_doubt.empty()) {
                continue;
            }
            const Setback* setback = item != nullptr ? item->setback(failure.action.kind) : nullptr;
            Time next = setback != nullptr && setback->next_attempt_at
                            ? *setback->next_attempt_at
                            : at.now + std::chrono::seconds(30);
            if (known != nullptr && known->quarantined_until) {
                next = std::max(next, *known->quarantined_until);
            }
            if (failure.error.move != NextMove::kHuman) {
                looks.emplace_back(failure.action.item, next);
            }
        }
    }
    return looks;
}

DueLooks pace_looks(const Moment& at, std::vector<ItemId> due, const PaceRules& rules) {
    std::ranges::stable_sort(due, {}, [&](ItemId id) {
        const LedgerItem* item = at.ledger.item(id);
        return item != nullptr && !item->setbacks.empty();
    });
    std::map<ServerId, std::size_t> left;
    DueLooks looks;
    for (const ItemId id : due) {
        const LedgerItem* item = at.ledger.item(id);
        const LedgerServer* server = item != nullptr ? at.ledger.server(item->server) : nullptr;
        if (server == nullptr) {
            looks.now.push_back(id);
            continue;
        }
        const auto room =
            left.emplace(server->server, attempts_left(server->attempts, at.now, rules)).first;
        if (room->second == 0) {
            const Duration wait = attempt_wait(server->attempts, 0, at.now, rules);
            looks.later.emplace_back(
                id, at.now + std::max<Duration>(wait, std::chrono::seconds(1))
            );
            continue;
        }
        room->second -= room->second != kNoLimit ? 1U : 0U;
        looks.now.push_back(id);
    }
    std::ranges::sort(looks.now);
    return looks;
}

}  // namespace bn
