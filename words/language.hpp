// The two languages of what people read, and a text in both. Logs, JSON and errors stay English.
// Pure but for what reads the environment; usable from any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace bn::words {

enum class Language : std::uint8_t { kEnglish, kRussian };

// "ru", "ru_RU.UTF-8" and "ru-RU" are Russian, everything else is English.
Language language_of(std::string_view name);
// As gettext does: the first of `list` (LANGUAGE: "de:ru:en") that we have; the locale's own where
// there is no list. A locale that is not named, C or POSIX means English whatever the list says.
Language chosen_language(std::string_view list, std::string_view locale);
// The first of LC_ALL, LC_MESSAGES, LANG that is set and not empty; empty: none.
std::string_view locale_name();
// From LANGUAGE and `locale_name`.
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
