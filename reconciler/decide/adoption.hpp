// Accounts that an earlier module opened become ours: a record, no call. Pure.
#pragma once

#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// `adoptions` are actions of this kind on one server, each with its evidence as reason. The server
// is recorded first where that is news: an address that changes later is noticed.
std::vector<Event> decide_adoptions(
    const Ledger& ledger, const ServerObservation& seen, const std::vector<Action>& adoptions
);

}  // namespace bn
