#include "reconciler/model/panel_mark.hpp"

#include <algorithm>

namespace bn {

bool is_older(const PanelMark& seen, const PanelMark& known) {
    return (seen.history != 0 && seen.history < known.history) ||
           (seen.next_item != 0 && seen.next_item < known.next_item);
}

PanelMark latest(const PanelMark& a, const PanelMark& b) {
    return {std::max(a.history, b.history), std::max(a.next_item, b.next_item)};
}

}  // namespace bn
