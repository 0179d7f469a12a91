// Settles intents without an outcome, by looking at the cloud; never by repeating or deleting.
#pragma once

#include <cstdint>

#include "controller/journal.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

struct DoubtReport {
    std::uint64_t settled = 0;
    std::uint64_t open = 0;  // could not be settled now (the cloud did not answer)
};

// Settles what is in doubt for one item. `pending` is a copy: the ledger changes meanwhile.
// A create that took effect gets its sealed password set once more, so that the password that we
// keep is certainly the one that works. True: settled.
Task<Result<bool>> settle_doubt(
    ItemId item, PendingAction pending, Cloud& cloud, Journal& journal, RecordContext context
);

// Settles everything that is in doubt on one server.
Task<Result<DoubtReport>> settle_doubts(
    ServerId server, Cloud& cloud, Journal& journal, RecordContext context
);

}  // namespace bn::controller
