// Back-off arithmetic. Pure: the caller brings the seed, so that a test can pin the jitter.
#pragma once

#include <cstdint>

#include "reconciler/model/time.hpp"

namespace bn {

struct BackoffOptions {
    Duration first = std::chrono::seconds(5);
    double factor = 2.0;
    Duration cap = std::chrono::hours(1);
    double jitter = 0.2;  // share of the delay, both ways
};

// Delay before attempt `failures + 1`. No failure counts as one.
Duration backoff_delay(std::uint32_t failures, std::uint64_t seed, const BackoffOptions& options);

// `first`, doubled with each attempt that failed before, at most `longest`; without jitter.
Duration doubling_pause(std::uint32_t attempts, Duration first, Duration longest);

// `period` with jitter: period * (1 +- jitter).
Duration jittered(Duration period, double jitter, std::uint64_t seed);

}  // namespace bn
