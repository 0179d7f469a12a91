// A reading that can prove that it is whole: counts the rows of each scan of a view, and asks the
// database for the same counts before the view ends. What cuts a reading without an error (a limit
// of the session, a proxy that rewrites statements) does not cut a count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

// How many rows a flat statement has: its first FROM outside of parentheses on, without its order.
// REQUIRES: no DISTINCT, no GROUP BY.
std::string count_of_rows(std::string_view sql);

class CountedRows : public RowSource {
  public:
    // `inner` outlives it.
    explicit CountedRows(RowSource& inner) : inner_(inner) {}

    Result<void> begin() override {
        seen_.clear();
        return inner_.begin();
    }

    void end() noexcept override { inner_.end(); }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override;

    [[nodiscard]] base::DbTrouble trouble() const override { return inner_.trouble(); }

    // REQUIRES: the view is open. kHuman "panel.count": a scan showed fewer or more rows than there
    // are.
    Result<void> prove_whole();

  private:
    struct Seen {
        std::string name;
        std::string count;  // the statement
        std::uint64_t rows = 0;
    };

    RowSource& inner_;
    std::vector<Seen> seen_;
};

}  // namespace bn::bm_reader
