// The words for what the core names: fields that differ, states of an item, kinds of actions. The
// program's screens say them shortly, the panel's page in full. Pure; usable from any thread.
#pragma once

#include <string_view>

#include "words/language.hpp"

namespace bn::words {

struct Term {
    std::string_view name;  // as to_string writes it: "set-quota"
    Phrase screen;
    Phrase page;
};

// Null when there is no such term.
const Term* find_term(std::string_view name);

// The term on a screen, or on the panel's page; what is not known is returned as it is.
std::string_view on_screen(std::string_view name, Language language);
std::string_view on_page(std::string_view name, Language language);

}  // namespace bn::words
