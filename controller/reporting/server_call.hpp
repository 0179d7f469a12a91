// One call of the panel that belongs to a server and to no item, with its events.
#pragma once

#include <functional>
#include <vector>

#include "controller/service/context.hpp"

namespace bn::controller {

// What the answer means beyond the call itself.
struct CallFollows {
    bool news = true;  // false: the call itself need not be recorded, it said nothing new
    std::vector<Event> events;
};

using FollowUp = std::function<CallFollows(const Result<PanelAnswer>&)>;

// `link` is held: a reload may replace the context's meanwhile. `follow` may be empty.
Task<Result<PanelAnswer>> call_for_server(
    ServiceContext& context,
    std::shared_ptr<PanelLink> link,
    ServerId server,
    PanelCall call,
    FollowUp follow
);

}  // namespace bn::controller
