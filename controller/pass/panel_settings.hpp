// From the configuration to the panel reader's settings.
#pragma once

#include "bm_reader/panel_source.hpp"
#include "controller/config/config.hpp"

namespace bn::controller {

// Reads the password file, or the panel's own configuration. Errors are kHuman.
Result<bm_reader::PanelSettings> panel_settings(const Config& config);

}  // namespace bn::controller
