#include "reconciler/model/pause.hpp"

namespace bn {

bool in_force(const std::optional<Pause>& pause, Time now) {
    return pause && (!pause->until || now < *pause->until);
}

bool has_ended(const std::optional<Pause>& pause, Time now) {
    return pause && !in_force(pause, now);
}

std::string to_text(const Pause& pause) {
    std::string text = "since " + format_time(pause.since);
    if (pause.until) {
        text += " until " + format_time(*pause.until);
    }
    text += pause.by.empty() ? "" : " by " + pause.by;
    return pause.reason.empty() ? text : text + ": " + pause.reason;
}

}  // namespace bn
