// The readings of the panel: the snapshot, and the small ones beside it: what is pending, what was
// saved for one item, how usage is billed. Private to the module; PanelSource is the door.
// Blocking, one caller at a time.
#pragma once

#include <string>
#include <vector>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn::bm_reader {

// Reads everything between begin() and end() of `rows`. The statements and their number do not
// depend on the data. Memory beside the result: about 60 bytes a service of ours, 40 an ordered
// disk resource, and the owners' names and addresses.
Result<DesiredSnapshot> read_snapshot(RowSource& rows, const PanelSettings& settings, Time now);

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
