// From a pass to what it says about the operations of the panel. Pure.
#pragma once

#include <map>
#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/decide/verdict.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn {

// What the pass says about each of these operations' items. An operation whose item the pass was
// not to look at (a narrow pass of other items) is left out.
std::map<PendingOperation, OperationFacts> operation_facts(
    const PassReport& report,
    const PassRequest& request,
    const std::vector<PendingOperation>& operations,
    const Ledger& ledger
);

}  // namespace bn
