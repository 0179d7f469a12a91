// Settles intents without an outcome, by looking at the cloud; never by repeating or deleting.
// What a look means is decided in reconciler/decide/action.hpp.
#pragma once

#include <cstdint>

#include "controller/pass/journal.hpp"
#include "reconciler/decide/action.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

// What settling needs; all outlive it.
struct DoubtParts {
    Cloud& cloud;
    Journal& journal;
    Clock& clock;
    ActionOptions options;

    DoubtParts(Cloud& c, Journal& j, Clock& k, ActionOptions o)
        : cloud(c), journal(j), clock(k), options(o) {}
};

// True: settled; false: too early to tell. A create that took effect gets its sealed password set
// once more, so that the password that we keep is certainly the one that works.
Task<Result<bool>> settle_by_look(DoubtParts& parts, PendingAction pending, RecordContext context);

// Settles everything that is in doubt on one server and not under way.
Task<Result<void>> settle_doubts(DoubtParts& parts, ServerId server, RecordContext context);

}  // namespace bn::controller
