// The real adapters of both sides, by the configuration: the only place that names them.
#pragma once

#include <memory>

#include "controller/logging/logging.hpp"
#include "controller/pass/world.hpp"
#include "controller/sides.hpp"

namespace bn::controller {

struct RealSidesOptions {
    CloudObserver* observer = nullptr;  // may be null; outlives the sides
    SecretRegistry* secrets = nullptr;  // learns the passwords that are read; may be null
    std::function<Time()> now;

    RealSidesOptions() = default;
};

// The panel's database and the clouds; with `panel.api`, also the way back. The clouds' calls run
// on `executor`.
Result<Sides> open_real_sides(
    const boost::asio::any_io_executor& executor,
    const Config& config,
    const RealSidesOptions& options
);

// A world on real sides, for commands: without the way back.
Result<std::unique_ptr<World>> open_world(
    const boost::asio::any_io_executor& executor, const Config& config, WorldOptions options
);

}  // namespace bn::controller
