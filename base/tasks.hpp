// Coroutines side by side on one executor. Asio stays in the .cpp.
//
// Single-threaded: all members and all coroutines run on that executor.
#pragma once

#include <memory>

#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::base {

// A group that is joined as a whole. `join` before destruction.
class TaskGroup {
  public:
    explicit TaskGroup(const boost::asio::any_io_executor& executor);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    void spawn(Task<void> task);
    // Ends when all spawned coroutines have ended; throws the first exception that one threw.
    Task<void> join();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

// Ends after `pause`, at once when it is zero.
Task<void> rest(Duration pause);

}  // namespace bn::base
