// The cloud's own quota arithmetic, written from its observed behaviour and on purpose apart from
// the product's version: two independent readings of the same facts check each other.
// Pure; usable from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bn::testing::cloud {

// A number of bytes as the cloud stores it: "1.4 GB". A negative number gives "?".
std::string human_size(double bytes);

// A text as the cloud reads it; nothing: the cloud refuses it. Unit by the last letters only, so
// "1 GiB" is one byte and "Default" is zero terabytes.
std::optional<double> computer_size(std::string_view text);

// The text that is stored for a value that an admin sends ("none" and "default" stay as they are);
// nothing: refused.
std::optional<std::string> stored_quota(std::string_view value);

}  // namespace bn::testing::cloud
