#include "reconciler/model/error.hpp"

#include <fmt/format.h>

namespace bn {

std::string Error::text() const {
    if (remedy.empty()) {
        return fmt::format("{} [{}]", what, code);
    }
    return fmt::format("{} ({}) [{}]", what, remedy, code);
}

}  // namespace bn
