// Whether the panel is in maintenance. The vendor's switch is the file etc/billmgr.DoNothing: while
// it exists, the panel's own modules do nothing, for instance while two copies of one panel run.
// Pure: from what was last heard of the switch to events; the state is in the ledger.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// What was heard of the switch. Nothing in `on`: nobody could tell.
struct SwitchHeard {
    std::optional<bool> on;
    std::string what;   // who says so, or why nobody could tell
    Duration silent{};  // for how long nobody could
};

// `patience`: after so long a silence the panel counts as being in maintenance; 0: it never does.
// It ends by a word; what began by silence also where silence counts no more.
std::vector<Event> decide_maintenance(
    const LedgerPanel& panel, const SwitchHeard& heard, Duration patience
);

// "panel-maintenance", kWait: why nothing is begun now; nothing: it may be.
[[nodiscard]] std::optional<Error> in_maintenance(const Ledger& ledger);

}  // namespace bn
