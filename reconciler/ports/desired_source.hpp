// Port: where desired state comes from. Implemented by bm_reader.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/model/desired.hpp"
#include "reconciler/model/error.hpp"

namespace bn {

// A cheap look at what the panel is waiting for.
struct PendingOperation {
    std::uint32_t id = 0;  // runningoperation.id
    ItemId item;
    std::string command;  // open, suspend, ...
    friend auto operator<=>(const PendingOperation&, const PendingOperation&) = default;
};

// Blocking: runs on a thread of its own, never on the loop. Not thread-safe; one caller at a time.
class DesiredSource {
  public:
    virtual ~DesiredSource() = default;

    // One consistent reading of everything, in a constant number of queries.
    // Errors: kRetryCall (connection lost), kWait (no primary, locked), kHuman (rights, schema).
    virtual Result<DesiredSnapshot> read(Time now) = 0;

    // Operations that wait for items of our module. One query.
    virtual Result<std::vector<PendingOperation>> pending_operations() = 0;
};

}  // namespace bn
