// Port: time. Tests own it; nothing sleeps.
#pragma once

#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace bn {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
    // Ends at `until` or earlier when the awaiting coroutine is cancelled.
    virtual Task<void> sleep_until(Time until) = 0;
};

}  // namespace bn
