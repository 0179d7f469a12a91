// The words of the page "Nextcloud: drift" in the panel's languages. Pure.
#pragma once

#include <string>
#include <string_view>

#include "pmnextcloud/texts.hpp"

namespace bn::pmnextcloud {

// A field of an account ("quota"), a row's state ("held"), an action's kind ("set-quota"), or a
// piece of the dry run's text ("nothing"). What is not known is returned as it is.
std::string word(std::string_view name, Lang lang);

}  // namespace bn::pmnextcloud
