// "host:port" and "[address6]:port", of settings. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bn::base {

// Host without brackets, and port; nothing: it is something else (an IPv6 address without brackets,
// no host, no port).
std::optional<std::pair<std::string, std::uint16_t>> host_and_port(std::string_view text);

}  // namespace bn::base
