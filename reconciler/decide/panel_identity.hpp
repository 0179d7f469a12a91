// Is this the panel that the store belongs to? Numbers of items repeat between panels.
#pragma once

#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// What is to be recorded before anything of this reading is believed; nothing when it is known.
// Another panel is the error "panel.other" (kHuman, kPanel): nothing may be done. An empty
// fingerprint (nothing certain is known) decides nothing.
Result<std::vector<Event>> decide_panel_identity(
    const Ledger& ledger, const std::string& fingerprint
);

}  // namespace bn
