#include "cli/moment.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "controller/sys/zones.hpp"

namespace bn::cli {
namespace {

using controller::Civil;

constexpr Duration kLongestSpan = std::chrono::hours(24 * 36525);

tl::unexpected<Error> no_moment(std::string what, std::string remedy) {
    return tl::unexpected(
        Error(NextMove::kHuman, "command.time", std::move(what), std::move(remedy))
    );
}

bool is_decimal(char c) {
    return c >= '0' && c <= '9';
}

// Reads a text from its front.
class Front {
  public:
    explicit Front(std::string_view text) : text_(text) {}

    [[nodiscard]] bool empty() const { return text_.empty(); }

    bool take(char c) {
        const bool there = text_.starts_with(c);
        text_.remove_prefix(there ? 1 : 0);
        return there;
    }

    bool take_word(std::string_view word) {
        const bool there =
            text_.starts_with(word) && (text_.size() == word.size() || text_[word.size()] == ' ');
        text_.remove_prefix(there ? word.size() : 0);
        return there;
    }

    void skip_blanks() {
        text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
    }

    // A number of exactly, or at most, so many digits.
    std::optional<int> digits(std::size_t count) {
        const auto read = run(count);
        return read && read->size() == count ? base::whole_number<int>(*read) : std::nullopt;
    }

    std::optional<std::string_view> run(std::size_t most) {
        const auto* const end = std::ranges::find_if_not(text_, is_decimal);
        const auto size = std::min(most, static_cast<std::size_t>(end - text_.begin()));
        if (size == 0) {
            return std::nullopt;
        }
        const std::string_view read = text_.substr(0, size);
        text_.remove_prefix(size);
        return read;
    }

    std::string_view letters() {
        const auto* const end =
            std::ranges::find_if_not(text_, [](char c) { return c >= 'a' && c <= 'z'; });
        const std::string_view read(text_.begin(), end);
        text_.remove_prefix(read.size());
        return read;
    }

