#include "words/count.hpp"

#include <array>

#include "reconciler/model/agreement.hpp"

namespace bn::words {

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
