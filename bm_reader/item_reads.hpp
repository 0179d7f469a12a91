// Small readings beside the snapshot: what is pending, what was saved for one item, how usage is
// billed. Private to the module; PanelSource is the door. Blocking, one caller at a time.
#pragma once

#include <string>
#include <vector>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn::bm_reader {

// What of `has` a panel lacks is not asked for: less is known then, and nothing breaks.
Result<std::vector<PendingOperation>> read_pending(
    RowSource& rows, const std::string& module, const Columns& has
);

// Between begin() and end() of `rows`.
Result<SavedParams> read_saved_params(
    RowSource& rows, const PanelSettings& settings, const Columns& has, ItemId item
);

// Between begin() and end() of `rows`.
Result<std::vector<UsageMeasure>> read_usage_measures(
    RowSource& rows, const PanelSettings& settings
);

}  // namespace bn::bm_reader
