// Settles intents without an outcome, by looking at the cloud; never by repeating or deleting.
#pragma once

#include <cstdint>

#include "controller/pass/journal.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

// A create that is not to be seen may still be under way: the server goes on after a lost
// connection. Only after this long is "not there" believed.
inline constexpr Duration kDefaultDoubtGrace = std::chrono::minutes(1);

struct DoubtReport {
    std::uint64_t settled = 0;
    std::uint64_t open = 0;  // too early to tell
};

// Settles what is in doubt for one item. `pending` is a copy: the ledger changes meanwhile.
// A create that took effect gets its sealed password set once more, so that the password that we
// keep is certainly the one that works. True: settled; false: too early to tell.
Task<Result<bool>> settle_doubt(
    ItemId item,
    PendingAction pending,
    Cloud& cloud,
    Journal& journal,
    Duration grace,
    RecordContext context
);

// Settles everything that is in doubt on one server.
Task<Result<DoubtReport>> settle_doubts(
    ServerId server, Cloud& cloud, Journal& journal, Duration grace, RecordContext context
);

}  // namespace bn::controller
