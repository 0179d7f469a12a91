// The language of everything that is shown to people. Logs, JSON and errors of files stay English.
#pragma once

#include <cstdint>
#include <string_view>

#include "cli/names.hpp"

namespace bn::cli {

enum class Language : std::uint8_t { kEnglish, kRussian };

// From LC_ALL, LC_MESSAGES, LANG, in this order: the first that is set and not empty decides.
Language language_from_environment();
Language language_of(std::string_view locale);  // "ru_RU.UTF-8" -> Russian; all others English

}  // namespace bn::cli
