// One question to the running controller over its Unix socket (docs/control.md).
//
// Blocking, one connection a call, usable from any thread. A call ends within `limit`, whatever the
// other side does. Nothing that was asked is logged or kept: a request may hold a password.
#pragma once

#include <string>

#include "protocol/answer.hpp"

namespace bn::pmnextcloud {

// Refusals of its own: controller_down (nobody there, or gone without an answer), controller_busy
// (no answer within the limit), not_allowed (may not open the socket), bad_answer, bad_request.
protocol::Answer ask_controller(
    const std::string& socket, const protocol::Request& request, Duration limit
);

}  // namespace bn::pmnextcloud
