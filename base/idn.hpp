// Host names in the letters of their country, as the network writes them. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bn::base {

// "облако.рф" -> "xn--80ab2acne.xn--p1ai"; a name in ASCII as it is. Nothing: no name can be
// written so. IDNA 2008 as browsers apply it (UTS 46, non-transitional).
std::optional<std::string> ascii_host(std::string_view host);

}  // namespace bn::base
