#include "reconciler/plan/windows.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bn {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);

std::optional<unsigned> number_in(std::string_view text, unsigned low, unsigned high) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && value >= low && value <= high ? std::optional(value) : std::nullopt;
}

struct Range {
    unsigned first = 0;
    unsigned last = 0;
    unsigned step = 1;
};

// "*", "5", "1-5", and each with "/2".
std::optional<Range> parse_range(std::string_view text, unsigned low, unsigned high) {
    Range range{low, high, 1};
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto step = number_in(text.substr(slash + 1), 1, high);
        if (!step) {
            return std::nullopt;
        }
        range.step = *step;
        text = text.substr(0, slash);
    }
    if (text == "*") {
        return range;
    }
    const std::size_t dash = text.find('-');
    const auto first = number_in(text.substr(0, dash), low, high);
    const auto last =
        dash == std::string_view::npos ? first : number_in(text.substr(dash + 1), low, high);
    if (!first || !last || *last < *first) {
        return std::nullopt;
    }
    range.first = *first;
    range.last = dash == std::string_view::npos && slash != std::string_view::npos ? high : *last;
    return range;
}

// Several of them, separated by commas. False: it is none.
template <std::size_t N>
bool parse_field(std::string_view text, unsigned low, unsigned high, std::bitset<N>& out) {
    while (true) {
        const std::size_t comma = text.find(',');
        const auto range = parse_range(text.substr(0, comma), low, high);
        if (!range) {
            return false;
        }
        for (unsigned value = range->first; value <= range->last; value += range->step) {
            out.set(value % N);
        }
        if (comma == std::string_view::npos) {
            return true;
        }
        text = text.substr(comma + 1);
    }
}

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    const std::size_t last = text.find_last_not_of(" \t\n");
    return first == std::string_view::npos ? std::string()
                                           : std::string(text.substr(first, last - first + 1));
}

}  // namespace

bool Cron::matches(Time local) const {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::minutes>(local - day));
    const bool by_day = month_days.test(static_cast<unsigned>(date.day()));
    const bool by_week_day = week_days.test(std::chrono::weekday(day).c_encoding());
    const bool day_fits = any_day ? by_week_day : any_week_day ? by_day : by_day || by_week_day;
    return day_fits && months.test(static_cast<unsigned>(date.month())) &&
           hours.test(static_cast<std::size_t>(time.hours().count())) &&
           minutes.test(static_cast<std::size_t>(time.minutes().count()));
}

std::optional<Cron> parse_cron(std::string_view text) {
    static const std::regex kFields(R"(\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*)");
    std::cmatch match;
    if (!std::regex_match(text.data(), text.data() + text.size(), match, kFields)) {
        return std::nullopt;
    }
    const auto field = [&match](std::size_t i) {
        return std::string_view(match[i].first, static_cast<std::size_t>(match[i].length()));
    };
    Cron cron;
    cron.any_day = field(3).starts_with('*');
    cron.any_week_day = field(5).starts_with('*');
    const bool good =
        parse_field(field(1), 0, 59, cron.minutes) && parse_field(field(2), 0, 23, cron.hours) &&
        parse_field(field(3), 1, 31, cron.month_days) &&
        parse_field(field(4), 1, 12, cron.months) && parse_field(field(5), 0, 7, cron.week_days);
    return good ? std::optional(cron) : std::nullopt;
}

bool Window::open(Time local) const {
    const Time minute = std::chrono::floor<std::chrono::minutes>(local);
    for (Time at = minute; local - at < length; at -= kMinute) {
        if (cron.matches(at)) {
            return true;
        }
    }
    return false;
}

std::string to_string(const Windows& windows) {
    std::vector<std::string> texts;
    std::ranges::transform(windows.list, std::back_inserter(texts), &Window::text);
    return fmt::format("{}", fmt::join(texts, "; "));
}

std::optional<Windows> parse_windows(
    std::string_view text, const std::function<std::optional<Duration>(std::string_view)>& duration
) {
    static const std::regex kWindow(
        R"((allow|deny)\s+(all|destructive)\s+at\s+(.+?)\s+for\s+(\S+)(?:\s+in\s+([A-Za-z0-9_+/-]+))?)"
    );
    Windows windows;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(';', begin), text.size());
        Window window;
        window.text = trimmed(text.substr(begin, end - begin));
        begin = end + 1;
        if (window.text.empty()) {
            continue;
        }
        std::smatch match;
        if (!std::regex_match(window.text, match, kWindow)) {
            return std::nullopt;
        }
        const auto cron = parse_cron(match[3].str());
        const auto length = duration(match[4].str());
        if (!cron || !length || *length < kMinute || *length > kLongestWindow) {
            return std::nullopt;
        }
        window.allow = match[1] == "allow";
        window.all = match[2] == "all";
        window.cron = *cron;
        window.length = *length;
        window.zone = match[5].str();
        windows.list.push_back(std::move(window));
    }
    return windows;
}

std::optional<std::string> closed_to(
    const Windows& windows, bool destructive, Time now, const ZoneOffset& offset
) {
    std::vector<std::string> allowing;
    bool allowed = false;
    for (const Window& window : windows.list) {
        if (!window.all && !destructive) {
            continue;
        }
        const Time local = now + (offset ? offset(window.zone, now) : Duration{0});
        const bool open = window.open(local);
        if (!window.allow && open) {
            return "within `" + window.text + "`";
        }
        if (window.allow) {
            allowing.push_back("`" + window.text + "`");
            allowed = allowed || open;
        }
    }
    return allowing.empty() || allowed
               ? std::nullopt
               : std::optional(fmt::format("outside of {}", fmt::join(allowing, " and ")));
}

}  // namespace bn
