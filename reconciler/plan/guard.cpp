#include "reconciler/plan/guard.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reconciler/model/plural.hpp"
#include "reconciler/plan/absence.hpp"

namespace bn {
namespace {

constexpr const char* kMaintenanceRemedy =
    "End it in the panel: remove etc/billmgr.DoNothing on its host. Where nobody can tell, see "
    "that "
    "the panel can be reached.";

// Items whose actions stand or fall together, with the hold that fells them.
std::unordered_map<ItemId, Hold> felled_items(
    const std::vector<Action>& actions, const std::vector<std::optional<Hold>>& holds
) {
    std::unordered_set<ItemId> created;
    for (const Action& action : actions) {
        if (action.kind == ActionKind::kCreate) {
            created.insert(action.item);
        }
    }
    std::unordered_map<ItemId, Hold> felled;
    for (std::size_t i = 0; i < actions.size(); ++i) {
        if (!holds[i]) {
            continue;
        }
        const ActionKind kind = actions[i].kind;
        const bool pair = kind == ActionKind::kDisable && created.contains(actions[i].item);
        if (pair || kind == ActionKind::kCreate || kind == ActionKind::kAdopt) {
            felled.emplace(actions[i].item, *holds[i]);
        }
    }
    return felled;
}

// No group is made for a membership that is held.
void hold_makers(const std::vector<Action>& actions, std::vector<std::optional<Hold>>& holds) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
        const bool makes = actions[i].kind == ActionKind::kMakeGroup;
        for (std::size_t j = i + 1;
             makes && j < actions.size() && actions[j].item == actions[i].item;
             ++j) {
            if (actions[j].kind == ActionKind::kAddGroup && holds[j] && !holds[i]) {
                holds[i] = holds[j];
            }
        }
    }
}

// Asks `why` for each action; those with an answer move to `held`. An account that is created to be
// suspended is created and disabled, or neither: when one of the two is held, so is the other, and
// with a held creation or adoption all that would follow it.
void hold_actions(ServerPlan& plan, const std::function<std::optional<Hold>(const Action&)>& why) {
    std::vector<std::optional<Hold>> holds;
    holds.reserve(plan.actions.size());
    bool any = false;
    for (const Action& action : plan.actions) {
        holds.push_back(why(action));
        any = any || holds.back().has_value();
    }
    if (!any) {
        return;
    }
    hold_makers(plan.actions, holds);
    const std::unordered_map<ItemId, Hold> felled = felled_items(plan.actions, holds);
    std::vector<Action> kept;
    kept.reserve(plan.actions.size());
    for (std::size_t i = 0; i < plan.actions.size(); ++i) {
        Action& action = plan.actions[i];
        if (!holds[i]) {
            if (const auto with = felled.find(action.item); with != felled.end()) {
                holds[i] = with->second;
            }
        }
        if (holds[i]) {
            plan.held.push_back({std::move(action), *std::move(holds[i])});
        } else {
            kept.push_back(std::move(action));
        }
    }
    plan.actions = std::move(kept);
    sort_plan(plan);
}

std::string server_text(const ServerPlan& plan) {
    return plan.name.empty() ? fmt::format("server {}", plan.server.value)
                             : fmt::format("server {} ({})", plan.server.value, plan.name);
}

// Holds what of the plan `which` names, all for one reason that lies in the server.
void hold_for_server(
    ServerPlan& plan,
    const std::function<bool(const Action&)>& which,
    HoldCode code,
    const std::string& detail,
    const std::string& remedy
) {
    const std::string where = server_text(plan);
    hold_actions(plan, [&](const Action& action) {
        return which(action)
                   ? std::optional<Hold>(
                         std::in_place, action.item, action.server, code, where, detail, remedy
                     )
                   : std::nullopt;
    });
}

std::string accept_command(const ServerPlan& plan) {
    return fmt::format("`bill-nextcloud accept-readings {}`", plan.server.value);
}

bool stale(Time taken_at, const GuardOptions& options) {
    return options.now - taken_at > options.max_age;
}

