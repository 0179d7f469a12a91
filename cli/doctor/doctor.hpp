// What a support bundle hides beside the known secrets. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bn::cli {

// Without what looks like a secret or like a person: passwords in addresses, values of parameters
// and headers that are named like secrets, private keys, e-mail addresses.
std::string without_secrets(std::string_view text);

}  // namespace bn::cli
