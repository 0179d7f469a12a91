#include "controller/service/context.hpp"

#include <boost/asio/awaitable.hpp>

namespace bn::controller {

Task<void> ServiceContext::wait_for_news(Time until) {
    return clock.sleep_until(until, this);
}

Task<Result<void>> ServiceContext::record(std::vector<Event> events) {
    return journal.record(std::move(events), RecordContext(clock.id(), Actor{}));
}

}  // namespace bn::controller
