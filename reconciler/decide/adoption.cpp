#include "reconciler/decide/adoption.hpp"

#include "reconciler/decide/action.hpp"

namespace bn {

std::vector<Event> decide_adoptions(
    const Ledger& ledger, const ServerObservation& seen, const std::vector<Action>& adoptions
) {
    std::vector<Event> events;
    if (adoptions.empty()) {
        return events;
    }
    const LedgerServer* known = ledger.server(seen.server);
    if (seen.info &&
        (known == nullptr || known->name != seen.name || known->address != seen.address ||
         known->product != seen.info->product || known->version != seen.info->version)) {
        events.emplace_back(ServerObserved{
            seen.server, seen.name, seen.info->product, seen.info->version, seen.address});
    }
    for (const Action& action : adoptions) {
        events.emplace_back(decide_adoption(action));
    }
    return events;
}

}  // namespace bn
