#include "reconciler/model/harm.hpp"

#include <algorithm>

namespace bn {

bool counts_as(Harm done, Harm limited) {
    return done == limited || (limited == Harm::kCutQuota && done == Harm::kCutBelowUse);
}

void add_harm(std::vector<HarmDone>& done, Harm harm, Time at) {
    std::erase_if(done, [at](const HarmDone& past) {
        return at - past.at >= kHarmMemory + kHarmStep;
    });
    const auto now = std::ranges::find_if(done, [&](const HarmDone& past) {
        return past.harm == harm && past.at <= at && at - past.at < kHarmStep;
    });
    if (now == done.end()) {
        done.push_back({harm, at, 1});
    } else {
        ++now->count;
    }
}

void take_back_harm(std::vector<HarmDone>& done, Harm harm, Time at) {
    const auto last = std::ranges::find_if(done.rbegin(), done.rend(), [&](const HarmDone& past) {
        return past.harm == harm && past.at <= at && at - past.at < kHarmStep;
    });
    if (last != done.rend() && --last->count == 0) {
        done.erase(std::next(last).base());
    }
}

std::uint64_t harm_within(const std::vector<HarmDone>& done, Harm harm, Time now, Duration window) {
    std::uint64_t count = 0;
    for (const HarmDone& past : done) {
        if (counts_as(past.harm, harm) && now - past.at < window + kHarmStep) {
            count += past.count;
        }
    }
    return count;
}

}  // namespace bn
