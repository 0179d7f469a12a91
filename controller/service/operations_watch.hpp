// What the panel, and people without an operation of the panel, wait for: a cheap look at the
// panel's operations, so that a paid item is served within seconds. Of the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/at_end.hpp"
#include "controller/service/context.hpp"

namespace bn::controller {

class OperationsWatch {
  public:
    // `trigger`: an item is to be looked at now.
    OperationsWatch(ServiceContext& context, std::function<void(ItemId)> trigger)
        : context_(context), trigger_(std::move(trigger)) {}

    // One look: items whose operations began or ended are triggered. False: it failed.
    Task<bool> look();

    // Somebody has mended how a server that is left alone is reached; said once of each change,
    // since a pass may have reasons not to try it. Looked for every ten seconds at most, and only
    // while there is such a server.
    Task<bool> way_in_changed();

    // Paid orders that wait in the panel, by when each was first seen.
    [[nodiscard]] std::vector<Steady> orders() const;

    // What the next pass is asked about. Read before the pass reads the rows: an operation that is
    // seen here has its row in that reading.
    Task<std::vector<PendingOperation>> to_judge();

    // Somebody waits for an item while what this gives lives, under a name of his own.
    [[nodiscard]] AtEnd wish(ItemId item, std::string command) {
        const auto at = wishes_.emplace(item, std::move(command));
        trigger_(item);
        return AtEnd([this, at] { wishes_.erase(at); });
    }

  private:
    ServiceContext& context_;
    std::function<void(ItemId)> trigger_;
    std::map<PendingOperation, Steady> known_;  // and when each was first seen
    std::multiset<std::pair<ItemId, std::string>> wishes_;
    bool failing_ = false;
    Steady servers_at_{};  // when they were read last
    std::map<ServerId, DesiredServer> told_;
};

}  // namespace bn::controller
