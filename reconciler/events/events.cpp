#include "reconciler/events/events.hpp"

#include <fmt/format.h>

namespace bn {

std::string item_stream(ItemId item) {
    return fmt::format("item-{}", item.value);
}

std::string server_stream(ServerId server) {
    return fmt::format("server-{}", server.value);
}

const EventKind& kind_of(const Event& event) {
    return std::visit([](const auto& e) -> const EventKind& { return e.kKind; }, event);
}

ItemId item_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> ItemId {
            if constexpr (requires { e.item; }) {
                return e.item;
            } else if constexpr (requires { e.action.item; }) {
                return e.action.item;
            } else {
                return ItemId();
            }
        },
        event
    );
}

ServerId server_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> ServerId {
            if constexpr (requires { e.server; }) {
                return e.server;
            } else if constexpr (requires { e.action.server; }) {
                return e.action.server;
            } else if constexpr (requires { e.holds; }) {
                return e.holds.empty() ? ServerId() : e.holds.front().server;
            } else {
                return ServerId();
            }
        },
        event
    );
}

std::string stream_of(const Event& event) {
    const auto kind = std::visit([]<class E>(const E&) { return kStreamOf<E>; }, event);
    if (kind == StreamKind::kService) {
        return "service";
    }
    const ItemId item = item_of(event);
    return item.value != 0 ? item_stream(item) : server_stream(server_of(event));
}

}  // namespace bn
