// The real adapters of both sides, by the configuration: the only place that names them.
#pragma once

#include <memory>

#include "bm_reader/panel_source.hpp"
#include "controller/pass/world.hpp"
#include "controller/sides.hpp"

namespace bn::controller {

// From the configuration to the panel reader's settings: reads the password file, or the panel's
// own configuration. Errors are kHuman.
Result<bm_reader::PanelSettings> panel_settings(const Config& config);

// The panel's database and the clouds; with `panel.api`, also the way back. The clouds' calls run
// on `executor`. `options` are those of the world that the sides are for.
Result<Sides> open_real_sides(
    const boost::asio::any_io_executor& executor, const Config& config, const WorldOptions& options
);

// A world on real sides, for commands: without the way back.
Result<std::unique_ptr<World>> open_world(
    const boost::asio::any_io_executor& executor, const Config& config, WorldOptions options
);

}  // namespace bn::controller
