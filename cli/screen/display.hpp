// Texts on a terminal: width in columns, escaping of hostile names, clipping. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "words/language.hpp"

namespace bn::cli {

// Columns that the UTF-8 text takes: 2 for wide (CJK, emoji), 0 for combining code points and for
// what `coloured` adds. A broken byte counts 1.
std::size_t columns(std::string_view text);

// Control characters (C0, C1, line and paragraph separators), bidirectional overrides and broken
// UTF-8 as \x1b or \u{202e}: what comes from outside cannot move the cursor or reorder a line.
std::string escaped(std::string_view text);

// At most `width` columns; what was cut is shown as "…".
std::string clipped(std::string_view text, std::size_t width);

// With blanks up to `width` columns.
std::string padded(std::string_view text, std::size_t width);
std::string padded_left(std::string_view text, std::size_t width);

// Lines of at most `width` columns, broken at blanks where there are any; each but the first
// begins with `indent` and `hang` blanks and is shorter by `hang`.
std::string wrapped(
    std::string_view text, std::size_t width, std::size_t indent, std::size_t hang = 0
);

// Each line that takes more than `width` columns is broken at its blanks; what follows is two
// blanks further in. Where that is narrow, the columns of a row become words of a line. Words stay
// whole.
std::string folded(std::string_view text, std::size_t width);

// Below this many columns a table becomes lines that name their values.
inline constexpr std::size_t kNarrow = 60;

// "1.4 GiB", "10 GiB"; "1,4 ГиБ".
std::string human_bytes(std::uint64_t bytes, words::Language language = words::Language::kEnglish);

enum class Colour { kNone, kGreen, kYellow, kRed, kCyan, kBold, kDim };
std::string coloured(std::string_view text, Colour colour, bool on);

}  // namespace bn::cli
