// What the ledger remembers of corrections, by which a fight over a field is seen. Pure.
#pragma once

#include "reconciler/model/action.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// Counts the correction that the action is, if it is one; see Correction.
void remember(LedgerItem& item, const Action& action, Time at);

}  // namespace bn
