#include "reconciler/retry/pace.hpp"

#include <algorithm>

namespace bn {

void note_attempt(std::vector<Time>& attempts, Time at) {
    if (attempts.size() == kAttempts) {
        attempts.erase(attempts.begin());
    }
    attempts.push_back(at);
}

std::size_t attempts_left(std::span<const Time> attempts, Time now, const PaceRules& rules) {
    if (attempts.empty()) {
        return kNoLimit;
    }
    const auto recent =
        std::ranges::count_if(attempts, [&](Time at) { return now - at < rules.within; });
    return kAttempts - std::min(kAttempts, static_cast<std::size_t>(recent));
}

Duration attempt_wait(
    std::span<const Time> attempts, std::size_t starting, Time now, const PaceRules& rules
) {
    const std::size_t left = std::min(attempts_left(attempts, now, rules), kAttempts);
    if (starting < left) {
        return Duration{0};
    }
    // The one whose end makes room; those that are starting are no older than now.
    const auto first =
        std::ranges::find_if(attempts, [&](Time at) { return now - at < rules.within; });
    const Time oldest = first != attempts.end() ? std::min(*first, now) : now;
    return std::max(oldest + rules.within - now, Duration(1));
}

}  // namespace bn
