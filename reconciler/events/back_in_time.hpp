// What of the ledger comes forward when the host's clock went back. Part of evolve.
#pragma once

#include <optional>

#include "reconciler/model/ledger.hpp"

namespace bn {

// The clock went back: what was recorded of times to come would be waited for too long, so it comes
// forward by as much, but not into the past.
struct BackInTime {
    Time from;
    Time to;

    void operator()(Time& t) const;
    void operator()(std::optional<Time>& t) const;
    void operator()(LedgerItem& item) const;
    void operator()(LedgerServer& server) const;
};

}  // namespace bn
