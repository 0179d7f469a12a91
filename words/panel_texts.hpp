// What people read when something is wrong: one text per error type and per reason of a hold.
//
// The panel's XML file has the same texts as msg_error_<type>, where the panel fills the
// placeholders __name__ from the error document's params; here they are filled for <msg>. The one
// table is this one: `pmnextcloud --command messages` prints it. Pure; usable from any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/hold.hpp"
#include "words/language.hpp"

namespace bn::words {

struct PanelText {
    std::string_view type;
    std::string english;
    std::string russian;

    [[nodiscard]] const std::string& in(Language language) const {
        return language == Language::kRussian ? russian : english;
    }
};

// All of the panel's texts: the module's own, the controller's, one per hold in the order of
// HoldCode, whose types are the codes with underscores.
const std::vector<PanelText>& all_texts();
// Null when there is no such type.
const PanelText* find_text(std::string_view type);

// "the account is not ours"
std::string_view reason(HoldCode code, Language language);

using Params = std::map<std::string, std::string>;

// The names of __name__ in a text, in order, without repetitions.
std::vector<std::string> placeholders(std::string_view text);

// Every __name__ replaced, "-" where there is no such param. What is put in is not looked at again.
std::string fill(std::string_view text, const Params& params);

}  // namespace bn::words
