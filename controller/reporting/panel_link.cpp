#include "controller/reporting/panel_link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/async.hpp"

namespace bn::controller {

Task<Result<PanelAnswer>> PanelLink::call(PanelCall call) {
    auto ask = [this, &call] { return api_->call(call); };
    co_return co_await run_blocking(*callers_, ask);
}

Task<Result<void>> PanelLink::replace_usage(std::string day, std::vector<ItemUsageRow> rows) {
    auto write = [this, &day, &rows]() -> Result<void> { return sink_->replace(day, rows); };
    co_return co_await run_blocking(*callers_, write);
}

}  // namespace bn::controller
