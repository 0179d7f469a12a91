#include "reconciler/events/events.hpp"

#include <type_traits>

#include <fmt/format.h>

namespace bn {
namespace {

template <class E>
constexpr bool kOfServer =
    std::is_same_v<E, ServerObserved> || std::is_same_v<E, ServerQuarantined> ||
    std::is_same_v<E, ServerRecovered> || std::is_same_v<E, PlanBegun> ||
    std::is_same_v<E, PlanStopped> || std::is_same_v<E, PlanApproved> ||
    std::is_same_v<E, PanelProblemRegistered> || std::is_same_v<E, PanelProblemCleared> ||
    std::is_same_v<E, UsageMeasured> || std::is_same_v<E, UsagePosted>;

template <class E>
constexpr bool kOfService =
    std::is_same_v<E, ServiceStarted> || std::is_same_v<E, ServiceStopped> ||
    std::is_same_v<E, ConfigChanged> || std::is_same_v<E, PassCompleted>;

}  // namespace

std::string item_stream(ItemId item) {
    return fmt::format("item-{}", item.value);
}

std::string server_stream(ServerId server) {
    return fmt::format("server-{}", server.value);
}

std::string stream_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::string {
            using E = std::decay_t<decltype(e)>;
            if constexpr (kOfService<E>) {
                return "service";
            } else if constexpr (kOfServer<E>) {
                return server_stream(e.server);
            } else if constexpr (std::is_same_v<E, ActionIntended>) {
                return item_stream(e.action.item);
            } else if constexpr (std::is_same_v<E, PanelCalled>) {
                return e.item.value == 0 ? server_stream(e.server) : item_stream(e.item);
            } else {
                return item_stream(e.item);
            }
        },
        event
    );
}

}  // namespace bn