// Why a side is not believed; empty: it is.
std::string doubt_of_panel(
    const ServerPlan& plan, const PlanFacts& facts, const GuardOptions& options
) {
    const DesiredSnapshot& desired = facts.snapshot;
    const LedgerServer* known = facts.ledger.server(plan.server);
    const DesiredServer* server = desired.server(plan.server);
    if (!desired.complete) {
        return "The reading of the panel is incomplete: " + desired.incomplete_reason;
    }
    if (stale(desired.taken_at, options)) {
        return "The reading of the panel is from " + format_time(desired.taken_at);
    }
    if (is_older(desired.mark, facts.ledger.panel().mark)) {
        return "The panel's data is older than what was seen before (a replica that lags, or a "
               "backup; if it is meant to be so, `resume --accept-panel` says it)";
    }
    if (server == nullptr || server->accounts.size() == 0 || desired.items.empty()) {
        return "The panel shows no items of this server";
    }
    if (facts.actual.narrow) {
        return known != nullptr ? known->panel_doubt : std::string();
    }
    if (known != nullptr && shrank(plan.desired_accounts, known->judged_desired, options)) {
        return fmt::format(
            "The panel's items of this server shrank from {} to {}",
            known->judged_desired,
            plan.desired_accounts
        );
    }
    return {};
}

std::string doubt_of_cloud(
    const ActualSnapshot& actual, const LedgerServer* known, const GuardOptions& options
) {
    if (!actual.complete) {
        return "The reading of the cloud is incomplete: " + actual.incomplete_reason;
    }
    if (stale(actual.taken_at, options)) {
        return "The reading of the cloud is from " + format_time(actual.taken_at);
    }
    if (actual.narrow) {
        // Single accounts say nothing of the whole: what was last said of it stands.
        return known != nullptr ? known->cloud_doubt : std::string();
    }
    if (actual.accounts.size() == 0) {
        return "The cloud shows no accounts at all, not even our own";
    }
    if (known != nullptr && shrank(actual.accounts.size(), known->judged_actual, options)) {
        return fmt::format(
            "The cloud's accounts shrank from {} to {}",
            known->judged_actual,
            actual.accounts.size()
        );
    }
    return {};
}

// The cloud has shown in this pass that it is the one of our accounts.
bool shows_itself(const PlanFacts& facts, ServerId server) {
    const LedgerServer* known = facts.ledger.server(server);
    const auto shown = facts.identities.find(server);
    return known != nullptr && !known->identity.empty() && shown != facts.identities.end() &&
           shown->second == known->identity;
}

// Ours that are wanted and gone, those as well that a narrow plan leaves out. None, when a whole
// reading has found all of them again.
std::set<ItemId> absent_accounts(const ServerPlan& plan, const PlanFacts& facts) {
    const Ledger& ledger = facts.ledger;
    std::set<ItemId> absent = missing_accounts(ledger, plan.server);
    for (const Drift& drift : plan.drift) {
        const LedgerItem* item = ledger.item(drift.item);
        if (has(drift.mask(), DriftField::kMissing) && item != nullptr && owns(*item) &&
            item->server == plan.server) {
            absent.insert(drift.item);
        }
    }
    const auto there = [&](ItemId id) {
        return facts.actual.accounts.find(login_key(ledger.item(id)->login)) != ActualTable::npos;
    };
    if (!facts.actual.narrow && std::ranges::all_of(absent, there)) {
        absent.clear();
    }
    return absent;
}

bool owned_by(const LedgerItem* item, const Action& action) {
    return item != nullptr && owns(*item) && item->server == action.server &&
           login_key(item->login) == login_key(action.login);
}

}  // namespace

bool shrank(std::uint64_t now, std::uint64_t before, const GuardOptions& options) {
    return before >= options.shrink_from &&
           static_cast<double>(now) < static_cast<double>(before) * (1.0 - options.max_shrink);
}

bool allowed(Policy policy, const Action& action) {
    if (policy == Policy::kSync) {
        return true;
    }
    switch (action.kind) {
        case ActionKind::kAdopt:
        case ActionKind::kMakeGroup:  // goes with what needs it
        case ActionKind::kCreate:
        case ActionKind::kSetPassword:
            return policy != Policy::kObserve;
        case ActionKind::kEnable:
        case ActionKind::kSetQuota:
        case ActionKind::kSetEmail:
        case ActionKind::kSetName:
        case ActionKind::kAddGroup:
        case ActionKind::kRemoveGroup:
            return policy == Policy::kUpsertOnly;
        case ActionKind::kDisable:
            return policy == Policy::kUpsertOnly && !action.closing;
        case ActionKind::kDelete:
            return false;
    }
    return false;
}

