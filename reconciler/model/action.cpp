#include "reconciler/model/action.hpp"

namespace bn {

std::string_view to_string(ActionKind kind) {
    switch (kind) {
        case ActionKind::kAdopt:
            return "adopt";
        case ActionKind::kDisable:
            return "disable";
        case ActionKind::kCreate:
            return "create";
        case ActionKind::kSetPassword:
            return "set-password";
        case ActionKind::kEnable:
            return "enable";
        case ActionKind::kSetQuota:
            return "set-quota";
        case ActionKind::kSetEmail:
            return "set-email";
        case ActionKind::kAddGroup:
            return "add-group";
        case ActionKind::kRemoveGroup:
            return "remove-group";
        case ActionKind::kDelete:
            return "delete";
    }
    return "unknown";
}

std::optional<ActionKind> parse_action_kind(std::string_view name) {
    for (const ActionKind kind : kAllActionKinds) {
        if (to_string(kind) == name) {
            return kind;
        }
    }
    return std::nullopt;
}

}  // namespace bn
