#include "controller/reporting/panel_link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/async.hpp"

namespace bn::controller {

PanelLink::PanelLink(
    std::unique_ptr<PanelApi> api,
    std::unique_ptr<UsageSink> sink,
    std::unique_ptr<Blocking> callers
)
    : api_(std::move(api)), sink_(std::move(sink)), callers_(std::move(callers)) {}

std::shared_ptr<PanelLink> PanelLink::open(Sides& sides, std::size_t parallel) {
    if (!sides.panel_api) {
        return nullptr;
    }
    return std::make_shared<PanelLink>(
        std::move(sides.panel_api), std::move(sides.usage), sides.make_blocking(parallel)
    );
}

Task<Result<PanelAnswer>> PanelLink::call(PanelCall call) {
    auto ask = [this, &call] { return api_->call(call); };
    co_return co_await run_blocking(*callers_, ask);
}

Task<Result<void>> PanelLink::replace_usage(std::string day, std::vector<ItemUsageRow> rows) {
    auto write = [this, &day, &rows]() -> Result<void> { return sink_->replace(day, rows); };
    co_return co_await run_blocking(*callers_, write);
}

}  // namespace bn::controller
