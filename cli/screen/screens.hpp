// The other screens: status, item, events, check, progress. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "cli/names.hpp"
#include "cli/screen/language.hpp"
#include "cli/screen/views.hpp"
#include "reconciler/model/error.hpp"

namespace bn::cli {

struct ScreenOptions {
    Language language = Language::kEnglish;
    bool colour = false;
    std::size_t width = 100;
    bool full = false;  // status: all holds instead of the first 20 per server

    ScreenOptions() = default;

    ScreenOptions(Language l, bool c, std::size_t w, bool f)
        : language(l), colour(c), width(w), full(f) {}
};

std::string render_status(const StatusView& status, const ScreenOptions& options);

std::string render_item(const ItemView& item, const ScreenOptions& options);
std::string item_to_json(const ItemView& item);

// One line, with line end.
std::string render_event(const Envelope& event, const ScreenOptions& options);
std::string event_to_json(const Envelope& event);  // one line of JSON, with line end
// The event as one sentence.
std::string event_sentence(const Event& event, Language language);

std::string render_check(const CheckReport& report, const ScreenOptions& options);
std::string check_to_json(const CheckReport& report);

// "412/1200  34 %  8.3/s  about 1 min 35 s left  2 failed"
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
};

// "5 min", "1 h 20 min", "3 d": two units at most.
std::string human_duration(Duration d, Language language);
// "3 min ago", "in 2 min".
std::string human_moment(Time t, Time now, Language language);

}  // namespace bn::cli
