#include "cli/apply/progress.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bn::cli {
namespace {

constexpr Phrase kRate{"  {:.1f}/s", "  {:.1f}/с"};
constexpr Phrase kLeft{"  about {} left", "  осталось около {}"};
constexpr Phrase kFailed{"  {} failed", "  неудач {}"};

}  // namespace

std::string progress_line(const ProgressView& progress, Language language) {
    const std::uint64_t percent = progress.total == 0 ? 100 : progress.done * 100 / progress.total;
    std::string line = fmt::format("{}/{}  {} %", progress.done, progress.total, percent);
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    if (progress.done > 0 && seconds > 0) {
        const double rate = static_cast<double>(progress.done) / seconds;
        line += say(language, kRate, rate);
        const std::uint64_t rest = progress.total - std::min(progress.total, progress.done);
        // Whole seconds: more would only flicker.
        const auto by_rate = std::chrono::seconds(std::llround(static_cast<double>(rest) / rate));
        const Duration left = std::max<Duration>(by_rate, progress.at_least);
        if (rest > 0 && left >= std::chrono::seconds(1)) {
            line += say(language, kLeft, human_duration(left, language));
        }
    }
    return progress.failed > 0 ? line + say(language, kFailed, progress.failed) : line;
}

ProgressPrinter::ProgressPrinter(
    Write write, bool terminal, const ScreenOptions& options, Duration every
)
    : write_(std::move(write)), terminal_(terminal), options_(options), every_(every) {}

void ProgressPrinter::update(const ProgressView& progress, Time now) {
    // A terminal is rewritten ten times a second at most, a file gets a line now and then.
    const Duration gap = terminal_ ? Duration(100) : every_;
    if (wrote_ && now - last_ < gap) {
        return;
    }
    wrote_ = true;
    last_ = now;
    const std::string line = progress_line(progress, options_.language);
    if (terminal_) {
        write_("\r\x1b[K" + clipped(line, options_.width > 1 ? options_.width - 1 : 1));
    } else {
        write_(line + "\n");
    }
}

void ProgressPrinter::finish(const ProgressView& progress) {
    const std::string line = progress_line(progress, options_.language);
    write_((terminal_ ? "\r\x1b[K" : "") + line + "\n");
}

}  // namespace bn::cli
