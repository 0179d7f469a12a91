#include "controller/service/operations_watch.hpp"

#include <algorithm>

#include <boost/asio/awaitable.hpp>

#include "controller/pass/planning.hpp"

namespace bn::controller {

Task<bool> OperationsWatch::look() {
    const std::shared_ptr<World> world = context_.world;
    Result<std::vector<PendingOperation>> pending = co_await world->pending_operations();
    if (!pending) {
        context_.metrics.count(Metric::kPanelErrors, {to_string(pending.error().move)});
        if (!std::exchange(failing_, true)) {
            context_.log.warning(
                "the panel's operations cannot be read: {}", pending.error().text()
            );
        }
        co_return false;
    }
    failing_ = false;
    std::map<PendingOperation, Steady> seen;
    for (const PendingOperation& operation : *pending) {
        const auto before = known_.find(operation);
        seen.emplace(operation, before == known_.end() ? context_.steady() : before->second);
        if (before == known_.end()) {
            trigger_(operation.item);
        }
    }
    // An operation that the panel has ended may have changed its item as well.
    for (const auto& [operation, since] : known_) {
        if (!seen.contains(operation)) {
            trigger_(operation.item);
        }
    }
    known_ = std::move(seen);
    co_return true;
}

std::vector<Steady> OperationsWatch::orders() const {
    std::vector<Steady> seen;
    for (const auto& [operation, since] : known_) {
        if (operation.command == "open" && !operation.manual) {
            seen.push_back(since);
        }
    }
    return seen;
}

Task<bool> OperationsWatch::way_in_changed() {
    constexpr Duration kEvery = std::chrono::seconds(10);
    const Time now = context_.now();
    const bool left_alone =
        std::ranges::any_of(context_.ledger().servers(), [now](const auto& one) {
            return one.second.quarantined_until && *one.second.quarantined_until > now;
        });
    if (!left_alone || context_.steady() - servers_at_ < kEvery) {
        co_return false;
    }
    servers_at_ = context_.steady();
    const std::shared_ptr<World> world = context_.world;
    const Result<std::vector<DesiredServer>> servers = co_await world->servers();
    if (!servers) {
        co_return false;  // the look at the operations tells of it
    }
    bool news = false;
    for (const DesiredServer& server : *servers) {
        const LedgerServer* known = context_.ledger().server(server.id);
        if (known == nullptr || !known->quarantined_until || !world->access_changed(server)) {
            told_.erase(server.id);
            continue;
        }
        const auto told = told_.find(server.id);
        if (told == told_.end() || !same_access(told->second, server)) {
            told_.insert_or_assign(server.id, server);
            news = true;
        }
    }
    co_return news;
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
    for (PendingOperation& operation : operations) {
        operation.seen = known_.emplace(operation, context_.steady()).first->second;
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
