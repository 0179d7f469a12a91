#include "reconciler/decide/panel.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/claims.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn {

namespace {

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::minutes(10);
constexpr Duration kLongestLook = std::chrono::minutes(1);

// What is owed of one operation, by its number and command; null: nothing.
const OwedResult* find_owed(
    const Ledger& ledger, ItemId item, std::uint32_t operation, const std::string& command
) {
    const LedgerItem* known = ledger.item(item);
    if (known == nullptr) {
        return nullptr;
    }
    const auto it = std::ranges::find_if(known->owed, [&](const OwedResult& o) {
        return o.operation == operation && o.command == command;
    });
    return it == known->owed.end() ? nullptr : &*it;
}

PanelResultOwed about(const Ledger& ledger, const PendingOperation& operation) {
    const LedgerItem* known = ledger.item(operation.item);
    PanelResultOwed owed;
    owed.item = operation.item;
    owed.server = known != nullptr ? known->server : ServerId{};
    owed.operation = operation.id;
    owed.command = operation.command;
    owed.itemtype = operation.itemtype;
    return owed;
}

constexpr const char* kWaits = "What is to be taken away waits for an approval";

// Why a cloud is away is told once, however its answers change.
bool problem_open(const LedgerServer& server) {
    const std::optional<std::string> problem = problem_of(server);
    const bool waits_shown = server.problem_shown.starts_with(kWaits);
    const bool same =
        problem && problem->starts_with(kWaits) ? server.problem_shown == *problem : !waits_shown;
    return problem.has_value() == server.problem_shown.empty() || (problem && !same);
}

// REQUIRES: the item owes a result.
Time due_at(const Ledger& ledger, ItemId item) {
    return ledger.item(item)->owed.front().next_attempt_at.value_or(Time{});
}

// Of a panel that went away: how often it was to be looked at, when it went included, and when
// next.
struct Looks {
    std::uint64_t past = 1;
    Time next;
};

Looks looks_at_panel(Time since, Time now) {
    Duration pause = kFirstPause;
    Looks looks{.next = since + pause};
    while (looks.next <= now && pause < kLongestLook) {
        pause = std::min(pause * 2, kLongestLook);
        looks.next += pause;
        ++looks.past;
    }
    if (looks.next <= now) {
        const auto more = (now - looks.next) / kLongestLook + 1;
        looks.next += more * kLongestLook;
        looks.past += static_cast<std::uint64_t>(more);
    }
    return looks;
}

// A panel that is away is asked by one at a time, and at each look by another.
template <class Id>
void one_asks(std::vector<Id>& due, const Moment& at) {
    const std::optional<Time> away_since = at.ledger.panel().away_since;
    if (away_since && !due.empty()) {
        due = {due[looks_at_panel(*away_since, at.now).past % due.size()]};
    }
}

}  // namespace

bool owed_to_panel(const Ledger& ledger, const PendingOperation& operation) {
    return find_owed(ledger, operation.item, operation.id, operation.command) != nullptr;
}

std::vector<Event> decide_owed(
    const Ledger& ledger,
    const PendingOperation& operation,
    const OperationVerdict& verdict,
    const PanelRules& rules
) {
    std::vector<Event> events;
    if (verdict.verdict == Verdict::kWorking && !verdict.lasting) {
        return events;
    }
    PanelResultOwed owed = about(ledger, operation);
    owed.completed = verdict.verdict == Verdict::kCompleted;
    const OwedResult* before = find_owed(ledger, operation.item, operation.id, operation.command);
    if (owed.completed) {
        if (before == nullptr || !before->completed) {
            events.emplace_back(std::move(owed));
        }
        return events;
    }
    if (before != nullptr && before->completed) {
        return events;  // what has come about is not unsaid by an older look
    }
    const LedgerItem* known = ledger.item(operation.item);
    const bool tried = known != nullptr && known->task_made == operation.id;
    owed.code = verdict.code;
    owed.what = verdict.what;
    owed.remedy = verdict.remedy;
    const bool refused = verdict.verdict == Verdict::kRefused;
    owed.manual_task = refused && operation.trycount >= rules.try_limit && !operation.manual &&
                       !operation.has_task && !tried;
    owed.rollback = refused && rules.rollback_tariff && operation.command == "setparam" &&
                    operation.last_tariff != 0 && lies_in_the_tariff(verdict.code);
    const bool told =
        known != nullptr && std::ranges::any_of(known->told, [&](const ToldFailure& t) {
            return t.operation == owed.operation && t.command == owed.command &&
                   t.code == owed.code && t.what == owed.what &&
                   (t.manual_task || !owed.manual_task);
        });
    if (!told) {
        events.emplace_back(std::move(owed));
    }
    return events;
}

