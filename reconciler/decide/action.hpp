// One action, from the plan to its outcome: may it still be done, what is recorded before and after
// its call, and what comes next. Pure; every function is told what the shell saw and what time it
// is.
//
// Intent before effect, outcome after: whoever makes the call records `ActionStart::events` durably
// first, and what `finish_action` or `settle_doubt` gives afterwards.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/limits.hpp"
#include "reconciler/plan/windows.hpp"
#include "reconciler/ports/cloud.hpp"
#include "reconciler/retry/backoff.hpp"
#include "reconciler/retry/pace.hpp"

namespace bn {

// What one account is, as a look just now found it; nothing inside: it is certainly not there.
using Look = std::optional<OwnedActualAccount>;

struct ActionRules {
    Retention retention = std::chrono::hours(24 * 14);
    BackoffOptions backoff;
    PaceRules pace;
    // A create that is not to be seen may still be under way: the server goes on after a lost
    // connection. Only after this long is "not there" believed.
    Duration doubt_grace = std::chrono::minutes(1);
    LimitRules limits;
    Windows windows;
    ZoneOffset zone_offset;
    std::uint32_t tries = 0;  // so many failures in a row park an action; 0: never

    ActionRules() = default;
};

// ---- before the call

enum class StartMove : std::uint8_t {
    kPanel,   // read the panel's rows, then ask again with what they say
    kLook,    // read the account, then ask again with what was found
    kWait,    // nothing goes well on this cloud: not before `wait` has passed, or one has
    kCall,    // record the events, then call the cloud
    kRecord,  // record the events: that is all there is to it
    kLeave,   // record the events, if any: it is not done any more; see error
};

struct ActionStart {
    StartMove move = StartMove::kLeave;
    std::vector<Event> events;
    Error error;      // kLeave
    Duration wait{};  // kWait
    // kCall of a create: a new password, sealed under this reference, in the step of the events.
    std::string secret_ref;
};

// What was read just before the call; null: not read yet.
struct JustRead {
    const DesiredSnapshot* panel = nullptr;
    const Look* account = nullptr;
    // Of others, at this moment:
    std::span<const HarmToCome> to_come = {};
    std::size_t starting = 0;  // on the same cloud, and not recorded yet
    std::size_t joined = 0;    // intents of its item that are recorded, and one call with it
};

// Another pass may have been faster than the plan, a client may have paid since, and a list is no
// proof: just before something is taken away, and when an account of ours seems to be gone, the one
// account is read again; before a delete the panel's rows as well. `intent` is of now.
ActionStart start_action(
    const Ledger& ledger,
    const PendingAction& intent,
    const JustRead& just_read,
    const ActionRules& rules
);

// The account could not be looked at before its call: it waits as after a call that failed.
std::vector<Event> not_looked_at(
    const Moment& at, const PendingAction& intent, const Error& error, const ActionRules& rules
);

// ---- after the call

enum class OutcomeMove : std::uint8_t {
    kNext,       // the item's next action
    kOthers,     // it failed: the item's next one that does not wait for it (waits_for)
    kEndOfItem,  // the item's turn ends
    kDefer,      // this kind of action waits for the server's limit of changes
    kLook,       // the effect is unknown: look, then settle_doubt
};

struct ActionEnd {
    OutcomeMove move = OutcomeMove::kEndOfItem;
    std::vector<Event> events;
    std::optional<Error> failure;
    bool forget_secret = false;  // no account was made with it
    bool begun = false;          // kLook: as Outcome::begun
    OutcomeKind counted = OutcomeKind::kUnknown;

    ActionEnd() = default;
};

// A delete that the cloud has confirmed, and what a look says after it: while the account is there,
// or could not be looked at, it is in doubt.
Outcome seen_after_delete(Outcome outcome, const Action& action, const Result<Look>& found);

ActionEnd finish_action(
    const Moment& at, const PendingAction& intent, const Outcome& outcome, const ActionRules& rules
);

// ---- a call in doubt

struct DoubtEnd {
    bool settled = false;      // false: too early to tell, nothing is recorded
    bool took_effect = false;  // it is settled, and as well as an answer that said so
    std::vector<Event> events;
    // Set the sealed password once more (an action of its own with an intent of its own): a create
    // that took effect may have carried it or not, and a set-password cannot be seen.
    std::optional<Action> set_password;
};

// What is known of a call in doubt.
enum class CallHeard : std::uint8_t {
    kNothing,  // the process may have ended before it made it: without effect it is no failure
    kNoWord,   // it was made and had no sure answer
    kBegun,    // see Outcome::begun
};

DoubtEnd settle_doubt(
    const Moment& at,
    const PendingAction& pending,
    const Look& found,
    const ActionRules& rules,
    CallHeard heard = CallHeard::kNoWord
);

// Of the `set_password` that it asks for: recorded with its events.
Event intent_of(const PendingAction& again);

// Whether a change of one field is to be seen in the account, and what is.
struct ChangeSeen {
    bool so = false;
    std::string what;
};

// Nothing: the action changes no field, or the account is not known in detail.
std::optional<ChangeSeen> change_seen(const OwnedActualAccount& found, const Action& intended);

// Every intent without an outcome on this server, oldest item first.
std::vector<PendingAction> doubts_of(const Ledger& ledger, ServerId server);

// An intent in doubt and what a look found. `took_effect` is decided by meaning: a create took
// effect when the account is there as it was asked for, or, if it was begun, so far as it was made.
DoubtResolved resolve_doubt(
    const PendingAction& pending, const Look& found, CallHeard heard = CallHeard::kNoWord
);

// ---- without a call

// The account of a closed item is not there any more: once a look has proved that, the item owns
// nothing, so that a later account of that name is not taken for its own. Empty: no news.
std::vector<Event> decide_gone(
    const Ledger& ledger, ServerId server, const GoneAccount& account, const Look& found
);

// An account that is there becomes ours; of the item that hands it over, if any.
std::vector<Event> decide_adoption(const Action& action);

// A plan is about to be carried out.
PlanBegun begin_plan(const ServerPlan& plan, std::string checksum);

}  // namespace bn
