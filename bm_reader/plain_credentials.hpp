// Which credentials the panel stores without encryption. Counts them; never reads one.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "bm_reader/panel_source.hpp"

namespace bn::bm_reader {

struct PlainCredentials {
    std::set<ServerId> servers;                   // nc_password of the module is stored plain
    std::map<ServerId, std::uint64_t> passwords;  // services with a plain userpassword, by server

    PlainCredentials() = default;
};

// Blocking, one connection of its own, two statements. Errors as those of DesiredSource.
Result<PlainCredentials> find_plain_credentials(const PanelSettings& settings);

}  // namespace bn::bm_reader
