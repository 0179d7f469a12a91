// What the panel's people read when something is wrong: one text per error type and language.
//
// The same texts stand in the panel's XML file as msg_error_<type>, where the panel fills the
// placeholders __name__ from the error document's params; here they are filled for <msg>. The one
// table is this one: `pmnextcloud --command messages` prints it. Pure; usable from any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bn::pmnextcloud {

enum class Lang { kEnglish, kRussian };

// "ru" and "ru_RU" are Russian, everything else is English.
Lang parse_lang(std::string_view name);

struct Text {
    std::string_view type;
    std::string_view english;
    std::string_view russian;

    [[nodiscard]] std::string_view in(Lang lang) const {
        return lang == Lang::kRussian ? russian : english;
    }
};

// All of them, in the order of the table.
std::vector<Text> all_texts();

// Null when there is no such type.
const Text* find_text(std::string_view type);

using Params = std::map<std::string, std::string>;

// The names of __name__ in a text, in order, without repetitions.
std::vector<std::string> placeholders(std::string_view text);

// Every __name__ replaced, "-" where there is no such param. What is put in is not looked at again.
std::string fill(std::string_view text, const Params& params);

// The parts of the table.
std::span<const Text> controller_texts();  // what the controller and its client answer
std::span<const Text> hold_texts();        // one per hold of the core

}  // namespace bn::pmnextcloud
