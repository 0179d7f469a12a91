// One question to the running controller over its Unix socket (docs/control.md): of the panel's
// module, and of a command.
//
// Blocking, one connection a call, usable from any thread. A call ends within `limit`, whatever the
// other side does. Nothing that was asked is logged or kept: a request may hold a password.
#pragma once

#include <string>

#include "protocol/answer.hpp"
#include "reconciler/model/time.hpp"

namespace bn::protocol {

// Refusals of its own: controller_down (nobody there, or gone without an answer), controller_busy
// (no answer within the limit), not_allowed (may not open the socket), bad_answer, bad_request.
Answer ask_controller(const std::string& socket, const Request& request, Duration limit);

}  // namespace bn::protocol
