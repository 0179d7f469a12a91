#include <array>
#include <cstdint>

#include "cli/screen/screens.hpp"
#include "cli/screen/texts.hpp"

namespace bn::cli {
namespace {

struct Unit {
    Text name;
    std::int64_t milliseconds;
};

constexpr std::array<Unit, 4> kUnits{
    {{Text::kDays, 86'400'000},
     {Text::kHours, 3'600'000},
     {Text::kMinutes, 60'000},
     {Text::kSeconds, 1'000}}};

}  // namespace

std::string human_duration(Duration d, Language language) {
    std::int64_t rest = d.count() < 0 ? -d.count() : d.count();
    if (rest < 1000) {
        return text(Text::kMilliseconds, language, rest);
    }
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        if (rest < kUnits[i].milliseconds) {
            continue;
        }
        std::string words = text(kUnits[i].name, language, rest / kUnits[i].milliseconds);
        rest %= kUnits[i].milliseconds;
        if (i + 1 < kUnits.size() && rest >= kUnits[i + 1].milliseconds) {
            words += " " + text(kUnits[i + 1].name, language, rest / kUnits[i + 1].milliseconds);
        }
        return words;
    }
    return {};
}

std::string human_moment(Time t, Time now, Language language) {
    const Duration d = t - now;
    if (d > Duration(-1000) && d < Duration(1000)) {
        return std::string(text(Text::kJustNow, language));
    }
    return text(d.count() < 0 ? Text::kAgo : Text::kIn, language, human_duration(d, language));
}

}  // namespace bn::cli
