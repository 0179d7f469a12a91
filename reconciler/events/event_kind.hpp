// What every event says of itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace bn {

struct EventKind {
    std::string_view name;
    std::string_view meaning;  // one sentence
    std::uint16_t version = 1;
};

}  // namespace bn
