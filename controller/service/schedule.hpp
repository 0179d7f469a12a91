// When which pass runs. Pure: time and chance come in as arguments.
//
// Full passes at an interval with jitter; triggers name items and coalesce: however often and by
// whom an item is triggered, it is looked at once, at the earliest of the times asked for.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"

namespace bn::controller {

struct ScheduleOptions {
    Duration interval{};
    Duration jitter{};  // each way
    // More triggered items than this are served by a full pass.
    std::size_t max_narrow = 200;
};

class Schedule {
  public:
    // The first full pass is due at once.
    Schedule(ScheduleOptions options, Time now) : options_(options), next_full_(now) {}

    void set_options(ScheduleOptions options) { options_ = options; }

    void trigger(ItemId item, Time at);

    void trigger_full(Time at) { next_full_ = std::min(next_full_, at); }

    // The next full pass is set when one begins, so that its duration does not stretch the period.
    // `share` in [0, 1): chance.
    void full_begun(Time now, double share);

    [[nodiscard]] bool full_due(Time now) const { return next_full_ <= now; }

    // Takes the items that are due, sorted. Turns them into a full pass when they are too many.
    std::vector<ItemId> take_due(Time now);

    [[nodiscard]] Time next_full() const { return next_full_; }

    // When something will be due next, the full pass included.
    [[nodiscard]] Time next_due() const;

  private:
    ScheduleOptions options_;
    Time next_full_;
    std::map<ItemId, Time> triggers_;
};

}  // namespace bn::controller