  private:
    std::string_view text_;
};

struct SpanUnit {
    std::string_view names;  // each between blanks
    Duration length;
};

constexpr SpanUnit kSpanUnits[] = {
    {" ms ", Duration(1)},
    {" s sec secs second seconds ", std::chrono::seconds(1)},
    {" m min mins minute minutes ", std::chrono::minutes(1)},
    {" h hour hours ", std::chrono::hours(1)},
    {" d day days ", std::chrono::hours(24)},
    {" w week weeks ", std::chrono::hours(24 * 7)},
};

// Nothing: it is no span. One that is too long is told as longer than kLongestSpan.
std::optional<Duration> read_span(std::string_view text) {
    Front front(text);
    Duration sum{0};
    do {
        const auto digits = front.run(text.size());
        front.skip_blanks();
        const std::string_view name = front.letters();
        const auto* const unit = std::ranges::find_if(kSpanUnits, [name](const SpanUnit& one) {
            return !name.empty() &&
                   one.names.find(fmt::format(" {} ", name)) != std::string_view::npos;
        });
        if (!digits || unit == std::end(kSpanUnits)) {
            return std::nullopt;
        }
        const auto count = base::whole_number<std::int64_t>(*digits);
        const bool far = !count || *count > kLongestSpan / unit->length;
        sum = far || sum > kLongestSpan ? kLongestSpan + Duration(1) : sum + *count * unit->length;
        front.skip_blanks();
    } while (!front.empty());
    return sum;
}

struct CalendarDay {
    int year = 0;
    int month = 0;
    int day = 0;
};

struct TimeOfDay {
    int hour = 0;
    int minute = 0;
    int second = 0;
    int milli = 0;
};

// What was given, by its parts.
struct Given {
    std::optional<CalendarDay> day;
    std::optional<int> days_from_today;
    std::optional<TimeOfDay> clock;
    std::optional<Duration> offset;  // ahead of UTC
};

std::optional<TimeOfDay> read_clock(Front& front) {
    const auto hour = front.digits(2);
    const bool colon = front.take(':');
    const auto minute = front.digits(2);
    if (!hour || !colon || !minute) {
        return std::nullopt;
    }
    TimeOfDay clock{*hour, *minute, 0, 0};
    if (front.take(':')) {
        const auto second = front.digits(2);
        if (!second) {
            return std::nullopt;
        }
        clock.second = *second;
        if (front.take('.')) {
            const auto fraction = front.run(9);
            if (!fraction) {
                return std::nullopt;
            }
            std::string millis(fraction->substr(0, 3));
            millis.resize(3, '0');
            clock.milli = base::whole_number<int>(millis).value_or(0);
        }
    }
    const bool real = clock.hour < 24 && clock.minute < 60 && clock.second < 60;
    return real ? std::optional(clock) : std::nullopt;
}

std::optional<CalendarDay> read_day(Front& front) {
    const auto year = front.digits(4);
    const bool first = front.take('-');
    const auto month = front.digits(2);
    const bool second = front.take('-');
    const auto day = front.digits(2);
    if (!year || !first || !month || !second || !day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(CalendarDay{*year, *month, *day}) : std::nullopt;
}

// "Z", "+03:00", "+0300", "+03"; false: it is none.
bool read_offset(Front& front, std::optional<Duration>& offset) {
    if (front.take('Z')) {
        offset = Duration(0);
        return true;
    }
    const int sign = front.take('+') ? 1 : front.take('-') ? -1 : 0;
    const auto hours = front.digits(2);
    front.take(':');
    const int minutes = front.empty() ? 0 : front.digits(2).value_or(60);
    if (sign == 0 || !hours || *hours > 14 || minutes > 59) {
        return false;
    }
    offset = sign * (std::chrono::hours(*hours) + std::chrono::minutes(minutes));
    return true;
}

bool read_date(Front& front, Given& given) {
    constexpr std::pair<std::string_view, int> kDays[] = {
        {"today", 0}, {"yesterday", -1}, {"tomorrow", 1}};
    for (const auto& [word, days] : kDays) {
        if (front.take_word(word)) {
            given.days_from_today = days;
            return true;
        }
    }
    given.day = read_day(front);
    return given.day.has_value();
}

// Nothing: it has no form that we know.
std::optional<Given> read_given(std::string_view text) {
    Given given;
    Front alone(text);
    given.clock = read_clock(alone);
    if (given.clock && alone.empty()) {
        return given;
    }
    given.clock.reset();
    Front front(text);
    if (!read_date(front, given)) {
        return std::nullopt;
    }
    if (front.empty()) {
        return given;
    }
    if (!front.take('T') && !front.take(' ')) {
        return std::nullopt;
    }
    front.skip_blanks();
    given.clock = read_clock(front);
    front.skip_blanks();
    const bool whole = given.clock && (front.empty() || read_offset(front, given.offset));
    return whole && front.empty() ? std::optional(given) : std::nullopt;
}

class Moment {
  public:
    Moment(std::string_view text, Time now, Facing facing, const std::string& zone)
        : text_(text), now_(now), facing_(facing), zone_(zone) {}

    [[nodiscard]] Result<Time> of(const Given& given) const {
        if (!given.day && !given.days_from_today) {
            return nearest_clock(*given.clock);
        }
        const Civil day = given.day ? Civil{given.day->year, given.day->month, given.day->day}
                                    : day_from_today(*given.days_from_today);
        if (!given.clock) {
            return controller::day_begins(zone_, day);
        }
        return given.offset ? at_offset(day, *given.clock, *given.offset)
                            : local(day, *given.clock);
    }

  private:
    [[nodiscard]] Civil day_from_today(int days) const {
        Civil day = controller::civil_of(zone_, now_);
        day.day += days;  // the zone makes a date of it
        return day;
    }

    static Time at_offset(const Civil& day, const TimeOfDay& clock, Duration offset) {
        const std::chrono::year_month_day date{
            std::chrono::year(day.year),
            std::chrono::month(static_cast<unsigned>(day.month)),
            std::chrono::day(1)};
        return Time(std::chrono::sys_days(date)) + std::chrono::hours(24 * (day.day - 1)) +
               std::chrono::hours(clock.hour) + std::chrono::minutes(clock.minute) +
               std::chrono::seconds(clock.second) + Duration(clock.milli) - offset;
    }

    [[nodiscard]] Result<Time> local(const Civil& day, const TimeOfDay& clock) const {
        Civil civil = day;
        civil.hour = clock.hour;
        civil.minute = clock.minute;
        civil.second = clock.second;
        const controller::CivilTimes times = controller::times_of(zone_, civil);
        if (times.skipped) {
            return no_moment(
                fmt::format("there is no '{}' here: the clocks were put forward over it", text_),
                fmt::format(
                    "they were put forward at {}; give another time", format_time(times.first)
                )
            );
        }
        if (times.second != times.first) {
            return no_moment(
                fmt::format("'{}' was there twice: the clocks were put back", text_),
                fmt::format("give {} or {}", format_time(times.first), format_time(times.second))
            );
        }
        return times.first + Duration(clock.milli);
    }

    // The last one, or the next.
    [[nodiscard]] Result<Time> nearest_clock(const TimeOfDay& clock) const {
        Result<Time> today = local(day_from_today(0), clock);
        if (!today) {
            return today;
        }
        if (facing_ == Facing::kAhead) {
            return *today > now_ ? today : local(day_from_today(1), clock);
        }
        return *today <= now_ ? today : local(day_from_today(-1), clock);
    }

    std::string_view text_;
    Time now_;
    Facing facing_;
    const std::string& zone_;
};

}  // namespace

Result<Time> read_moment(std::string_view text, Time now, Facing facing, const std::string& zone) {
    text = base::trim(text);
    const bool ahead = facing == Facing::kAhead;
    if (text == "now") {
        return now;
    }
    if (const auto span = read_span(text)) {
        if (*span > kLongestSpan) {
            return no_moment(fmt::format("'{}' is longer than a century", text), "give less");
        }
        return ahead ? now + *span : now - *span;
    }
    if (const auto given = read_given(text)) {
        return Moment(text, now, facing, zone).of(*given);
    }
    return no_moment(
        fmt::format("'{}' is no time", text),
        fmt::format(
            "give a time (2026-11-25, \"2026-11-25 21:30\", 21:30, 2026-11-25T21:30:15+03:00, "
            "yesterday; without an offset it is local) or a span {} (90 min, 2h, 3d)",
            ahead ? "from now on" : "back from now"
        )
    );
}

}  // namespace bn::cli
