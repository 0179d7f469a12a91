// What every benchmark prints: one JSON object a line on standard output, for dev/bench.
//
//   {"name":"panel.read.100000","value":151.2,"unit":"ms","ratio":1.081,"aim":"<= 1.3","ok":true}
//
// `ratio` is taken against a limit measured in the same run. A missed aim is a result, no error.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace bn::bench {

struct Aim {
    enum class Side { kAtMost, kAtLeast };
    Side side = Side::kAtMost;
    double limit = 0;

    [[nodiscard]] bool met(double ratio) const {
        return side == Side::kAtMost ? ratio <= limit : ratio >= limit;
    }

    [[nodiscard]] std::string text() const {
        return fmt::format("{} {}", side == Side::kAtMost ? "<=" : ">=", limit);
    }
};

inline Aim at_most(double limit) {
    return Aim{Aim::Side::kAtMost, limit};
}

inline Aim at_least(double limit) {
    return Aim{Aim::Side::kAtLeast, limit};
}

// A value that stands for itself.
inline void report(const std::string& name, double value, const char* unit) {
    fmt::print("{{\"name\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\"}}\n", name, value, unit);
    std::fflush(stdout);
}

// A value beside its limit, without a demand.
inline void report(const std::string& name, double value, const char* unit, double ratio) {
    fmt::print(
        "{{\"name\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\",\"ratio\":{:.3f}}}\n",
        name,
        value,
        unit,
        ratio
    );
    std::fflush(stdout);
}

inline void report(
    const std::string& name, double value, const char* unit, double ratio, const Aim& aim
) {
    fmt::print(
        "{{\"name\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\",\"ratio\":{:.3f},\"aim\":\"{}\","
        "\"ok\":{}}}\n",
        name,
        value,
        unit,
        ratio,
        aim.text(),
        aim.met(ratio)
    );
    std::fflush(stdout);
}

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

template <class F>
double seconds_of(F&& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace bn::bench
