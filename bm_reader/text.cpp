#include "bm_reader/text.hpp"

#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"

namespace bn::bm_reader {

namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

}  // namespace

Number to_number(Cell cell) {
    if (cell.null()) {
        return {};
    }
    std::string_view text = cell.text();
    const std::size_t point = text.find('.');
    if (point != std::string_view::npos) {
        const std::string_view fraction = text.substr(point + 1);
        if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) {
            return Number::bad();
        }
        text = text.substr(0, point);
    }
    const auto value = base::whole_number<std::int64_t>(text);
    return value ? Number(*value) : Number::bad();
}

Number to_id(Cell cell) {
    const Number number = to_number(cell);
    if (number.has_value() &&
        (number.value() <= 0 || number.value() > std::numeric_limits<std::uint32_t>::max())) {
        return Number::bad();
    }
    return number;
}

std::string to_string(const Number& number) {
    if (number.null()) {
        return "NULL";
    }
    return number.is_bad() ? "not a number" : fmt::to_string(number.value());
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kMost = 60;
    std::string out = "'";
    while (!text.empty()) {
        const std::size_t length = base::character_length(text);
        if (length == 0 || is_control(text[0])) {
            out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
        if (out.size() > kMost && !text.empty()) {
            return out + "...'";
        }
    }
    return out + "'";
}

std::string clean(std::string_view text, std::size_t characters) {
    text = trim(text);
    if (!base::valid_utf8(text)) {
        return {};
    }
    std::string out;
    for (; !text.empty() && characters > 0; --characters) {
        const std::size_t length = base::character_length(text);
        out += is_control(text[0]) ? std::string_view(" ") : text.substr(0, length);
        text.remove_prefix(length);
    }
    return std::string(trim(out));
}

}  // namespace bn::bm_reader
