// Chance from a seed: the same seed, the same throws. One thread.
#pragma once

#include <cstdint>
#include <random>

#include "reconciler/model/time.hpp"

namespace bn::sim {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    // Less than `n`; 0 for 0.
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : engine_() % n; }

    // True once in so many throws; 0: never.
    bool one_in(std::uint64_t n) { return n != 0 && below(n) == 0; }

    Duration up_to(Duration most) {
        return Duration(
            static_cast<Duration::rep>(below(static_cast<std::uint64_t>(most.count()) + 1))
        );
    }

    double share() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }

  private:
    std::mt19937_64 engine_;
};

}  // namespace bn::sim
