// What a person entered into the panel's form of a server. Pure.
#pragma once

#include <optional>

#include "protocol/request.hpp"
#include "reconciler/model/desired.hpp"

namespace bn::controller {

// Puts it in the place of what is stored; or what is wrong with it. `known`: as the panel has it,
// nullptr for a new one. A form shows no password: an empty one is the stored one, which goes to no
// other address, to no other login, and to no cloud whose certificate nobody checks any more.
std::optional<protocol::Refusal> enter(
    const protocol::Request& request,
    const DesiredServer* known,
    bool allow_http,
    DesiredServer& server
);

}  // namespace bn::controller