// What its servers' admins may expect of it, whatever the action.
std::string_view bounds_of(Policy policy) {
    switch (policy) {
        case Policy::kObserve:
            return "only looks";
        case Policy::kCreateOnly:
            return "only creates and adopts accounts";
        case Policy::kUpsertOnly:
            return "does not close or delete accounts";
        case Policy::kSync:
            break;
    }
    return "allows everything";
}

ServerPlan apply_policy(ServerPlan plan, Policy policy) {
    plan.policy = policy;
    hold_actions(plan, [&](const Action& action) -> std::optional<Hold> {
        if (allowed(policy, action)) {
            return std::nullopt;
        }
        return Hold(
            action.item,
            action.server,
            HoldCode::kPolicy,
            fmt::format("server {}", action.server.value),
            fmt::format("The policy {} of this server {}.", to_string(policy), bounds_of(policy)),
            "Set the policy of this server to one that allows it, when you trust the plan."
        );
    });
    return plan;
}

ServerPlan guard_protected(ServerPlan plan, const ActualSnapshot& actual) {
    const std::string own = login_key(actual.own_login);
    hold_actions(plan, [&](const Action& action) -> std::optional<Hold> {
        const std::string key = login_key(action.login);
        const std::size_t at = actual.accounts.find(key);
        const auto held = [&](HoldCode code, const char* detail) {
            return Hold(
                action.item,
                action.server,
                code,
                "account " + action.login,
                detail,
                "Give the item another login in the panel."
            );
        };
        if (!own.empty() && key == own) {
            return held(HoldCode::kProtected, "This is the account that we log in with.");
        }
        if (at == ActualTable::npos) {
            return std::nullopt;
        }
        const std::uint16_t flags = actual.accounts.record(at).flags;
        if ((flags & ActualTable::kAdmin) != 0) {
            return held(HoldCode::kProtected, "The account is an administrator of the cloud.");
        }
        if ((flags & ActualTable::kLocalBackend) == 0) {
            return held(HoldCode::kForeignBackend, "The account lives in a foreign backend.");
        }
        return std::nullopt;
    });
    return plan;
}

ServerPlan guard_ownership(ServerPlan plan, const Ledger& ledger) {
    std::unordered_set<ItemId> claims;
    for (const Action& action : plan.actions) {
        if (action.kind == ActionKind::kAdopt || action.kind == ActionKind::kCreate) {
            claims.insert(action.item);
        }
    }
    hold_actions(plan, [&](const Action& action) -> std::optional<Hold> {
        const bool claim = action.kind == ActionKind::kAdopt || action.kind == ActionKind::kCreate;
        const LedgerItem* item = ledger.item(action.item);
        if (item != nullptr && item->unproved && takes_away(action)) {
            return Hold(
                action.item,
                action.server,
                HoldCode::kNotOurs,
                "account " + action.login,
                "Newer events were lost with the event store, and nothing shows since then that "
                "this account is still the item's.",
                "Look whose account it is; if it is the item's, take it away by hand."
            );
        }
        bool fine = owned_by(item, action);
        if (!fine && claim) {
            // A create may take the login of an account of another item that is gone; an adoption
            // may not take an account that stands, but from the one that hands it over.
            const LedgerItem* other = ledger.owner_of(action.server, login_key(action.login));
            fine = other == nullptr || other->item == action.item ||
                   action.value == std::to_string(other->item.value) ||
                   (action.kind == ActionKind::kCreate && other->in_doubt.empty());
        } else if (!fine) {
            fine = claims.contains(action.item);
        }
        if (fine) {
            return std::nullopt;
        }
        return Hold(
            action.item,
            action.server,
            HoldCode::kNotOurs,
            "account " + action.login,
            "The account is not one that we created or adopted for this item.",
            fmt::format(
                "Give the item another login, or say that the account is its own by "
                "`bill-nextcloud adopt --item {}`.",
                action.item.value
            )
        );
    });
    return plan;
}

