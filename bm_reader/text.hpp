// Texts and numbers as they come out of the panel's tables: nothing about them is trusted.
// Pure functions; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/rows.hpp"
#include "base/text.hpp"
#include "reconciler/model/require.hpp"

namespace bn::bm_reader {

using base::Cell;

// A number that may be NULL, or not a number at all.
class Number {
  public:
    constexpr Number() = default;  // NULL

    constexpr Number(std::int64_t value) : value_(value), kind_(Kind::kValue) {}  // NOLINT

    static constexpr Number bad() {
        Number n;
        n.kind_ = Kind::kBad;
        return n;
    }

    [[nodiscard]] constexpr bool null() const { return kind_ == Kind::kNull; }

    [[nodiscard]] constexpr bool is_bad() const { return kind_ == Kind::kBad; }

    [[nodiscard]] constexpr bool has_value() const { return kind_ == Kind::kValue; }

    // Only of one that has a value: quotas and ids are made of it.
    [[nodiscard]] constexpr std::int64_t value() const {
        BN_REQUIRE(has_value(), "NULL or garbage of the panel's tables is not used as a number");
        return value_;
    }

    [[nodiscard]] constexpr std::int64_t value_or(std::int64_t other) const {
        return has_value() ? value_ : other;
    }

    [[nodiscard]] constexpr bool is(std::int64_t v) const { return has_value() && value_ == v; }

    friend constexpr bool operator==(const Number&, const Number&) = default;

  private:
    enum class Kind : std::uint8_t { kNull, kValue, kBad };
    std::int64_t value_ = 0;
    Kind kind_ = Kind::kNull;
};

// Whole decimal numbers; a fraction of zeros is accepted ("1024.0000": a DECIMAL column).
Number to_number(Cell cell);

// An id that a row carries: NULL stays NULL, 0, negative and over-large ones are bad.
Number to_id(Cell cell);

// REQUIRES: it came from to_id and has a value.
inline std::uint32_t id_of(const Number& number) {
    return static_cast<std::uint32_t>(number.value());
}

// 0: there is none.
inline std::uint32_t id_or_none(Cell cell) {
    const Number id = to_id(cell);
    return id.has_value() ? id_of(id) : 0;
}

// For messages: "NULL", "not a number" or the number.
std::string to_string(const Number& number);

using base::trim;

// Any text made safe for a message: quoted, control and broken bytes as \xNN, at most 60 bytes.
std::string in_quotes(std::string_view text);

// A text that a person wrote, made fit to be shown: broken UTF-8 gives an empty text, control
// characters become blanks, at most `characters` of it.
std::string clean(std::string_view text, std::size_t characters);

}  // namespace bn::bm_reader
