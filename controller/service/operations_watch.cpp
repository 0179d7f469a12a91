#include "controller/service/operations_watch.hpp"

#include <algorithm>

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
    for (const PendingOperation& operation : seen) {
        if (!known_.contains(operation)) {
            trigger_(operation.item);
        }
    }
    // An operation that the panel has ended may have changed its item as well.
    for (const PendingOperation& operation : known_) {
        if (!seen.contains(operation)) {
            trigger_(operation.item);
        }
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
        PendingOperation wish;
        wish.item = item;
        wish.command = command;
        const bool known = std::any_of(operations.begin(), operations.end(), [&](const auto& o) {
            return o.item == wish.item && o.command == wish.command;
        });
        if (!known) {
            operations.push_back(std::move(wish));
        }
    }
    co_return operations;
}

}  // namespace bn::controller
