// Port, private to this module: rows of a database. Two implementations, MariaDB and SQLite, take
// the same SQL. Blocking, one caller at a time; a row lives until the next one is asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rows.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/text.hpp"
#include "reconciler/model/error.hpp"

namespace bn::bm_reader {

using base::Row;
using base::RowHandler;

class RowSource {
  public:
    virtual ~RowSource() = default;

    // Opens the connection if needed and one consistent, read-only view of all tables.
    virtual Result<void> begin() = 0;
    // Ends the view. Never fails: a broken connection is dropped.
    virtual void end() noexcept = 0;

    // Streams the rows of one statement; `name` is for messages. Also outside begin/end.
    virtual Result<void> scan(
        std::string_view name, const std::string& sql, const RowHandler& each
    ) = 0;

    // All rows of a statement for one module, which `check_module` has seen.
    Result<void> each(
        const queries::Query& query, std::string_view module, const std::function<void(Row)>& on_row
    );

    // Of the last failure; kNone: there was none, or it does not tell.
    [[nodiscard]] virtual base::DbTrouble trouble() const { return base::DbTrouble::kNone; }
};

struct PanelSettings;
std::unique_ptr<RowSource> make_mariadb_rows(const PanelSettings& settings);
std::unique_ptr<RowSource> make_sqlite_rows(const PanelSettings& settings);
std::unique_ptr<RowSource> make_row_source(const PanelSettings& settings);

// The query's text for this module name, which `check_module` has seen.
std::string with_module(std::string_view sql, std::string_view module);

// Columns without which the panel cannot be read, as "table.column" or "table (table)". `has` is
// asked for a table with an empty column first.
std::vector<std::string> missing_columns(
    const std::function<bool(const std::string& table, const std::string& column)>& has
);

// kHuman "panel.settings": the module's name is not one of letters, digits and -_.
Result<void> check_module(const PanelSettings& settings);

}  // namespace bn::bm_reader
