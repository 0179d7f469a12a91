// Texts as URLs and forms want them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bn::ocs {

// A group as a path segment: a name with '+' or '%' must be encoded twice (a single encoding is
// answered by 404 or 101).
std::string group_segment(std::string_view group);

// True for the two forms of Nextcloud's app passwords: five dashed groups of five (made in the
// web interface) and 72 letters and digits (made by the API).
bool looks_like_app_password(std::string_view password);

}  // namespace bn::ocs
