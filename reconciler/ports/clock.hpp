// Port: time and chance. Whoever waits, names an id or throws dice does it through this; a test
// owns it, and a whole controller runs on one thread in no time. Used on the loop's thread.
#pragma once

#include <cstddef>
#include <string>

#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace bn {

class Clock {
  public:
    virtual ~Clock() = default;
    // What is written down. The host's clock may be wrong, and be set: who waits, and how long
    // something took, is a matter of `steady`.
    [[nodiscard]] virtual Time now() const = 0;
    [[nodiscard]] virtual Steady steady() const = 0;
    // Ends at `until`, or earlier when somebody calls `wake` with the same `bell`. Any number may
    // sleep by one bell.
    virtual Task<void> sleep_until(Steady until, const void* bell = nullptr) = 0;
    virtual void wake(const void* bell) = 0;

    // A new id; ids sort by the time of their making.
    virtual std::string id() = 0;
    // A new password of this length.
    virtual Secret password(std::size_t length) = 0;
    // A number in [0, 1), for jitter.
    virtual double share() = 0;
};

}  // namespace bn
