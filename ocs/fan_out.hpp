// Runs tasks side by side on the caller's executor. Asio stays in the .cpp.
#pragma once

#include <functional>
#include <vector>

#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::ocs {

// Ends when all have ended. Cancelling it cancels all. The first exception is passed on.
Task<void> run_all(std::vector<std::function<Task<void>()>> tasks);

// Ends after `pause`, at once when it is zero.
Task<void> rest(Duration pause);

}  // namespace bn::ocs
