// How far an apply is: one line, rewritten on a terminal. Pure but for the writer that it is given.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/screen/screen.hpp"
#include "reconciler/model/time.hpp"

namespace bn::cli {

struct ProgressView {
    std::uint64_t done = 0;  // settled: done, already so, or failed
    std::uint64_t total = 0;
    std::uint64_t failed = 0;
    Duration elapsed{};
    Duration at_least{};  // what the servers' rate limits make of all of it, from the beginning
    std::optional<Time> waits_until;  // for a server's rate limit, and nothing else is done
};

// "412/1200  34 %  8.3/s  about 1 min 35 s left  2 failed", or "... waits for the server's rate
// limit until 21:40:00"
std::string progress_line(const ProgressView& progress, Language language);

// Writes progress: on a terminal one line that is rewritten, elsewhere a line every `every`.
class ProgressPrinter {
  public:
    using Write = std::function<void(std::string_view)>;

    ProgressPrinter(Write write, bool terminal, const ScreenOptions& options, Duration every);

    void update(const ProgressView& progress, Time now);
    // The last state, as a line that stays.
    void finish(const ProgressView& progress);

  private:
    Write write_;
    bool terminal_;
    ScreenOptions options_;
    Duration every_;
    Time last_{};
    bool wrote_ = false;
    ProgressView shown_;
};

}  // namespace bn::cli
