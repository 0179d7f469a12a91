// The question to a controller on another host: the same lines as over the socket, in TLS 1.3 with
// a shared key. It needs OpenSSL and the resolver, whose start costs the panel's module more than
// its own: a target of its own, which the program nclink links.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/request.hpp"
#include "reconciler/model/secret.hpp"

namespace bn::protocol {

// The line that comes back, without its end. Blocking; ends within `limit`, the name's resolution,
// the connection and the handshake included. Each address of the host is tried. Refusals:
// controller_down, controller_busy, not_allowed (the key is another one), bad_answer (no controller
// of ours, or none at all, answers there).
tl::expected<std::string, Refusal> ask_over_tls(
    const std::string& address, const Secret& key, std::string_view line, Duration limit
);

}  // namespace bn::protocol
