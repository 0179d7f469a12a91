// Small readings beside the snapshot: what is pending, what was saved for one item, how usage is
// billed. Private to the module; PanelSource is the door. Blocking, one caller at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn::bm_reader {

// Columns that not every panel has, or that we may not read: without them less is known, and
// nothing breaks.
struct OptionalColumns {
    bool trycount = false;     // runningoperation.trycount
    bool manual = false;       // runningoperation.manual
    bool last_tariff = false;  // item.lastpricelist
    bool task = false;         // task.runningoperation
    bool task_status = false;  // task.status
    friend bool operator==(const OptionalColumns&, const OptionalColumns&) = default;
};

Result<OptionalColumns> read_optional_columns(RowSource& rows, DatabaseKind kind);

Result<std::vector<PendingOperation>> read_pending(
    RowSource& rows, const std::string& module, const OptionalColumns& has
);

// Between begin() and end() of `rows`.
Result<SavedParams> read_saved_params(
    RowSource& rows, const PanelSettings& settings, const OptionalColumns& has, ItemId item
);

// Between begin() and end() of `rows`.
Result<std::vector<UsageMeasure>> read_usage_measures(
    RowSource& rows, const PanelSettings& settings
);

}  // namespace bn::bm_reader
