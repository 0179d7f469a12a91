#include "controller/service/schedule.hpp"

#include <algorithm>

namespace bn::controller {

void Schedule::trigger(ItemId item, Time at) {
    const auto [it, fresh] = triggers_.emplace(item, at);
    if (!fresh) {
        it->second = std::min(it->second, at);
    }
}

void Schedule::full_begun(Time now, double share) {
    const auto jitter = static_cast<double>(options_.jitter.count()) * (2 * share - 1);
    next_full_ = now + options_.interval + Duration(static_cast<Duration::rep>(jitter));
}

std::vector<ItemId> Schedule::take_due(Time now) {
    std::vector<ItemId> due;
    for (auto it = triggers_.begin(); it != triggers_.end();) {
        if (it->second <= now) {
            due.push_back(it->first);
            it = triggers_.erase(it);
        } else {
            ++it;
        }
    }
    if (due.size() > options_.max_narrow) {
        trigger_full(now);
        due.clear();
    }
    return due;
}

Time Schedule::next_due() const {
    Time next = next_full_;
    for (const auto& [item, at] : triggers_) {
        next = std::min(next, at);
    }
    return next;
}

}  // namespace bn::controller
