#include "reconciler/retry/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace bn {
namespace {

// A number in [0, 1) from a seed (splitmix64): neighbouring seeds give unrelated numbers.
double unit(std::uint64_t seed) {
    seed += 0x9e3779b97f4a7c15ULL;
    seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebULL;
    seed ^= seed >> 31;
    return static_cast<double>(seed >> 11) * 0x1.0p-53;
}

Duration spread(double millis, double jitter, std::uint64_t seed) {
    const double share = std::clamp(jitter, 0.0, 1.0);
    const double factor = 1.0 + share * (2.0 * unit(seed) - 1.0);
    return Duration(static_cast<Duration::rep>(std::max(0.0, millis * factor)));
}

}  // namespace

Duration backoff_delay(std::uint32_t failures, std::uint64_t seed, const BackoffOptions& options) {
    const auto cap = static_cast<double>(options.cap.count());
    const double exponent = failures > 0 ? static_cast<double>(failures - 1) : 0.0;
    const double plain = static_cast<double>(options.first.count()) *
                         std::pow(std::max(options.factor, 1.0), exponent);
    return std::min(spread(std::min(plain, cap), options.jitter, seed), options.cap);
}

Duration doubling_pause(std::uint32_t attempts, Duration first, Duration longest) {
    return backoff_delay(attempts + 1, 0, {first, 2.0, longest, 0});
}

Duration jittered(Duration period, double jitter, std::uint64_t seed) {
    return spread(static_cast<double>(period.count()), jitter, seed);
}

}  // namespace bn
