// A configuration with faults, as far as it can be read: for commands that only look, and that a
// typo elsewhere in the file is not to stop.
#pragma once

#include <string>

#include "controller/config/config.hpp"

namespace bn::controller {

struct PartialConfig {
    Config config;        // defaults where nothing could be read
    ConfigErrors faults;  // as of load_config; none: it is good
    bool read = false;    // its sections were read: what `config` says is what the file says
};

PartialConfig load_partial_config(const std::string& path);

}  // namespace bn::controller
