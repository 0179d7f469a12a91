// What is printed in the letters that the locale has. Texts are UTF-8 inside.
#pragma once

#include <string>
#include <string_view>

namespace bn::cli {

// Of LC_ALL, LC_CTYPE or LANG: "KOI8-R". "UTF-8" where the locale is C, POSIX, unknown or not
// named: names from the panel and the clouds are UTF-8, and a service or a cron job has no locale.
std::string charset_of_environment();

// The text in that charset. What it lacks is spelt ("→" as "->", "…" as "...") or becomes "?".
std::string in_charset(std::string_view text, const std::string& charset);

// From now on what is written to standard error, and to standard output if `output`, is turned into
// the locale's charset. Call once, before threads are made. Nothing happens where that is UTF-8.
void speak_in_charset_of_environment(bool output);

}  // namespace bn::cli
