// How fast a cloud is asked for changes while nothing goes well there: a few at a time, whoever
// they are for, and as many as it takes once one goes well. Pure; the times lie in the ledger
// (LedgerServer::attempts), so that a restart is no way around.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn {

inline constexpr std::size_t kAttempts = 4;  // within PaceRules::within, when none goes well

struct PaceRules {
    Duration within = std::chrono::minutes(1);
};

// Another one is begun.
void note_attempt(std::vector<Time>& attempts, Time at);

// How many more may be begun now: kNoLimit when the last one went well. `starting`: others that are
// about to be begun.
inline constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);
[[nodiscard]] std::size_t attempts_left(
    std::span<const Time> attempts, Time now, const PaceRules& rules
);

// Until one may be begun; nothing when it may now.
[[nodiscard]] Duration attempt_wait(
    std::span<const Time> attempts, std::size_t starting, Time now, const PaceRules& rules
);

}  // namespace bn
