// The answers of the control socket, as the service gives them, and the names that the panel's
// messages are found by: msg_error_<type>. Names the JSON library: for .cpp files only. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/answer.hpp"
#include "reconciler/model/error.hpp"

namespace bn::controller {

using protocol::encode_success;
using protocol::Refusal;

// From our codes: "missing-group" -> "missing_group", "ocs.401" -> "auth", any other of the cloud
// -> "cloud_error". docs/control.md lists all types; a code that has none becomes "internal".
std::string error_type(std::string_view code);

std::string state_answer(bool done, std::string detail = {});

std::string refusal(const Refusal& why);
std::string refusal(const Error& error);

}  // namespace bn::controller
