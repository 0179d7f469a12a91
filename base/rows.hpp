// Rows as databases hand them out: texts that live until the next row is fetched. Nothing about
// them is trusted. Pure; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace bn::base {

// One value of a row.
class Cell {
  public:
    constexpr Cell() = default;  // NULL

    constexpr Cell(const char* data, std::size_t size) : data_(data), size_(size) {}

    constexpr explicit Cell(std::string_view text) : data_(text.data()), size_(text.size()) {}

    [[nodiscard]] constexpr bool null() const { return data_ == nullptr; }

    [[nodiscard]] constexpr std::string_view text() const {
        return null() ? std::string_view() : std::string_view(data_, size_);
    }

  private:
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

inline constexpr std::size_t kMostColumns = 16;

using Row = std::span<const Cell>;
// Returns false to end the scan early.
using RowHandler = std::function<bool(Row)>;

// Why a statement failed, for whoever has to tell two reasons apart; people read the Error.
enum class DbTrouble : std::uint8_t {
    kNone,
    kConnect,    // nobody answers at this place
    kLost,       // the connection or the statement was ended; a lock was not given in time
    kBusy,       // too many connections, or a file that another program holds
    kNoPrimary,  // Galera: this node may not be asked now
    kAccess,     // the login, or its rights
    kDatabase,   // no database of this name
    kSchema,     // a table or a column is missing
    kStale,      // a row that is referred to is gone
    kOther,
};

}  // namespace bn::base
