// One question to the running controller (docs/control.md), of the panel's module and of a command:
// over its Unix socket, or, on another host, through the program that speaks TLS with it
// (tls_client.hpp).
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

// A controller on another host.
struct DistantController {
    std::string program;  // nclink; a program of its own, so that the module starts without TLS
    std::string address;  // host:port
    std::string key_file;
};

// The same refusals; not_allowed also where a key is missing, or is another one. The program is
// given `limit`, and a moment more before it is killed.
Answer ask_controller(const DistantController& controller, const Request& request, Duration limit);

}  // namespace bn::protocol
