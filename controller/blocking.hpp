// Where blocking calls run, so that the loop goes on meanwhile. `run_blocking` (async.hpp) awaits
// one. A test gives one that runs the call at once, on the loop's own thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace bn::controller {

class Blocking {
  public:
    virtual ~Blocking() = default;  // ends when all work has ended
    virtual void post(std::function<void()> work) = 0;
};

// So many threads; one: the calls go one after the other.
std::unique_ptr<Blocking> make_threads(std::size_t count);

}  // namespace bn::controller
