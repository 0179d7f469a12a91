// From our codes to the names that the panel's messages are found by: msg_error_<type>. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bn::controller {

// "missing-group" -> "missing_group", "ocs.401" -> "auth", any other of the cloud -> "cloud_error".
// docs/control.md lists all types; a code that has none becomes "internal".
std::string error_type(std::string_view code);

}  // namespace bn::controller
