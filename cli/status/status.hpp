// The status for people. Pure.
#pragma once

#include <string>

#include "cli/screen/screen.hpp"
#include "controller/service/status_view.hpp"

namespace bn::cli {

std::string render_status(const StatusView& status, const ScreenOptions& options);

}  // namespace bn::cli
