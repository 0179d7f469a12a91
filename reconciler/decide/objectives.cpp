#include "reconciler/decide/objectives.hpp"

#include <algorithm>
#include <cstddef>

namespace bn {

void SilentTimes::note(ServerId server, bool answered, Steady begun, Steady now) {
    constexpr std::size_t kRemembered = 64;
    std::vector<Silence>& all = silences_[server];
    const bool silent = !all.empty() && !all.back().to;
    if (answered && silent) {
        all.back().to = now;
    } else if (!answered && !silent) {
        // Two looks may overlap; silences do not.
        const Steady after = all.empty() ? begun : std::max(begun, *all.back().to);
        all.push_back({after, {}});
    }
    if (all.size() > kRemembered) {
        all.erase(all.begin());
    }
}

Duration SilentTimes::between(ServerId server, Steady from, Steady to) const {
    Duration sum{0};
    const auto known = silences_.find(server);
    if (known == silences_.end()) {
        return sum;
    }
    for (const Silence& silence : known->second) {
        const Steady begin = std::max(silence.from, from);
        const Steady end = std::min(silence.to.value_or(to), to);
        sum += std::max(end - begin, Duration{0});
    }
    return sum;
}

}  // namespace bn