std::vector<Event> decide_passwords(
    const Ledger& ledger,
    const std::vector<ItemId>& items,
    const std::vector<PendingOperation>& operations
) {
    std::vector<Event> events;
    const auto look = [&](const LedgerItem& item) {
        const bool told_by_another =
            !item.owed.empty() || std::ranges::any_of(operations, [&](const auto& o) {
                return o.item == item.item && o.id != 0;
            });
        if (item.password_ref.empty() || !owns(item) || row_of_another_client(item) ||
            told_by_another || !item.in_doubt.empty() ||
            item.password_offered == item.password_ref) {
            return;
        }
        PanelResultOwed owed;
        owed.item = item.item;
        owed.server = item.server;
        owed.command = kParamsOnly;
        owed.completed = true;
        events.emplace_back(std::move(owed));
    };
    for (const ItemId id : items) {
        if (const LedgerItem* item = ledger.item(id)) {
            look(*item);
        }
    }
    if (items.empty()) {
        for (const auto& [id, item] : ledger.items()) {
            if (!item.password_ref.empty()) {
                look(item);
            }
        }
    }
    return events;
}

Time next_look_at_panel(Time away_since, Time now) {
    // A clock that was ahead when the panel went away postpones nothing.
    return std::min(looks_at_panel(away_since, now).next, now + kLongestLook);
}

std::vector<ItemId> results_due(const Moment& at) {
    std::vector<ItemId> due;
    for (const ItemId item : at.ledger.owing()) {
        if (due_at(at.ledger, item) <= at.now) {
            due.push_back(item);
        }
    }
    one_asks(due, at);
    return due;
}

std::optional<std::string> problem_of(const LedgerServer& server) {
    if (server.quarantined_until) {
        return server.last_error.empty() ? "the cloud is away" : server.last_error;
    }
    if (server.stopped_plan.empty()) {
        return std::nullopt;
    }
    return fmt::format(
        "{} on server {}: {}. Look at it with `bill-nextcloud plan`; `bill-nextcloud approve {}` "
        "lets exactly that through",
        kWaits,
        server.name.empty() ? std::to_string(server.server.value)
                            : fmt::format("{} ({})", server.server.value, server.name),
        server.stopped_reason,
        server.stopped_plan.substr(0, 16)
    );
}

std::vector<ServerId> problems_due(const Moment& at) {
    std::vector<ServerId> due;
    for (const auto& [id, server] : at.ledger.servers()) {
        if (problem_open(server) && server.problem_next_attempt_at.value_or(Time{}) <= at.now) {
            due.push_back(id);
        }
    }
    if (at.ledger.panel().away_since && !results_due(at).empty()) {
        return {};  // a result asks
    }
    one_asks(due, at);
    return due;
}

bool panel_is_away(const Error& error) {
    return error.concern == Concern::kPanel;
}

std::vector<Event> decide_called(
    const Ledger& ledger, PanelCallMade call, const Result<PanelAnswer>& answer
) {
    std::vector<Event> events;
    const bool away = !answer && panel_is_away(answer.error());
    const bool was_away = ledger.panel().away_since.has_value();
    const bool reached = answer || answer.error().effect_unknown;
    const std::string said = answer ? answer->short_text() : answer.error().text();
    if (call.news && !(away && was_away)) {
        call.ok = answer && answer->ok;
        call.answer = said;
        events.emplace_back(static_cast<const PanelCalled&>(call));
    }
    if (call.once == PanelCallMade::Once::kRollback && reached) {
        events.emplace_back(OperationRolledBack{call.item, call.server, call.operation, said});
    } else if (call.once == PanelCallMade::Once::kTask && reached) {
        events.emplace_back(OperationTaskMade{
            call.item, call.server, call.operation, std::move(call.task_type)});
    }
    if (away || answer) {
        std::ranges::move(
            decide_reached(ledger, away ? &answer.error() : nullptr), std::back_inserter(events)
        );
    }
    return events;
}

std::vector<Event> decide_reached(const Ledger& ledger, const Error* failure) {
    std::vector<Event> events;
    const bool was_away = ledger.panel().away_since.has_value();
    if (failure != nullptr && !was_away) {
        events.emplace_back(PanelWentAway{failure->text()});
    } else if (failure == nullptr && was_away) {
        events.emplace_back(PanelCameBack{});
    }
    return events;
}

std::vector<Event> decide_deferred(
    const Moment& at, ItemId item, const OwedResult& owed, const Error& error, bool answered
) {
    const OwedResult* still = find_owed(at.ledger, item, owed.operation, owed.command);
    if (still == nullptr || (panel_is_away(error) && !answered)) {
        return {};
    }
    return {PanelResultDeferred{
        .item = item,
        .operation = owed.operation,
        .command = owed.command,
        .code = error.code,
        .what = error.text(),
        .next_attempt_at = at.now + doubling_pause(still->attempts, kFirstPause, kLongestRetry)}};
}

bool secret_in_use(const Ledger& ledger, ItemId item, const std::string& ref) {
    const LedgerItem* known = ledger.item(item);
    return known != nullptr &&
           std::ranges::find(known->in_doubt, ref, &PendingAction::secret_ref) !=
               known->in_doubt.end();
}

