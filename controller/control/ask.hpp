// A question of a command to the service that runs, over its control socket. Blocks for ten seconds
// at most.
#pragma once

#include <optional>
#include <string>

#include "reconciler/model/error.hpp"

namespace bn::controller {

// The answer's line. Nothing: nobody listens there. Errors: kHuman "control.ask".
Result<std::optional<std::string>> ask_service(const std::string& path, std::string line);

}  // namespace bn::controller
