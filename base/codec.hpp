// Bytes as texts, by libsodium. Pure; usable from any thread.
#pragma once

#include <string>
#include <string_view>

namespace bn::base {

std::string to_hex(std::string_view bytes);  // lower case

// Lower or upper case; empty when it is not that.
std::string from_hex(std::string_view hex);

enum class Base64 { kStandard, kUrlSafe };

// Without padding.
std::string to_base64(std::string_view bytes, Base64 alphabet = Base64::kStandard);

// The standard alphabet with padding; blanks and line ends are skipped. Empty when it is not that.
std::string from_base64(std::string_view text);

}  // namespace bn::base
