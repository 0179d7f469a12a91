// What stands at a path that is about to be written. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace bn::base {

// Empty: nothing is there, or a regular file, which may be written and replaced. Else what it is,
// for a person: "a symbolic link", "a device". A link is not followed.
[[nodiscard]] std::string_view not_to_be_written(const std::string& path);

// The same for a file that is only added to and never replaced: links that root or our own user
// made are followed, to a file that may be new.
[[nodiscard]] std::string_view not_to_be_added_to(const std::string& path);

// What to do about it.
inline constexpr std::string_view kNameRegularFile =
    "name a new or a regular file; nothing was replaced";

}  // namespace bn::base