ServerPlan guard_absent(ServerPlan plan, const PlanFacts& facts, const GuardOptions& options) {
    const Ledger& ledger = facts.ledger;
    const auto accepted = [&](ItemId item) { return ledger.item(item)->absence_accepted; };
    const auto anew = [&](const Action& action) {
        return action.kind == ActionKind::kCreate && owned_by(ledger.item(action.item), action) &&
               !accepted(action.item);
    };
    const bool shown = shows_itself(facts, plan.server);
    if (shown && std::ranges::none_of(plan.actions, anew)) {
        return plan;
    }
    std::set<ItemId> absent = absent_accounts(plan, facts);
    const std::uint64_t owned = ledger.owned_count(plan.server);
    std::set<ItemId> none = absent;
    for (const Drift& drift : plan.aside) {
        if (has(drift.mask(), DriftField::kMissing)) {
            none.insert(drift.item);
        }
    }
    std::erase_if(absent, accepted);
    Absence absence{owned, none.size(), absent.size()};
    if (!is_doubtful(absence, options)) {
        return plan;
    }
    if (!facts.actual.narrow) {
        // Told is also what is held for its row, and not planned for: it is gone all the same.
        const Absence whole = absence_in(facts.actual, plan.server, ledger);
        absence.absent = std::max(absence.absent, whole.absent);
    }
    if (!shown) {
        plan.gone.clear();  // what is not there says nothing of our cloud
        plan.aside.clear();
    }
    hold_for_server(
        plan,
        [&](const Action& action) { return !shown || anew(action); },
        HoldCode::kIncompleteSnapshot,
        to_text(absence, shown),
        "Look at the cloud. If it is the right one and they are really gone, say so by " +
            accept_command(plan) + ": they are made anew, without files, with new passwords."
    );
    return plan;
}

ServerPlan guard_snapshots(ServerPlan plan, const PlanFacts& facts, const GuardOptions& options) {
    plan.panel_doubt = doubt_of_panel(plan, facts, options);
    plan.cloud_doubt = doubt_of_cloud(facts.actual, facts.ledger.server(plan.server), options);
    if (plan.panel_doubt.empty() && plan.cloud_doubt.empty()) {
        return plan;
    }
    plan.gone.clear();  // what was sold there may be there still
    const bool of_cloud = !plan.cloud_doubt.empty();
    hold_for_server(
        plan,
        // An account that a doubtful reading of the cloud lacks may well be there, and a service
        // that is closed in a doubtful reading of the panel keeps what it has.
        [of_cloud](const Action& action) {
            return takes_away(action) || takes_over(action) ||
                   (of_cloud && action.kind == ActionKind::kCreate);
        },
        HoldCode::kIncompleteSnapshot,
        (of_cloud ? plan.cloud_doubt : plan.panel_doubt) + ".",
        "It is read again with the next pass; if this stays, look at the side that is named. If it "
        "is right as it is, say so with " +
            accept_command(plan) + "."
    );
    return plan;
}

