// The page "Nextcloud: drift" of the panel: the add-on ncsync answers its list and its buttons.
//
// The panel passes everything by variables: PARAM_func, PARAM_elid ("7, 9"), PARAM_lang,
// PARAM_p_num and PARAM_p_cnt (page from 1, rows a page), PARAM_p_order ("login", "-login"),
// PARAM_sok, AUTH_LEVEL (29 administrator, 30 root; less is refused) and AUTH_USER, who is named as
// the actor.
#pragma once

#include <map>
#include <string>

#include "pmnextcloud/environment.hpp"

namespace bn::pmnextcloud {

// Always one document; an error is an error document (the panel reads the document, not a code).
std::string drift_page(
    const std::map<std::string, std::string>& variables, const Environment& environment
);

}  // namespace bn::pmnextcloud
