// What a pass records, and where it is worth looking again. Pure; records only what changed, so
// that a quiet pass over any number of items records nothing but itself.
#pragma once

#include <utility>
#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/retry/pace.hpp"

namespace bn {

struct PassRules {
    Duration longest{};  // no server is left alone for longer by our own choice
    Retention retention = std::chrono::hours(24 * 14);
    Duration clock_grace = std::chrono::hours(24);  // before a clock that went back is trusted
    Duration notice = std::chrono::hours(24 * 3);   // of a deletion, before it
    bool by_hand = false;                           // some fields may be changed by hand
};

// Before anything is done: what was seen that differs from what the ledger says. Of a narrow pass,
// what concerns its items.
std::vector<Event> decide_observed(
    const Moment& at, const Observation& observation, const PassRules& rules
);

// At the end: servers that failed while their plan was carried out, and the pass itself, with what
// it adds to the observed time of each server, and the sizes that the next readings are judged by.
// These grow at once. While a guard doubts a side, its size stays as it is, until a person accepts;
// and they sink once in kSinkEvery of observed time, so that no decay in small steps goes unseen.
std::vector<Event> decide_completed(
    const Moment& at, const PassReport& report, const PassRules& rules
);

inline constexpr Duration kSinkEvery = std::chrono::hours(24);

// The clock has gone `moved` further than the steady one since somebody looked at both.
std::vector<Event> decide_clock(const Moment& at, Duration moved);

// Items to look at again soon, and when: what was changed is proved by a look, what failed is tried
// again after its back-off, what was refused before its call after half a minute, what is in doubt
// the more seldom, the longer. Many changes at once are left to the next full pass.
std::vector<std::pair<ItemId, Time>> looks_after(
    const Moment& at, const PassReport& report, Duration doubt_grace
);

// Single items met a limit, and nothing of their server waits for an approval yet: only a plan of
// the whole server can be approved.
[[nodiscard]] bool wants_staging(const Ledger& ledger, const Observation& seen);

// Items that are due to be looked at, while nothing goes well on their clouds: a look for which no
// call could follow is not made. What never failed comes first.
struct DueLooks {
    std::vector<ItemId> now;
    std::vector<std::pair<ItemId, Time>> later;
};

DueLooks pace_looks(const Moment& at, std::vector<ItemId> due, const PaceRules& rules);

// ---- its parts

// Drift, holds, vanished and reappeared rows, ended retentions of one server's plan (after guards)
// that differ from what the ledger says. Back-off and in-doubt holds are not recorded: their own
// events say it, and so does a pause. Holds by policy (configuration), limits and incomplete
// snapshot (states of much of a plan) are not recorded per item either. Nothing is concluded from
// an incomplete reading of either side. An item is spoken of by one server only: the one of its
// row, or, when it has none, the one of its account. Of an account that is gone, or in use again
// though closed, its own server tells whoever speaks of the item (ServerPlan::aside).
std::vector<Event> decide_observation(
    const Ledger& ledger, const ServerPlan& plan, const DesiredSnapshot& desired
);

// What was sold is another than the ledger says: rows of one server; with `items`, of these only.
// An item that is seen for the first time is told from nothing; a held one as well until its server
// was read whole: what is on record by then is all that can prove an earlier opening. Of a held one
// that is known, only another login or client is told. Of a reading that broke off, nothing proves
// an earlier opening.
enum class ReadingOf : std::uint8_t { kAll, kSome };
std::vector<Event> decide_sold(
    const Ledger& ledger,
    const DesiredServer& server,
    const std::vector<ItemId>& items,
    ReadingOf reading = ReadingOf::kAll
);

// An order that is served though the reading of the panel broke off: an account is never made
// without knowing whose it will be.
std::vector<Event> decide_sold_to_be_made(
    const Ledger& ledger, const DesiredServer& server, const ServerPlan& plan
);

// Items that the reader holds and that give no row (a bad login, no server), seen for the first
// time before their server was read whole: told as nothing, so that what is made of them later
// proves nothing.
std::vector<Event> decide_unplaced(const Ledger& ledger, const DesiredSnapshot& desired);

// Accounts that were ours before newer events were lost: a living item of the panel names this
// login as its own, and the account is there and looks like it. And accounts of ours that a whole
// reading lacked and under whose name another one is there by now: those are not ours any more.
std::vector<Event> decide_found_again(
    const Ledger& ledger, const DesiredServer& desired, const ActualSnapshot& actual
);

// Pauses that are over, accounts that are to be deleted soon, and, where fields may be changed by
// hand, those that have what was sold last. Of a narrow pass: the first only.
std::vector<Event> decide_endings(
    const Moment& at, const Observation& observation, const PassRules& rules
);

// Holds of items that have no server, or one that cannot be used (DesiredServer::problem).
std::vector<Event> decide_reader_holds(const Ledger& ledger, const DesiredSnapshot& desired);

}  // namespace bn
