// What the program says in English, said in Russian.
//
// The core, the adapters and the events that are stored hold finished English sentences; they
// become Russian only where a person reads them. The key of a row is the English sentence with {}
// where something is put in, as the sources have it. Its Russian text has as many places:
//   {}     the next one as it is: a name, a number, what came from outside
//   {1}    the second one, where Russian wants another order
//   {*}    {1*}: another text of ours, a state or a size, which is translated in turn
//   {t}    {1t}: a term, such as a field's name
//   {@}    {1@}: a time; the row is only for texts that have one there
//   {#}    {1#}: a number; likewise, as where words agree with it
//   {0|услуга|услуги|услуг}   the word that agrees with the number that stands there
// A number with its word in the English sentence, {:# account|# accounts} as reconciler/model has
// it (plural.hpp), is one place, which holds the number. Pure; usable from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "words/language.hpp"

namespace bn::words {

// The finished English text in that language. Of several rows that it may have been made from, the
// one with most letters of its own is taken. A text without a row stays as it is; "a; b" is looked
// at piece by piece, and "what (remedy) [code]" part by part. What was put in never gets lost.
std::string in_language(std::string_view text, Language language);

// What stands beside a name, a state or a size: "enabled", "10 GiB" ("включена", "10 ГиБ").
std::string value_in(std::string_view text, Language language);

// The same of a side of an action of that kind: names of groups and addresses are as they are.
std::string side_of(std::string_view kind, std::string_view value, Language language);

// The tables, one a room.
using Table = std::span<const Phrase>;
Table texts_of_the_core();
Table texts_of_the_panel();
Table texts_of_the_cloud();
Table texts_of_the_store();
Table texts_of_the_controller();
Table texts_of_the_verbs();

// All of them.
const std::vector<Phrase>& catalogue();

// The sentences that a key stands for, with {} where something is put in: more than one where words
// agree with a number.
std::vector<std::string> sentences_of(std::string_view key);

}  // namespace bn::words
