#include "reconciler/decide/action.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "reconciler/plan/claims.hpp"

namespace bn {

namespace {

Error changed(std::string what) {
    return Error(
        NextMove::kRedoPass, "executor.changed", std::move(what), "the next pass decides anew"
    );
}

bool took_effect(OutcomeKind kind) {
    return kind == OutcomeKind::kDone || kind == OutcomeKind::kAlreadySo;
}

// By the ledger.
bool has_account(const LedgerItem* known, const Action& action) {
    return known != nullptr && owns(*known) && known->server == action.server &&
           login_key(known->login) == login_key(action.login);
}

// A cut below what is used is one of the smaller quotas as well: of each limit, as the plan is.
std::optional<std::string> over_action_limit(
    const Ledger& ledger,
    const Action& action,
    Time now,
    const ActionRules& rules,
    std::span<const HarmToCome> to_come
) {
    for (const Harm harm : kAllHarms) {
        if (counts_as(action.harm, harm)) {
            auto why = over_limit(ledger, action.server, harm, 1, now, rules.limits, to_come);
            if (why) {
                return why;
            }
        }
    }
    return std::nullopt;
}

// What the ledger says now.
std::optional<Error> overtaken(
    const Ledger& ledger,
    const Action& action,
    Time now,
    const ActionRules& rules,
    const JustRead& just_read
) {
    const LedgerItem* known = ledger.item(action.item);
    if (known != nullptr && known->in_doubt.size() > just_read.joined) {
        return changed("another call about " + action.login + " is on its way or in doubt");
    }
    if (const std::optional<Pause>& maintenance = ledger.panel().maintenance) {
        return changed(
            "the panel is in maintenance since the plan was made: " + maintenance->reason
        );
    }
    if (const Pause* pause = pause_over(ledger, action.server, now)) {
        return changed("an operator paused it since the plan was made: " + pause->reason);
    }
    if (const auto why = closed_to(rules.windows, takes_away(action), now, rules.zone_offset)) {
        return changed("it may not be done at this time: " + *why);
    }
    if (known != nullptr && in_force(known->paused, now)) {
        return changed("the item was paused since the plan was made");
    }
    if (known != nullptr && ends_in_deletion(action) && in_force(known->kept, now)) {
        return changed("an operator said since the plan was made that its account is kept");
    }
    if (action.kind == ActionKind::kAdopt || action.kind == ActionKind::kCreate ||
        action.kind == ActionKind::kMakeGroup) {
        return std::nullopt;
    }
    if (!has_account(known, action)) {
        return changed("the account " + action.login + " is not ours, or not any more");
    }
    if (action.harm != Harm::kNone && !action.approved) {
        if (std::optional<std::string> why =
                over_action_limit(ledger, action, now, rules, just_read.to_come)) {
            return changed("a limit was reached since the plan was made: " + *why);
        }
    }
    if (ends_in_deletion(action) && clock_in_doubt(ledger, action.server, now)) {
        return changed("the clock of this host went back since the plan was made");
    }
    if (action.kind == ActionKind::kDelete &&
        retention_left(*known, ledger.server(known->server), now, rules.retention)
                .value_or(Duration::max()) > Duration{0}) {
        return changed("the retention of the account " + action.login + " has not ended");
    }
    return std::nullopt;
}

// What takes away; and what makes an account: one that a list missed would pass for it, should the
// answer be lost.
bool needs_a_look(const Action& action) {
    return destructive(action.kind) || action.kind == ActionKind::kCreate ||
           action.harm == Harm::kDisable;
}

// What the cloud says now.
std::optional<Error> contradicted(const Action& action, const Look& found) {
    if (!found) {
        return std::nullopt;  // gone already: the call will say so, and nothing is lost
    }
    if (action.kind == ActionKind::kCreate) {
        return changed("the account " + action.login + " is there: the list missed it");
    }
    if (found->admin || !found->local_backend || !found->details_known) {
        return changed(
            "the account " + action.login +
            " was read again just before and is now protected or not fully readable"
        );
    }
    if (action.kind == ActionKind::kDelete && found->enabled) {
        return changed(
            "the account " + action.login + " was to be deleted but somebody has enabled it again"
        );
    }
    return std::nullopt;
}

// When somebody last logged in tells a closed account from another one of its name. It is recorded
// with the closing; a delete needs the same again.
std::optional<Error> look_at_last_login(
    const Ledger& ledger, const Action& action, const Look& found, std::vector<Event>& events
) {
    if (!action.closing || !found) {
        return std::nullopt;
    }
    const bool deletes = action.kind == ActionKind::kDelete;
    if (!found->last_login) {
        return deletes
                   ? std::optional(Error(
                         Concern::kItem,
                         NextMove::kHuman,
                         "ocs.last_login",
                         "the cloud does not say when somebody last logged into " + action.login +
                             ", so that nothing shows that it is the account "
                             "that was closed",
                         "look whose account it is, and remove it by hand if it is not needed"
                     ))
                   : std::nullopt;
    }
    const LedgerItem* known = ledger.item(action.item);
    const bool same = known != nullptr && known->last_used == found->last_login;
    if (same) {
        return std::nullopt;
    }
    events.emplace_back(AccountLastUsed{
        action.item, action.server, action.login, *found->last_login});
    if (known != nullptr && used_since_closed(*known, *found->last_login)) {
        return changed(fmt::format(
            "somebody has logged into the account {} since it was closed, or another one has its "
            "name",
            action.login
        ));
    }
    return deletes ? std::optional(changed(
                         "nothing shows that the account " + action.login +
                         " is the one that was closed; its retention begins anew"
                     ))
                   : std::nullopt;
}

// Whether an account is what a create of ours asked for. While our call had no answer, somebody
// else may have made the login.
enum class Made : std::uint8_t {
    kAsAsked,
    kUnfinished,  // so far as it is made; a plain account of a stranger looks like it
    kOther,
};

Made made_of(const OwnedActualAccount& found, const Action& create) {
    // A cloud makes accounts that work: one that is closed was there before.
    if (!create.create || found.admin || !found.local_backend || !found.enabled ||
        login_key(found.login) != login_key(create.login)) {
        return Made::kOther;
    }
    const CreateFields& asked = *create.create;
    const bool quota = same_meaning(canonical(asked.quota), found.quota);
    const bool email = compare_logins(asked.email, found.email) == std::strong_ordering::equal;
    const std::vector<std::string> groups =
        asked.group.empty() ? std::vector<std::string>() : std::vector{asked.group};
    const bool named = found.display_name.empty() || found.display_name == create.login ||
                       found.display_name == asked.display_name;
    const bool no_more = (quota || !found.quota.is_bytes()) && (email || found.email.empty()) &&
                         (found.groups.empty() || found.groups == groups) && named;
    if (!no_more) {
        return Made::kOther;
    }
    return quota && email && found.groups == groups ? Made::kAsAsked : Made::kUnfinished;
}

// The item that an adoption takes the account from; nothing: from nobody.
std::optional<ItemId> handed_over_by(const Action& adoption) {
    std::uint32_t item = 0;
    const char* const end = adoption.value.data() + adoption.value.size();
    const auto [stop, error] = std::from_chars(adoption.value.data(), end, item);
    return error == std::errc() && stop == end ? std::optional(ItemId(item)) : std::nullopt;
}

// Our account was gone when it was to be made anew, and the one of its name that is there now is
// not what we asked for: it is somebody else's until a person says otherwise.
void say_name_taken(const Ledger& ledger, const Action& create, std::vector<Event>& events) {
    const LedgerItem* known = ledger.item(create.item);
    if (known != nullptr && owns(*known)) {
        events.emplace_back(AccountFoundGone{
            create.item,
            create.server,
            create.login,
            "the account was gone, and the one of its name that is there now was not made by us"});
    }
}

// A login is free when an account is made under it: what others of our items had there is gone.
void end_former_owners(const Ledger& ledger, const Action& create, std::vector<Event>& events) {
    const std::string key = login_key(create.login);
    for (const ServerId server : servers_of_cloud(DesiredSnapshot(), ledger, create.server)) {
        if (const LedgerItem* former = ledger.owner_of(server, key, create.item)) {
            events.emplace_back(AccountFoundGone{
                former->item,
                server,
                former->login,
                fmt::format(
                    "it was gone, or the one of its name could not have been made for item {}",
                    create.item.value
                )});
        }
    }
}

// A create that made nothing of ours, whatever the cloud calls it.
std::optional<Error> made_nothing(const Action& action, const Outcome& outcome) {
    if (action.kind != ActionKind::kCreate) {
        return std::nullopt;
    }
    if (outcome.kind == OutcomeKind::kDone && !outcome.login.empty() &&
        login_key(outcome.login) != login_key(action.login)) {
        return Error(
            Concern::kItem,
            NextMove::kHuman,
            "ocs.other_login",
            "the cloud was asked to make the account " + action.login + " and says that it made " +
                outcome.login + ": nothing of it is taken for ours",
            "look at both accounts in the cloud, and for what rewrites requests or logins there"
        );
    }
    if (outcome.kind == OutcomeKind::kAlreadySo) {
        // Somebody else made it since we looked: not ours.
        return Error(
            Concern::kItem,
            NextMove::kHuman,
            "ocs.exists",
            "an account named " + action.login + " exists already and was not made by us",
            "rename or remove it in the cloud, or give the item another login"
        );
    }
    return std::nullopt;
}

ActionSucceeded success(const PendingAction& intent, const Outcome& outcome, Time until) {
    const Action& action = intent.action;
    const bool retained = action.kind == ActionKind::kDisable && action.closing;
    return {
        .action_id = intent.action_id,
        .item = action.item,
        .server = action.server,
        .kind = action.kind,
        .login = outcome.login.empty() ? action.login : outcome.login,
        .detail = outcome.detail,
        .retained_until = retained ? std::optional(until) : std::nullopt};
}

ActionFailed failure(const PendingAction& intent, const Error& error) {
    return {
        .action_id = intent.action_id,
        .item = intent.action.item,
        .server = intent.action.server,
        .kind = intent.action.kind,
        .move = error.move,
        .code = error.code,
        .what = error.text(),
        .next_attempt_at = {}};
}

// Of this action, with what it asks for.
std::uint32_t failures_before(const Ledger& ledger, const Action& action) {
    const LedgerItem* known = ledger.item(action.item);
    const Setback* setback = known != nullptr ? known->setback(action.kind) : nullptr;
    const bool same =
        setback != nullptr && (setback->asked.empty() || setback->asked == asked_of(action));
    return same ? setback->failures : 0;
}

Duration retention_of(const Moment& at, const Action& action, const ActionRules& rules) {
    const LedgerItem* known = at.ledger.item(action.item);
    return known != nullptr ? rules.retention.of(*known) : rules.retention.usual;
}

Error no_effect_of(const DoubtResolved& verdict) {
    const bool seen = verdict.kind != ActionKind::kMakeGroup;
    return Error(
        NextMove::kRetryCall,
        "executor.no_effect",
        seen ? fmt::format(
                   "its call had no sure answer, and a look shows no effect: {}", verdict.detail
               )
             : std::string("its call had no sure answer")
    );
}

// It failed at `when`, and waits: the longer, the more often in a row.
void say_failed(
    const Ledger& ledger,
    Time when,
    const PendingAction& intent,
    const Error& error,
    const ActionRules& rules,
    std::vector<Event>& events
) {
    const Action& action = intent.action;
    const bool limited = error.concern == Concern::kActionKind;
    ActionFailed failed = failure(intent, error);
    std::optional<ItemParked> parked;
    if (action.kind != ActionKind::kSetPassword) {
        // The password that the create carried is the same one: nothing waits for it.
        const std::uint32_t failures = failures_before(ledger, action) + 1;
        const Duration delay = backoff_delay(failures, action.item.value, rules.backoff);
        failed.next_attempt_at = when + (limited && error.wait ? *error.wait : delay);
        if (rules.tries != 0 && failures >= rules.tries && !limited) {
            parked.emplace(ItemParked{
                action.item, action.server, action.kind, failed.code, failed.what, failures});
        }
    }
    events.emplace_back(std::move(failed));
    if (parked) {
        events.emplace_back(*std::move(parked));
    }
}

}  // namespace

ActionStart start_action(
    const Ledger& ledger,
    const PendingAction& intent,
    const JustRead& just_read,
    const ActionRules& rules
) {
    const Action& action = intent.action;
    ActionStart start;
    const LedgerServer* server = ledger.server(action.server);
    if (server != nullptr && action.kind != ActionKind::kAdopt) {
        start.wait =
            attempt_wait(server->attempts, just_read.starting, intent.intended_at, rules.pace);
    }
    if (start.wait > Duration{0}) {
        start.move = StartMove::kWait;
        return start;
    }
    std::optional<Error> late = overtaken(ledger, action, intent.intended_at, rules, just_read);
    if (!late && action.kind == ActionKind::kDelete) {
        if (just_read.panel == nullptr) {
            start.move = StartMove::kPanel;
            return start;
        }
        if (std::optional<std::string> why = still_wanted(*just_read.panel, ledger, action)) {
            late = changed("the account " + action.login + " was to be deleted, but " + *why);
        }
    }
    if (!late && needs_a_look(action)) {
        if (just_read.account == nullptr) {
            start.move = StartMove::kLook;
            return start;
        }
        late = contradicted(action, *just_read.account);
        if (!late) {
            late = look_at_last_login(ledger, action, *just_read.account, start.events);
        }
    }
    if (late) {
        start.error = *std::move(late);
        return start;
    }
    if (action.kind == ActionKind::kAdopt) {
        start.move = StartMove::kRecord;
        start.events = decide_adoption(action);
        return start;
    }
    start.move = StartMove::kCall;
    start.secret_ref = action.kind == ActionKind::kCreate ? intent.action_id : "";
    start.events.emplace_back(ActionIntended{intent.action_id, action, start.secret_ref});
    return start;
}

std::vector<Event> not_looked_at(
    const Moment& at, const PendingAction& intent, const Error& error, const ActionRules& rules
) {
    std::vector<Event> events;
    if (error.concern != Concern::kServer) {
        say_failed(at.ledger, at.now, intent, error, rules, events);
    }
    return events;
}

Outcome seen_after_delete(Outcome outcome, const Action& action, const Result<Look>& found) {
    if (!found) {
        return {OutcomeKind::kUnknown, found.error()};
    }
    if (!*found) {
        return outcome;
    }
    return {
        OutcomeKind::kUnknown,
        Error(
            Concern::kItem,
            NextMove::kRedoPass,
            "ocs.not_deleted",
            "the cloud said that the account " + action.login +
                " was deleted, and it is still there",
            "look at the cloud's log, and for what answers in its place"
        )};
}

ActionEnd finish_action(
    const Moment& at, const PendingAction& intent, const Outcome& outcome, const ActionRules& rules
) {
    const Action& action = intent.action;
    ActionEnd end;
    end.counted = outcome.kind;
    Error error = outcome.error;
    if (std::optional<Error> why = made_nothing(action, outcome)) {
        end.counted = OutcomeKind::kRefused;
        error = *std::move(why);
    }
    if (end.counted == OutcomeKind::kUnknown) {
        end.move = OutcomeMove::kLook;
        end.begun = outcome.begun;
        end.failure = std::move(error);
        return end;
    }
    if (took_effect(end.counted)) {
        end.move = OutcomeMove::kNext;
        ActionSucceeded done = success(intent, outcome, at.now + retention_of(at, action, rules));
        std::string login = done.login;
        end.events.emplace_back(std::move(done));
        if (action.kind == ActionKind::kCreate) {
            end_former_owners(at.ledger, action, end.events);
            end.events.emplace_back(AccountCreated{
                action.item, action.server, std::move(login), outcome.detail});
        }
        return end;
    }
    const bool limited = error.concern == Concern::kActionKind;
    say_failed(at.ledger, at.now, intent, error, rules, end.events);
    if (outcome.kind == OutcomeKind::kAlreadySo) {
        say_name_taken(at.ledger, action, end.events);
    }
    end.forget_secret = action.kind == ActionKind::kCreate;
    end.move = limited ? OutcomeMove::kDefer : OutcomeMove::kOthers;
    if (!limited) {
        end.failure = std::move(error);
    }
    return end;
}

Event intent_of(const PendingAction& again) {
    return ActionIntended{again.action_id, again.action, again.secret_ref};
}

DoubtEnd settle_doubt(
    const Moment& at,
    const PendingAction& pending,
    const Look& found,
    const ActionRules& rules,
    CallHeard heard
) {
    DoubtEnd end;
    const Action& intended = pending.action;
    const LedgerItem* known = at.ledger.item(intended.item);
    if (known == nullptr) {
        end.settled = true;
        return end;
    }
    const bool unreadable = found && !found->details_known;  // proves nothing
    DoubtResolved verdict = resolve_doubt(pending, found, heard);
    // A create that is still under way makes the account first and its fields one by one.
    const bool under_way = !found || made_of(*found, intended) != Made::kOther;
    const bool early = intended.kind == ActionKind::kCreate && !verdict.took_effect && under_way &&
                       at.now < pending.intended_at + rules.doubt_grace;
    if (unreadable || early) {
        return end;
    }
    end.settled = true;
    // Once somebody has logged in, the password is the client's own. Of a cloud that is another one
    // by a person's word, nothing shows yet whose account that is.
    const bool created = intended.kind == ActionKind::kCreate && verdict.took_effect;
    const bool still_ours =
        intended.kind == ActionKind::kSetPassword && !known->missed && has_account(known, intended);
    const bool paused =
        in_force(known->paused, at.now) || left_alone(at.ledger, intended.server, at.now);
    const bool again = found && !found->logged_in_before() && !paused &&
                       known->in_doubt.size() <= 1 && (created || still_ours);
    const std::string login = verdict.login;
    if (heard != CallHeard::kNothing && !verdict.took_effect &&
        intended.kind != ActionKind::kSetPassword) {
        say_failed(
            at.ledger, pending.intended_at, pending, no_effect_of(verdict), rules, end.events
        );
    }
    end.took_effect = verdict.took_effect;
    end.events.emplace_back(std::move(verdict));
    if (created) {
        end_former_owners(at.ledger, intended, end.events);
        end.events.emplace_back(AccountCreated{
            intended.item,
            intended.server,
            login,
            heard == CallHeard::kBegun ? "the cloud failed in the middle of its create"
                                       : "its create had no answer; a look found it"});
    } else if (intended.kind == ActionKind::kCreate && found) {
        say_name_taken(at.ledger, intended, end.events);
    }
    if (again && !pending.secret_ref.empty()) {
        end.set_password.emplace(
            ActionKind::kSetPassword, intended.server, intended.item, intended.login
        );
        end.set_password->reason = heard == CallHeard::kBegun
                                       ? "the cloud failed in the middle of its create"
                                       : "the answer to its create was lost";
    }
    return end;
}

std::vector<PendingAction> doubts_of(const Ledger& ledger, ServerId server) {
    std::vector<PendingAction> doubts;
    for (const auto& [id, item] : ledger.items()) {
        for (const PendingAction& pending : item.in_doubt) {
            if (pending.action.server == server) {
                doubts.push_back(pending);
            }
        }
    }
    std::ranges::stable_sort(doubts, {}, [](const auto& pending) { return pending.action.item; });
    return doubts;
}

std::optional<ChangeSeen> change_seen(const OwnedActualAccount& found, const Action& intended) {
    if (!found.details_known) {
        return std::nullopt;
    }
    switch (intended.kind) {
        case ActionKind::kDisable:
        case ActionKind::kEnable:
            return ChangeSeen{
                found.enabled == (intended.kind == ActionKind::kEnable),
                found.enabled ? "the account is enabled" : "the account is disabled"};
        case ActionKind::kSetQuota:
            return ChangeSeen{
                !found.quota.is_unknown() && same_meaning(intended.quota, found.quota),
                "the quota is " + to_string(found.quota)};
        case ActionKind::kSetEmail:
            return ChangeSeen{
                compare_logins(intended.value, found.email) == std::strong_ordering::equal,
                "the e-mail address is '" + found.email + "'"};
        case ActionKind::kSetName:
            return ChangeSeen{
                intended.value == found.display_name,
                "the display name is '" + found.display_name + "'"};
        case ActionKind::kAddGroup:
        case ActionKind::kRemoveGroup: {
            const bool member =
                std::ranges::find(found.groups, intended.value) != found.groups.end();
            return ChangeSeen{
                member == (intended.kind == ActionKind::kAddGroup),
                fmt::format(
                    "the account is {}in the group {}", member ? "" : "not ", intended.value
                )};
        }
        case ActionKind::kAdopt:
        case ActionKind::kMakeGroup:
        case ActionKind::kCreate:
        case ActionKind::kSetPassword:
        case ActionKind::kDelete:
            break;
    }
    return std::nullopt;
}

DoubtResolved resolve_doubt(const PendingAction& pending, const Look& found, CallHeard heard) {
    const Action& intended = pending.action;
    DoubtResolved result{
        .action_id = pending.action_id,
        .item = intended.item,
        .server = intended.server,
        .kind = intended.kind,
        .login = {},
        .detail = {}};
    if (intended.kind == ActionKind::kMakeGroup) {
        result.login = intended.login;
        result.detail =
            "an account does not show which groups there are; it is asked for again "
            "where it is still needed, and one that is there is no fault";
        return result;
    }
    if (!found) {
        result.took_effect = intended.kind == ActionKind::kDelete;
        result.detail = "the account is not there";
        return result;
    }
    result.login = found->login;
    switch (intended.kind) {
        case ActionKind::kAdopt:
        case ActionKind::kCreate: {
            const Made made = made_of(*found, intended);
            const bool begun = made == Made::kUnfinished && heard == CallHeard::kBegun &&
                               found->last_login == Time() && !found->has_files;
            result.took_effect = made == Made::kAsAsked || begun;
            result.detail =
                begun ? "the account is there, so far as the cloud made it before it failed"
                : result.took_effect
                    ? "the account is there, as it was asked for"
                    : "an account of this name is there, not as it was asked for: it is "
                      "not taken for ours";
            return result;
        }
        case ActionKind::kDelete:
            result.detail = "the account is still there";
            return result;
        case ActionKind::kSetPassword:
            result.detail = "a password cannot be seen; it is set again";
            return result;
        default:
            break;
    }
    std::optional<ChangeSeen> seen = change_seen(*found, intended);
    result.took_effect = seen && seen->so;
    result.detail = seen ? std::move(seen->what) : "the cloud gave no details of the account";
    return result;
}

std::vector<Event> decide_gone(
    const Ledger& ledger, ServerId server, const GoneAccount& account, const Look& found
) {
    const LedgerItem* known = ledger.item(account.item);
    if (found || known == nullptr || !owns(*known) || !known->in_doubt.empty() ||
        known->login != account.login) {
        return {};
    }
    return {AccountFoundGone{
        account.item,
        server,
        account.login,
        "the account of the closed item was removed by somebody else"}};
}

std::vector<Event> decide_adoption(const Action& action) {
    std::vector<Event> events;
    if (const std::optional<ItemId> from = handed_over_by(action)) {
        events.emplace_back(AccountHandedOver{*from, action.server, action.login, action.item});
    }
    events.emplace_back(AccountAdopted{action.item, action.server, action.login, action.reason});
    return events;
}

PlanBegun begin_plan(const ServerPlan& plan, std::string checksum) {
    return {plan.server, std::move(checksum), plan.actions.size(), plan.destructive_count()};
}

}  // namespace bn
