// Port, private to this module: rows of a database. Two implementations, MariaDB and SQLite, take
// the same SQL. Blocking, one caller at a time; a row lives until the next one is asked for.
#pragma once

#include <functional>
#include <memory>
#include <set>
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

    // All rows of a statement; `{module}` in it becomes `module`, which `check_module` has seen.
    Result<void> each(
        const queries::Query& query, std::string_view module, const std::function<void(Row)>& on_row
    );

    // Of the last failure; kNone: there was none, or it does not tell.
    [[nodiscard]] virtual base::DbTrouble trouble() const { return base::DbTrouble::kNone; }
};

struct PanelSettings;
std::unique_ptr<RowSource> make_row_source(const PanelSettings& settings);

// "table.column", and "table" itself, of the panel's tables that we may touch; in lower case.
using Columns = std::set<std::string, std::less<>>;
Result<Columns> read_columns(RowSource& rows, const PanelSettings& settings);

// Columns without which the panel cannot be read, as "table.column" or "table (table)".
std::vector<std::string> missing_columns(const Columns& there);

// The steps of `object` one after another, up to the first that fails.
template <class T>
Result<void> run_steps(T& object, std::initializer_list<Result<void> (T::*)()> steps) {
    Result<void> done;
    for (const auto step : steps) {
        done = done.and_then([&] { return (object.*step)(); });
    }
    return done;
}

// kHuman "panel.settings": the module's name is not one of letters, digits and -_.
Result<void> check_module(const PanelSettings& settings);

}  // namespace bn::bm_reader
