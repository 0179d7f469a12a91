// Daily usage into the panel's table itemstat: the one direct write that the panel's own library
// does as well. Blocking; thread-safe: each call has a connection of its own.
//
// One transaction a call; a day that is written again is replaced. Where the table has the unique
// key (item, statdate, param), rows are updated in place; where it has not (the schema is not
// documented), the old rows are deleted in the same transaction first.
//
// Errors, nothing is written: kBug "panel.usage" (a value that is no decimal text, a day that is
// none, one item and param twice), kRetryCall "panel.connect"/"panel.lost" (also a lock that was
// not given in time), kWait "panel.busy"/"panel.no_primary"/"panel.locked", kRedoPass "panel.stale"
// (an item or measure is gone: read again), kHuman "panel.access"/"panel.database"/"panel.schema"/
// "panel.query"/"panel.file" (in a file also "panel.connect": there is none). A connection lost in
// the commit has effect_unknown: write it again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mariadb.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

// What a connection is set up with is this module's business.
struct UsageSinkSettings : base::MariaDbSettings {
    Duration lock_timeout = std::chrono::seconds(20);
};

std::unique_ptr<UsageSink> make_mariadb_usage_sink(const UsageSinkSettings& settings);

// The same tables in a file: samples. The file must be there.
std::unique_ptr<UsageSink> make_sqlite_usage_sink(
    std::string file, Duration lock_timeout = std::chrono::seconds(5)
);

// What is wrong with a request as a whole: kBug "panel.usage".
std::optional<Error> usage_fault(std::string_view day, const std::vector<ItemUsageRow>& rows);

// "12", "0.5": at most 18 digits, and at most four after the point.
bool is_usage_value(std::string_view text);

}  // namespace bn::bm_writer
