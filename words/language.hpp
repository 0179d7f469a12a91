// The two languages of what people read, and a text in both. Logs, JSON and errors stay English.
// Pure but for language_from_environment; usable from any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace bn::words {

enum class Language : std::uint8_t { kEnglish, kRussian };

// "ru", "ru_RU.UTF-8" and "ru-RU" are Russian, everything else is English.
Language language_of(std::string_view name);
// From LC_ALL, LC_MESSAGES, LANG, in this order: the first that is set and not empty decides.
Language language_from_environment();

struct Phrase {
    std::string_view english;
    std::string_view russian;

    [[nodiscard]] constexpr std::string_view in(Language language) const {
        return language == Language::kRussian ? russian : english;
    }
};

// The words for what the core names: fields that differ, states of an item, kinds of actions. The
// program's screens say them shortly, the panel's page in full. What is not known is returned as it
// is.
std::string_view on_screen(std::string_view name, Language language);
std::string_view on_page(std::string_view name, Language language);

}  // namespace bn::words