std::string known_completion(const Ledger& ledger, std::string_view itemtype) {
    const std::vector<KnownCompletion>& known = ledger.panel().completions;
    const auto found = std::ranges::find(known, itemtype, &KnownCompletion::itemtype);
    return found == known.end() ? std::string() : found->function;
}

std::vector<std::string> completions_of_open(
    const Ledger& ledger, std::string_view itemtype, std::string_view configured
) {
    std::vector<std::string> functions;
    const auto add = [&](std::string function) {
        constexpr std::string_view kType = "{itemtype}";
        const std::size_t at = function.find(kType);
        if (at != std::string::npos) {
            function.replace(at, kType.size(), itemtype);
        }
        if (std::ranges::find(functions, function) == functions.end()) {
            functions.push_back(std::move(function));
        }
    };
    if (std::string known = known_completion(ledger, itemtype); !known.empty()) {
        add(std::move(known));
    }
    for (const std::string_view one :
         {configured,
          std::string_view("{itemtype}.open"),
          std::string_view("vds.open"),
          std::string_view("service.postopen")}) {
        add(std::string(one));
    }
    return functions;
}

bool tries_all_completions(std::uint32_t attempts) {
    constexpr std::uint32_t kAgain = 12;  // two hours of the longest pause
    return attempts % kAgain == 0;
}

std::vector<Event> decide_completed_by(
    const Ledger& ledger,
    const std::string& itemtype,
    const std::string& function,
    std::string_view configured
) {
    const bool first = completions_of_open(ledger, itemtype, configured).front() == function;
    return first ? std::vector<Event>()
                 : std::vector<Event>{PanelCompletionFound{itemtype, function}};
}

PanelResultDelivered decide_delivered(
    const Ledger& ledger,
    ItemId item,
    const OwedResult& owed,
    const std::string& saved_ref,
    std::string detail
) {
    // Meanwhile the account may have been made anew, with another password.
    const LedgerItem* known = ledger.item(item);
    return {
        .item = item,
        .operation = owed.operation,
        .command = owed.command,
        .password_saved = !saved_ref.empty() && known != nullptr &&
                          known->password_ref == saved_ref &&
                          !secret_in_use(ledger, item, saved_ref),
        .detail = std::move(detail)};
}

bool rollback_open(const Ledger& ledger, ItemId item, const OwedResult& owed) {
    const LedgerItem* known = ledger.item(item);
    return owed.rollback && (known == nullptr || known->rolled_back != owed.operation);
}

bool task_open(const Ledger& ledger, ItemId item, const OwedResult& owed) {
    const LedgerItem* known = ledger.item(item);
    return owed.manual_task && known != nullptr && known->task_made != owed.operation;
}

std::vector<Event> decide_problem_told(
    const Moment& at,
    const LedgerServer& server,
    const std::optional<std::string>& problem,
    const Error* failure
) {
    std::vector<Event> events;
    if (failure == nullptr) {
        if (problem) {
            events.emplace_back(PanelProblemRegistered{server.server, *problem});
        } else {
            events.emplace_back(PanelProblemCleared{server.server});
        }
    } else if (!at.ledger.panel().away_since) {
        const Duration pause = doubling_pause(server.problem_attempts, kFirstPause, kLongestRetry);
        events.emplace_back(PanelProblemDeferred{server.server, failure->text(), at.now + pause});
    }
    return events;
}

std::string why_no_import(
    const Moment& at, const DesiredSnapshot& desired, ServerId server, const ActualAccount& account
) {
    if (account.admin || !account.local_backend || !account.details_known) {
        return "it is protected, or lives in another backend";
    }
    const std::string key = login_key(account.login);
    const std::vector<ServerId> servers = servers_of_cloud(desired, at.ledger, server);
    const bool named = std::ranges::any_of(servers, [&](ServerId id) {
        const DesiredServer* rows = desired.server(id);
        return rows != nullptr && rows->accounts.find(key) != DesiredTable::npos;
    });
    const bool claimed = desired.claims.find(key) != DesiredTable::npos;
    if (named || claimed || owner_on(at.ledger, servers, key, ItemId()) != nullptr) {
        return "it belongs to a service already";
    }
    const bool lately = std::ranges::any_of(servers, [&](ServerId id) {
        const LedgerServer* known = at.ledger.server(id);
        return known != nullptr && std::ranges::any_of(known->imports, [&](const RecentImport& i) {
                   return i.login_key == key && at.now - i.at < kImportMemory;
               });
    });
    return lately ? "it became a service a moment ago, or may have; look at the panel's list of "
                    "services before you try again"
                  : "";
}

std::vector<Event> decide_imported(
    ServerId server, const std::string& login, const Result<PanelAnswer>& answer
) {
    std::vector<Event> events;
    if (answer ? !answer->ok : !answer.error().effect_unknown) {
        return events;
    }
    AccountImported imported;
    imported.server = server;
    imported.login = login;
    imported.certain = answer.has_value();
    if (answer) {
        const auto id = answer->fields.find("service_id");
        imported.service = id == answer->fields.end() ? std::string() : id->second;
    }
    events.emplace_back(std::move(imported));
    return events;
}

}  // namespace bn
