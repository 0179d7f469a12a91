// What a person says about items, servers or everything, as a request says it: pause, resume,
// undelete, replay. One place for the socket and for a command that finds no service. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "protocol/request.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::controller {

Scope scope_of(const protocol::Request& request);

[[nodiscard]] bool is_said(std::string_view verb);

// REQUIRES: is_said(request.verb). Errors: those of reconciler/decide/operator.hpp.
Result<std::vector<Event>> decide_said(const Moment& at, const protocol::Request& request);

}  // namespace bn::controller
