// Where blocking calls run, so that the loop goes on meanwhile. `run_blocking` (async.hpp) awaits
// one. A test gives one that runs the call at once, on the loop's own thread.
#pragma once

#include <cstddef>
#include <functional>

namespace bn::controller {

// The end of the last copy waits for the end of all work.
using Blocking = std::function<void(std::function<void()> work)>;

// So many threads; one: the calls go one after the other.
Blocking make_threads(std::size_t count);

}  // namespace bn::controller