namespace {

constexpr const char* kStoppedRemedy =
    "Look at `bill-nextcloud plan`; approve exactly what waits if it is right (`bill-nextcloud "
    "approve`), or mend the panel if it is not.";

// While the clock of this host is in doubt, nothing is done that ends in a deletion. Suspensions go
// on: the panel's rows ask for them, no clock of ours does, and they are taken back by one call.
ServerPlan guard_clock(ServerPlan plan, const Ledger& ledger, Time now) {
    if (!clock_in_doubt(ledger, plan.server, now)) {
        return plan;
    }
    hold_for_server(
        plan,
        ends_in_deletion,
        HoldCode::kClock,
        "The clock of this host went back: until it has gone on for service.clock_grace, nothing "
        "is closed or deleted.",
        "Set the clock right. Then wait, or say " + accept_command(plan) + "."
    );
    return plan;
}

// Nothing is done while the panel is in maintenance, nor on a server that an operator paused,
// itself or with everything.
ServerPlan guard_pauses(ServerPlan plan, const Ledger& ledger, Time now) {
    if (const std::optional<Pause>& maintenance = ledger.panel().maintenance) {
        hold_for_server(
            plan,
            [](const Action&) { return true; },
            HoldCode::kMaintenance,
            "The panel is in maintenance " + to_text(*maintenance) + ".",
            kMaintenanceRemedy
        );
        return plan;
    }
    const Pause* pause = pause_over(ledger, plan.server, now);
    if (pause != nullptr) {
        const bool all = in_force(ledger.panel().paused, now);
        hold_for_server(
            plan,
            [](const Action&) { return true; },
            HoldCode::kPaused,
            fmt::format(
                "An operator paused {} {}.", all ? "everything" : "this server", to_text(*pause)
            ),
            fmt::format(
                "Say `bill-nextcloud resume {}` when it shall go on.",
                all ? "--all" : fmt::format("--server {}", plan.server.value)
            )
        );
    }
    return plan;
}

// What may not be done at this time of the day, or on this day, waits for its time.
ServerPlan guard_windows(ServerPlan plan, const GuardOptions& options) {
    for (const bool destructive : {false, true}) {
        const auto why = closed_to(options.windows, destructive, options.now, options.zone_offset);
        if (why) {
            hold_for_server(
                plan,
                [destructive](const Action& action) { return takes_away(action) == destructive; },
                HoldCode::kWindow,
                fmt::format("It is not the time for this: {}.", *why),
                "Nothing to do: it is done in its time (`windows` in the configuration)."
            );
        }
    }
    return plan;
}

Hold hold_of(const Setback& setback, const Action& action) {
    Hold hold(
        action.item,
        action.server,
        HoldCode::kBackoff,
        "account " + action.login,
        setback.what.empty() ? "The last attempt failed."
                             : "The last attempt failed: " + setback.what,
        "Nothing to do: it is tried again later."
    );
    if (setback.parked) {
        hold.code = HoldCode::kParked;
        hold.detail = fmt::format(
            "It failed {:# time|# times} since {} and is not tried again by itself. {}",
            Plural(setback.failures),
            format_time(setback.since),
            hold.detail
        );
        hold.remedy = fmt::format(
            "Mend what is named, then say `bill-nextcloud replay {}`.", action.item.value
        );
    } else if (setback.refused) {
        hold.code = HoldCode::kRefused;
        hold.remedy = fmt::format(
            "Change what the cloud refuses; it is tried again later, or at once by "
            "`bill-nextcloud replay {}`.",
            action.item.value
        );
    }
    return hold;
}

// What failed, and what waits for it, until its next attempt is due. What a person changed since is
// not what was refused.
ServerPlan guard_backoff(ServerPlan plan, const Ledger& ledger, const GuardOptions& options) {
    std::set<std::pair<ItemId, ActionKind>> asked_anew;
    std::set<ItemId> lacking;  // items whose group is still to be made
    for (const Action& action : plan.actions) {
        if (action.kind == ActionKind::kMakeGroup) {
            lacking.insert(action.item);
        }
        const LedgerItem* item = ledger.item(action.item);
        const Setback* setback = item != nullptr ? item->setback(action.kind) : nullptr;
        // A suspension does not wait for what failed with what was to be sold before.
        const bool suspends = action.harm == Harm::kDisable;
        if (setback != nullptr && (setback->refused || setback->parked || suspends) &&
            setback->since != Time{} && setback->asked != asked_of(action)) {
            asked_anew.emplace(action.item, action.kind);
        }
    }
    hold_actions(plan, [&](const Action& action) -> std::optional<Hold> {
        const LedgerItem* item = ledger.item(action.item);
        if (item == nullptr) {
            return std::nullopt;
        }
        const auto found = std::ranges::find_if(item->setbacks, [&](const Setback& setback) {
            const bool waits = setback.parked ||
                               (setback.next_attempt_at && *setback.next_attempt_at > options.now);
            const bool cured =
                setback.kind == ActionKind::kMakeGroup && !lacking.contains(action.item);
            return waits && !cured && waits_for(action.kind, setback.kind) &&
                   !asked_anew.contains({action.item, setback.kind});
        });
        return found == item->setbacks.end() ? std::nullopt
                                             : std::optional(hold_of(*found, action));
    });
    return plan;
}

// Why all that does this harm waits; nothing: it may be done. Deletes that were too many at once
// wait until a person has said so of those that are left: one that is taken back lets no others go.
std::optional<std::string> too_much(
    const ServerPlan& plan,
    Harm harm,
    const LedgerServer* known,
    const Ledger& ledger,
    const GuardOptions& options
) {
    const auto count =
        static_cast<std::uint64_t>(std::ranges::count_if(plan.actions, [harm](const Action& a) {
            return counts_as(a.harm, harm);
        }));
    if (count == 0) {
        return std::nullopt;
    }
    auto why = over_limit(ledger, plan.server, harm, count, options.now, options.limits);
    if (!why && harm == Harm::kDelete && is_stopped(known, harm)) {
        why = fmt::format("{} are left of deletes that were too many at once", count);
    }
    return why;
}

// Of one kind of harm all waits, if it is too much; what gives, heals or resumes goes on.
std::vector<std::string> hold_too_much(
    ServerPlan& plan, const LedgerServer* known, const Ledger& ledger, const GuardOptions& options
) {
    std::vector<std::string> reasons;
    for (const Harm harm : kAllHarms) {
        std::optional<std::string> why = too_much(plan, harm, known, ledger, options);
        if (why) {
            hold_for_server(
                plan,
                [harm](const Action& action) { return counts_as(action.harm, harm); },
                HoldCode::kBlastRadius,
                "It waits for an approval: " + *why + ".",
                kStoppedRemedy
            );
            plan.stopped_harms.push_back(harm);
            reasons.push_back(*std::move(why));
        }
    }
    return reasons;
}

// While what a plan of the whole server takes away waits for its approval, nothing of its kind may
// go through item by item.
void hold_what_waits(ServerPlan& plan, const LedgerServer* known) {
    hold_for_server(
        plan,
        [known](const Action& action) { return is_stopped(known, action.harm); },
        HoldCode::kBlastRadius,
        "It waits for an approval, with what the plan of the whole server takes away.",
        kStoppedRemedy
    );
}

// What is too much waits, unless exactly these actions were approved: those count against no limit.
// A narrow plan stages nothing: the next one of the whole server does.
ServerPlan guard_limits(
    ServerPlan plan, const ActualSnapshot& actual, const Ledger& ledger, const GuardOptions& options
) {
    const LedgerServer* known = ledger.server(plan.server);
    if (actual.narrow) {
        hold_what_waits(plan, known);
        hold_too_much(plan, known, ledger, options);
        plan.stopped_harms.clear();
        return plan;
    }
    ServerPlan judged = plan;
    const std::vector<std::string> reasons = hold_too_much(judged, known, ledger, options);
    if (reasons.empty()) {
        return judged;
    }
    const ServerPlan staged = judged.staged();
    const std::string sum = options.checksum ? options.checksum(staged) : staged.canonical_text();
    if (sum == options.approved_plan || is_approved(known, sum, options.now)) {
        for (Action& action : plan.actions) {
            const auto same = [&action](const Action& other) {
                return other.item == action.item && other.harm == action.harm &&
                       other.value == action.value;
            };
            action.approved = std::ranges::any_of(staged.actions, same);
        }
        return plan;
    }
    judged.stopped = fmt::format("{}", fmt::join(reasons, "; "));
    judged.stopped_remedy = kStoppedRemedy;
    return judged;
}

}  // namespace

ServerPlan apply_guards(ServerPlan plan, const PlanFacts& facts, const GuardOptions& options) {
    plan = guard_pauses(std::move(plan), facts.ledger, options.now);
    plan = guard_windows(std::move(plan), options);
    plan = guard_protected(std::move(plan), facts.actual);
    plan = guard_backoff(std::move(plan), facts.ledger, options);
    plan = guard_snapshots(std::move(plan), facts, options);
    plan = guard_clock(std::move(plan), facts.ledger, options.now);
    plan = guard_absent(std::move(plan), facts, options);
    plan = guard_ownership(std::move(plan), facts.ledger);
    return guard_limits(std::move(plan), facts.actual, facts.ledger, options);
}

ServerPlan make_server_plan(const PlanFacts& facts, const PlanOptions& options) {
    ServerPlan plan = apply_policy(diff(facts, options.diff), options.policy);
    return apply_guards(std::move(plan), facts, options.guards);
}

}  // namespace bn
