#include "reconciler/model/error.hpp"

#include <fmt/format.h>

namespace bn {

std::string_view to_string(NextMove move) {
    switch (move) {
        case NextMove::kRetryCall:
            return "retry-call";
        case NextMove::kRedoPass:
            return "redo-pass";
        case NextMove::kWait:
            return "wait";
        case NextMove::kHuman:
            return "human";
        case NextMove::kBug:
            return "bug";
    }
    return "bug";
}

std::string Error::text() const {
    if (remedy.empty()) {
        return fmt::format("{} [{}]", what, code);
    }
    return fmt::format("{} ({}) [{}]", what, remedy, code);
}

}  // namespace bn
