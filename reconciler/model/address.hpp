// One spelling of a cloud's address. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace bn {

// "https://Cloud.Example:443/nc/" -> "https://cloud.example/nc": scheme and host in lower case, no
// default port, no slash at the end. Letter case of the path is its own. What is no address stays
// as it is, but for slashes at its end.
std::string canonical_address(std::string_view address);

}  // namespace bn
