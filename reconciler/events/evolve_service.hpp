// What the events of the service change in the ledger: the panel, and servers as a pass saw them.
// Part of evolve.
#pragma once

#include <cstdint>

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// Events of other streams change nothing here.
void evolve_service(Ledger& ledger, const Envelope& event);

// The sizes that the next readings are judged by.
void judge_by(LedgerServer& server, std::uint64_t desired, std::uint64_t actual);

}  // namespace bn
