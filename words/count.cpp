#include "words/count.hpp"

#include <array>

namespace bn::words {

std::size_t russian_form(std::uint64_t count) {
    const std::uint64_t tens = count % 100;
    const std::uint64_t ones = count % 10;
    if (tens >= 11 && tens <= 14) {
        return 2;
    }
    return ones == 1 ? 0 : ones >= 2 && ones <= 4 ? 1 : 2;
}

std::string_view plural(std::uint64_t count, const Noun& noun, Language language) {
    if (language == Language::kRussian) {
        return std::array{noun.russian_one, noun.russian_few, noun.russian_many}.at(
            russian_form(count)
        );
    }
    return count == 1 ? noun.one : noun.other;
}

std::string counted(std::uint64_t count, const Noun& noun, Language language) {
    return std::to_string(count).append(" ").append(plural(count, noun, language));
}

}  // namespace bn::words
