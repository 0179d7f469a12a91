#include "reconciler/ports/cloud.hpp"

namespace bn {

std::string_view to_string(OutcomeKind kind) {
    switch (kind) {
        case OutcomeKind::kDone:
            return "done";
        case OutcomeKind::kAlreadySo:
            return "already-so";
        case OutcomeKind::kRefused:
            return "refused";
        case OutcomeKind::kUnknown:
            return "unknown";
    }
    return "unknown";
}

}  // namespace bn
