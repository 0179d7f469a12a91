// How far the panel's own counters have come. Data with a lower mark than was seen before is older,
// whoever shows it: a replica that lags, or a panel that was restored from a backup.
#pragma once

#include <cstdint>

#include "reconciler/model/fields.hpp"

namespace bn {

// 0: not known.
struct PanelMark {
    std::uint64_t history = 0;    // greatest id in the history of services: each change adds a row
    std::uint64_t next_item = 0;  // the number that the next new service would get
    BN_FIELDS(PanelMark, history, next_item);
};

// What is not known on one side proves nothing.
[[nodiscard]] bool is_older(const PanelMark& seen, const PanelMark& known);

[[nodiscard]] PanelMark latest(const PanelMark& a, const PanelMark& b);

}  // namespace bn
