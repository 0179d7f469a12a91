#include "controller/reporting/server_call.hpp"

#include <boost/asio/awaitable.hpp>

#include "reconciler/decide/panel.hpp"

namespace bn::controller {

Task<Result<PanelAnswer>> call_for_server(
    ServiceContext& context,
    std::shared_ptr<PanelLink> link,
    ServerId server,
    PanelCall call,
    FollowUp follow
) {
    PanelCallMade made;
    made.server = server;
    made.function = call.function;
    made.arguments = call.masked_arguments();
    const Time begun = context.now();
    Result<PanelAnswer> told = co_await link->call(std::move(call));
    made.took = context.now() - begun;
    CallFollows follows;
    if (follow) {
        follows = follow(told);
    }
    made.news = follows.news;
    std::vector<Event> events = decide_called(context.ledger(), std::move(made), told);
    events.insert(events.end(), follows.events.begin(), follows.events.end());
    Result<void> recorded = co_await context.record(std::move(events));
    if (!recorded) {
        context.log.warning(
            "server {}: a call of the panel: {}", server.value, recorded.error().text()
        );
    }
    co_return told;
}

}  // namespace bn::controller
