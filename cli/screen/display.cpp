#include "cli/screen/display.hpp"

#include <utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.hpp"
#include "words/catalogue.hpp"

namespace bn::cli {
namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

// The first code point of a text that is not empty. Overlong forms and surrogates are broken.
CodePoint decode(std::string_view text) {
    const std::size_t length = base::character_length(text);
    return length == 0 ? CodePoint()
                       : CodePoint{utf8::unchecked::peek_next(text.begin()), length, true};
}

struct Span {
    std::uint32_t first;
    std::uint32_t last;
};

template <std::size_t N>
bool in(std::uint32_t value, const std::array<Span, N>& spans) {
    return std::any_of(spans.begin(), spans.end(), [value](const Span& span) {
        return value >= span.first && value <= span.last;
    });
}

constexpr std::array<Span, 12> kWide{
    {{0x1100, 0x115f},
     {0x2e80, 0x303e},
     {0x3041, 0x33ff},
     {0x3400, 0x4dbf},
     {0x4e00, 0x9fff},
     {0xa000, 0xa4cf},
     {0xac00, 0xd7a3},
     {0xf900, 0xfaff},
     {0xfe30, 0xfe6f},
     {0xff00, 0xff60},
     {0x1f300, 0x1faff},
     {0x20000, 0x3fffd}}};
constexpr std::array<Span, 6> kZero{
    {{0x300, 0x36f},
     {0x483, 0x489},
     {0x200b, 0x200d},
     {0x20d0, 0x20ff},
     {0xfe00, 0xfe0f},
     {0xfe20, 0xfe2f}}};
// C0, DEL and C1, zero-width and direction marks, line separators, overrides, the BOM, tags.
constexpr std::array<Span, 8> kUnsafe{
    {{0, 0x1f},
     {0x7f, 0x9f},
     {0x61c, 0x61c},
     {0x200b, 0x200f},
     {0x2028, 0x202e},
     {0x2060, 0x206f},
     {0xfeff, 0xfeff},
     {0xe0000, 0xe007f}}};

// Bytes of the colour sequence that the text begins with; 0: none. They take no columns.
std::size_t colour_at(std::string_view text) {
    const bool begins = text.starts_with("\x1b[");
    const std::size_t end =
        begins ? text.find_first_not_of("0123456789;", 2) : std::string_view::npos;
    return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::size_t width_of(const CodePoint& point) {
    if (!point.valid) {
        return 1;
    }
    if (in(point.value, kZero)) {
        return 0;
    }
    return in(point.value, kWide) ? 2 : 1;
}

// Bytes of the longest beginning that takes at most `width` columns.
std::size_t fitting(std::string_view text, std::size_t width) {
    std::size_t used = 0;
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        if (const std::size_t colour = colour_at(text.substr(bytes)); colour > 0) {
            bytes += colour;
            continue;
        }
        const CodePoint point = decode(text.substr(bytes));
        if (used + width_of(point) > width) {
            break;
        }
        used += width_of(point);
        bytes += point.bytes;
    }
    return bytes;
}

}  // namespace

std::size_t columns(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        if (const std::size_t colour = colour_at(text); colour > 0) {
            text.remove_prefix(colour);
            continue;
        }
        const CodePoint point = decode(text);
        width += width_of(point);
        text.remove_prefix(point.bytes);
    }
    return width;
}

std::string escaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const CodePoint point = decode(text);
        if (!point.valid) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        } else if (in(point.value, kUnsafe)) {
            out += point.value < 0x80 ? fmt::format("\\x{:02x}", point.value)
                                      : fmt::format("\\u{{{:x}}}", point.value);
        } else {
            out += text.substr(0, point.bytes);
        }
        text.remove_prefix(point.bytes);
    }
    return out;
}

std::string clipped(std::string_view text, std::size_t width) {
    if (columns(text) <= width) {
        return std::string(text);
    }
    return width == 0 ? std::string() : std::string(text.substr(0, fitting(text, width - 1))) + "…";
}

std::string padded(std::string_view text, std::size_t width) {
    const std::size_t used = columns(text);
    return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::string padded_left(std::string_view text, std::size_t width) {
    const std::size_t used = columns(text);
    return std::string(width > used ? width - used : 0, ' ') + std::string(text);
}

std::string wrapped(
    std::string_view text, std::size_t width, std::size_t indent, std::size_t hang
) {
    constexpr std::size_t kLeast = 8;
    std::size_t room = std::max(width, kLeast);
    std::string out;
    while (columns(text) > room) {
        const std::size_t most = std::max<std::size_t>(fitting(text, room), 1);
        const std::size_t blank = text.substr(0, most + 1).rfind(' ');
        const bool at_blank = blank != std::string_view::npos && blank > 0;
        const std::size_t cut = at_blank ? blank : most;
        out += std::string(text.substr(0, cut)) + "\n" + std::string(indent + hang, ' ');
        text.remove_prefix(at_blank ? cut + 1 : cut);
        room = std::max(width, kLeast + hang) - hang;
    }
    return out + std::string(text);
}

namespace {

// One line that is too long. A wide one keeps its columns.
std::string folded_line(std::string_view line, std::size_t width) {
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    const std::string hang(std::min(blanks + 2, width / 2), ' ');
    std::string out(std::min(blanks, width / 2), ' ');
    std::size_t used = out.size();
    line.remove_prefix(blanks);
    for (std::size_t gap = 0; !line.empty(); gap = line.find_first_not_of(' ')) {
        if (gap == std::string_view::npos) {
            break;
        }
        line.remove_prefix(gap);
        const std::string_view word = line.substr(0, line.find(' '));
        const std::size_t before = width < kNarrow ? std::min<std::size_t>(gap, 1) : gap;
        const bool fits = gap == 0 || used + before + columns(word) <= width;
        out += fits ? std::string(before, ' ') : "\n" + hang;
        out += word;
        used = (fits ? used + before : hang.size()) + columns(word);
        line.remove_prefix(word.size());
    }
    return out;
}

}  // namespace

std::string folded(std::string_view text, std::size_t width) {
    std::string out;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        out += columns(line) <= width ? std::string(line) : folded_line(line, width);
        out += line.size() < text.size() ? "\n" : "";
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return out;
}

std::string human_bytes(std::uint64_t bytes, words::Language language) {
    constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(kUnits)) {
        value /= 1024;
        ++unit;
    }
    std::string number = fmt::format("{:.1f}", value);
    if (number.ends_with(".0")) {
        number.resize(number.size() - 2);
    }
    return words::value_in(fmt::format("{} {}", number, kUnits[unit]), language);
}

std::string coloured(std::string_view text, Colour colour, bool on) {
    constexpr std::array<std::string_view, 7> kCodes{"", "32", "33", "31", "36", "1", "2"};
    const std::string_view code = kCodes[static_cast<std::size_t>(colour)];
    return !on || code.empty() ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace bn::cli
