#include "bm_reader/counted_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bn::bm_reader {

std::string count_of_rows(std::string_view sql) {
    int depth = 0;
    std::size_t from = 0;
    while (from < sql.size() && !(depth == 0 && sql.substr(from).starts_with(" FROM "))) {
        depth += sql[from] == '(' ? 1 : sql[from] == ')' ? -1 : 0;
        ++from;
    }
    const std::size_t order = sql.rfind(" ORDER BY ");
    const std::size_t end = order == std::string_view::npos ? sql.size() : order;
    return fmt::format("SELECT COUNT(*){}", sql.substr(from, std::max(end, from) - from));
}

Result<void> CountedRows::scan(
    std::string_view name, const std::string& sql, const RowHandler& each
) {
    const std::size_t at = seen_.size();
    seen_.push_back({std::string(name), count_of_rows(sql), 0});
    return inner_.scan(name, sql, [&](Row row) {
        ++seen_[at].rows;
        return each(row);
    });
}

Result<void> CountedRows::prove_whole() {
    std::string wrong;
    for (std::size_t begin = 0; begin < seen_.size(); begin += base::kMostColumns) {
        const std::size_t end = std::min(begin + base::kMostColumns, seen_.size());
        std::string sql = "SELECT ";
        for (std::size_t i = begin; i < end; ++i) {
            sql += fmt::format("{}({})", i == begin ? "" : ", ", seen_[i].count);
        }
        bool counted = false;
        auto done = inner_.scan("counts", sql, [&](Row row) {
            counted = true;
            for (std::size_t i = begin; i < end; ++i) {
                const std::string there(row[i - begin].text());
                if (wrong.empty() && there != fmt::to_string(seen_[i].rows)) {
                    wrong = fmt::format("{} of {} {} came", seen_[i].rows, there, seen_[i].name);
                }
            }
            return true;
        });
        if (!done) {
            return done;
        }
        if (!counted) {
            wrong = "the counts did not come";
        }
    }
    if (wrong.empty()) {
        return {};
    }
    return tl::unexpected(Error(
        Concern::kPanel,
        NextMove::kHuman,
        "panel.count",
        "the panel's database does not show all of its rows: " + wrong,
        "let no proxy cut or rewrite what is read between here and the database, and check the "
        "table with the database's own tools"
    ));
}

}  // namespace bn::bm_reader
