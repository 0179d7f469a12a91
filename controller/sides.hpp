// Both sides behind their ports: what the composition root opens by a configuration, and all that a
// world knows of the outside. Tests fill it with ports in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "controller/config/config.hpp"
#include "controller/panel_switch.hpp"
#include "reconciler/ports/cloud.hpp"
#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::controller {

// Where blocking calls run, so that the loop goes on meanwhile. The end of the last copy waits for
// the end of all work. A test gives one that runs the call at once, on the loop's own thread.
using Blocking = std::function<void(std::function<void()> work)>;

// So many threads; one: the calls go one after the other.
Blocking make_threads(std::size_t count);

struct Sides {
    // Two connections, so that a long reading does not hold up the look at what is waiting.
    std::unique_ptr<DesiredSource> desired;
    std::unique_ptr<DesiredSource> operations;
    std::function<std::unique_ptr<Cloud>(CloudSettings)> make_cloud;
    std::function<void()> abort_clouds = [] {};  // ends all calls of all clouds that it made
    // The way back; null where the configuration turns it off.
    std::shared_ptr<PanelApi> panel_api;
    std::unique_ptr<UsageSink> usage;
    PanelSwitch maintenance;
    std::function<Blocking(std::size_t threads)> make_blocking = make_threads;

    Sides() = default;
};

}  // namespace bn::controller
