#include "words/language.hpp"

#include <cstdlib>

namespace bn::words {

Language language_of(std::string_view name) {
    constexpr std::string_view kAfter = "_-.@";
    const bool russian = name.substr(0, 2) == "ru" &&
                         (name.size() == 2 || kAfter.find(name[2]) != std::string_view::npos);
    return russian ? Language::kRussian : Language::kEnglish;
}

Language language_from_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
            return language_of(value);
        }
    }
    return Language::kEnglish;
}

}  // namespace bn::words
