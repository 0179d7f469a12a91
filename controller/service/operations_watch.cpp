#include "controller/service/operations_watch.hpp"

#include <algorithm>
#include <iterator>

#include <boost/asio/awaitable.hpp>

namespace bn::controller {

Task<bool> OperationsWatch::look() {
    const std::shared_ptr<World> world = context_.world;
    Result<std::vector<PendingOperation>> pending = co_await world->pending_operations();
    if (!pending) {
        if (!std::exchange(failing_, true)) {
            context_.log.warning(
                "the panel's operations cannot be read: {}", pending.error().text()
            );
        }
        co_return false;
    }
    failing_ = false;
    std::set<PendingOperation> seen(pending->begin(), pending->end());
    // An operation that the panel has ended may have changed its item as well.
    std::vector<PendingOperation> news;
    std::ranges::set_symmetric_difference(seen, known_, std::back_inserter(news));
    for (const PendingOperation& operation : news) {
        trigger_(operation.item);
    }
    known_ = std::move(seen);
    co_return true;
}

Task<std::vector<PendingOperation>> OperationsWatch::to_judge() {
    std::vector<PendingOperation> operations;
    if (!context_.world->has_way_back() && wishes_.empty()) {
        co_return operations;
    }
    const std::shared_ptr<World> world = context_.world;
    Result<std::vector<PendingOperation>> pending = co_await world->pending_operations();
    if (pending) {
        operations = *std::move(pending);
    }
    for (const auto& [item, command] : wishes_) {
        const bool known = std::ranges::any_of(operations, [&](const PendingOperation& o) {
            return o.item == item && o.command == command;
        });
        if (!known) {
            PendingOperation& wish = operations.emplace_back();
            wish.item = item;
            wish.command = command;
        }
    }
    co_return operations;
}

}  // namespace bn::controller
