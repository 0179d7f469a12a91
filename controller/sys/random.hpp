// Randomness and hashes, by libsodium. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"

namespace bn::controller {

// A password that the usual policies take: at least one upper-case letter, lower-case letter, digit
// and special character, no characters that look alike (0 O o 1 l I), every allowed text equally
// probable. Shorter lengths than 12 are raised to 12. About 5.9 bits a character.
inline constexpr std::size_t kPasswordLength = 20;
inline constexpr std::size_t kLongestPassword = 100;  // longer ones do not fit everywhere
Secret random_password(std::size_t length = kPasswordLength);

// So many random bytes as hexadecimal digits.
Secret random_key(std::size_t bytes);

// 26 characters of Crockford's base 32: 48 bits of milliseconds, 80 random bits. Ids made by one
// process sort by the time of their making, also within one millisecond.
std::string random_id(Time now);

// A number in [0, 1), for jitter.
double random_share();

// BLAKE2b-256 as 64 hex digits.
std::string checksum(std::string_view text);

}  // namespace bn::controller
