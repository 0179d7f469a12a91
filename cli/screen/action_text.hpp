// One action in words: shared by the plan, the item screen and the events. Pure.
#pragma once

#include <string>

#include "reconciler/model/action.hpp"

#include "cli/names.hpp"
#include "cli/screen/language.hpp"

namespace bn::cli {

// "+", "~", "-", "="
char sign_of(ActionKind kind);

// What changes: "quota 5 GiB, group Basic, e-mail a@b.c" for a create, "1 GiB → 5 GiB" for a field.
// Escaped.
std::string change_of(const Action& action, Language language);

// "create user_7: quota 5 GiB"
std::string describe(const Action& action, Language language);

}  // namespace bn::cli
