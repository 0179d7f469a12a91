#include "reconciler/ports/event_store.hpp"

namespace bn {

NewEvent::NewEvent(Event e, std::uint64_t expected, std::string caused_by)
    : event(std::move(e)), expected_version(expected), causation(std::move(caused_by)) {
    std::visit(
        [this](const auto& made) {
            if constexpr (std::is_same_v<decltype(made), const ActionIntended&>) {
                id = made.action_id;
            } else if constexpr (requires { made.action_id; }) {
                causation = causation.empty() ? made.action_id : causation;
            }
        },
        event
    );
}

}  // namespace bn
