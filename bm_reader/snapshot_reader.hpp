// The reading of a whole snapshot. Private to the module; PanelSource is the door. Blocking, one
// caller at a time.
#pragma once

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"
#include "reconciler/model/desired.hpp"

namespace bn::bm_reader {

// Reads everything between begin() and end() of `rows`. The statements and their number do not
// depend on the data. Memory beside the result: about 60 bytes a service of ours, 40 an ordered
// disk resource, and the owners' names and addresses.
// `dated`: the panel has item.opendate. Without it only a service's status proves that it was
// opened.
Result<DesiredSnapshot> read_snapshot(
    RowSource& rows, const PanelSettings& settings, Time now, bool dated = true
);

}  // namespace bn::bm_reader
