// When which pass runs. Pure: time and chance come in as arguments. Its times are steady: a clock
// that is set ahead and back stops no pass.
//
// Full passes at an interval with jitter; triggers name items and coalesce: however often and by
// whom an item is triggered, it is looked at once, at the earliest of the times asked for.
#pragma once

#include <algorithm>
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
    Schedule(ScheduleOptions options, Steady now) : options_(options), next_full_(now) {}

    void set_options(ScheduleOptions options) { options_ = options; }

    void trigger(ItemId item, Steady at) {
        Steady& due = triggers_.emplace(item, at).first->second;
        due = std::min(due, at);
    }

    void trigger_full(Steady at) { next_full_ = std::min(next_full_, at); }

    // The next full pass is set when one begins, so that its duration does not stretch the period.
    // `share` in [0, 1): chance.
    void full_begun(Steady now, double share) {
        const auto jitter = static_cast<double>(options_.jitter.count()) * (2 * share - 1);
        next_full_ = now + options_.interval + Duration(static_cast<Duration::rep>(jitter));
    }

    [[nodiscard]] bool full_due(Steady now) const { return next_full_ <= now; }

    // Takes the items that are due, sorted. Turns them into a full pass when they are too many.
    std::vector<ItemId> take_due(Steady now) {
        std::vector<ItemId> due;
        std::erase_if(triggers_, [&](const auto& trigger) {
            if (trigger.second <= now) {
                due.push_back(trigger.first);
            }
            return trigger.second <= now;
        });
        if (due.size() > options_.max_narrow) {
            trigger_full(now);
            due.clear();
        }
        return due;
    }

    [[nodiscard]] Steady next_full() const { return next_full_; }

    // When something will be due next, the full pass included.
    [[nodiscard]] Steady next_due() const {
        Steady next = next_full_;
        for (const auto& [item, at] : triggers_) {
            next = std::min(next, at);
        }
        return next;
    }

  private:
    ScheduleOptions options_;
    Steady next_full_;
    std::map<ItemId, Steady> triggers_;
};

}  // namespace bn::controller
