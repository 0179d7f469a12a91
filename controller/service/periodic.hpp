// Something that is done again and again: after a period, sooner when somebody wakes it, and at
// another pace after a failure. Of the loop's thread; the clock is the port, so that a test steps
// it.
#pragma once

#include <functional>

#include "reconciler/ports/clock.hpp"

namespace bn::controller {

struct Period {
    Duration usual{};
    Duration after_failure{};  // 0: as usual

    explicit Period(Duration u, Duration failure = {}) : usual(u), after_failure(failure) {}
};

class Periodic {
  public:
    // False: it failed.
    using Step = std::function<Task<bool>()>;

    // The period is asked for each time: a reload may change it.
    Periodic(Clock& clock, std::function<Period()> period, Step step)
        : clock_(clock), period_(std::move(period)), step_(std::move(step)) {}

    Periodic(const Periodic&) = delete;
    Periodic& operator=(const Periodic&) = delete;

    // Until `stop`. The first step comes after the first period.
    Task<void> run();

    // The next step comes at once.
    void wake() { clock_.wake(this); }

    // A step that is under way ends by itself.
    void stop();

  private:
    Clock& clock_;
    std::function<Period()> period_;
    Step step_;
    bool stopped_ = false;
};

}  // namespace bn::controller
