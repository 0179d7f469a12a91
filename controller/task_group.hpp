// A group of coroutines on one executor that is joined as a whole. Single-threaded: all members
// and all coroutines run on the executor given. `join` before destruction.
#pragma once

#include <memory>

#include "reconciler/ports/task.hpp"

namespace bn::controller {

class TaskGroup {
  public:
    explicit TaskGroup(const boost::asio::any_io_executor& executor);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    void spawn(Task<void> task);
    // Ends when all spawned coroutines have ended; throws the first exception that one threw.
    Task<void> join();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace bn::controller
