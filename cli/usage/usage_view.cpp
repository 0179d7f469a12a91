#include "cli/usage/usage_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/ranges.h>

#include "controller/json/json.hpp"

namespace bn::cli {

namespace {

using controller::Json;
using controller::ToJson;

constexpr std::array<Phrase, 3> kDayRecords{
    {{"not measured", "не измерено"}, {"not recorded", "не записано"}, {"", ""}}};
constexpr Phrase kDayTaken{"taken {}", "принято {}"};
constexpr Phrase kDayTakenAs{"taken {}, as {}", "принято {}, как {}"};
constexpr Phrase kDayRefused{"refused {}: {}", "отказ {}: {}"};
constexpr Phrase kDayOwed{"not told yet", "ещё не передано"};
constexpr Phrase kDayNotTold{"not told", "не передано"};
constexpr Phrase kUsageMean{
    "Mean {}, peak {} on {}; days measured: {} of {}.",
    "В среднем {}, пик {} ({}); измерено дней: {} из {}."};
constexpr Phrase kUsageNoMean{
    "Nothing is on record of these days: the mean is not known.",
    "За эти дни записей нет: среднее неизвестно."};
constexpr Phrase kUsageTaken{
    "The panel took {} {} in all, days: {}.", "Панель приняла всего {} {}, дней: {}."};
constexpr Phrase kUsageNotTaken{
    "The panel took nothing to bill.", "Панель ничего не приняла к тарификации."};
constexpr Phrase kFullUnknown{
    "When it will be full is not known: at least {} of the last {} days must be measured.",
    "Когда место кончится, неизвестно: из последних дней ({1}) должно быть измерено хотя бы {0}."};
constexpr Phrase kFullNever{"The quota has no limit.", "Квота без ограничения."};
constexpr Phrase kFullNow{"The quota is used up.", "Квота исчерпана."};
constexpr Phrase kFullNotSoon{
    "At this rate ({} a day) it will not be full.",
    "При такой скорости ({} в день) место не кончится."};
constexpr Phrase kFullOn{
    "At this rate ({} a day) it will be full on {}.",
    "При такой скорости ({} в день) место кончится {}."};
constexpr Phrase kUsageFormerly{
    "Not recorded: an earlier version measured these days, and recorded no single services.",
    "Не записано: эти дни измерила прежняя версия, отдельных услуг она не записывала."};

std::string bytes_a_day(double bytes, Language language) {
    const std::string text = human_bytes(static_cast<std::uint64_t>(std::abs(bytes)), language);
    return bytes < 0 ? "-" + text : text;
}

class UsageScreen : private Screen {
  public:
    UsageScreen(const UsageView& view, const ScreenOptions& options)
        : Screen(options), view_(view) {}

    std::string draw() {
        head();
        if (as_table()) {
            row(names());
        }
        for (const DayUsage& day : view_.days) {
            row(cells(day));
        }
        summary();
        forecast();
        return take();
    }

  private:
    using Cells = std::array<std::string, 6>;

    void head() {
        std::string text =
            say({"Used space of item {} in {}", "Занятое место услуги {} за {}"},
                view_.item.value,
                view_.month);
        if (view_.server.value != 0) {
            text +=
                say({", server {} {}", ", сервер {} {}"}, view_.server.value, view_.server_name);
        }
        title(text);
    }

    // The last column has room for half a time at least.
    [[nodiscard]] bool as_table() const { return width() >= 80; }

    [[nodiscard]] Cells names() const {
        return {
            say({"day", "день"}),
            say({"used", "занято"}),
            say(kQuota),
            "%",
            say({"billed", "к оплате"}),
            say({"panel", "панель"})};
    }

    // "2026-11-25: used 1 GiB, quota 10 GiB".
    void named(const Cells& cells) {
        const Cells names = this->names();
        std::string values;
        for (std::size_t i = 1; i < cells.size(); ++i) {
            values +=
                cells[i].empty() ? "" : (values.empty() ? "" : ", ") + names[i] + " " + cells[i];
        }
        line(cells[0] + ": " + values);
    }

    void row(const Cells& cells) {
        if (!as_table()) {
            return named(cells);
        }
        const std::string before = fmt::format(
            "  {}  {}  {}  {}  {}  ",
            padded(cells[0], 10),
            padded_left(cells[1], 11),
            padded_left(cells[2], 11),
            padded_left(cells[3], 6),
            padded_left(cells[4], 14)
        );
        const std::size_t used = columns(before);
        trimmed(before + wrapped(cells[5], width() - std::min(width(), used), used));
    }

    [[nodiscard]] std::string panel(const DayUsage& day) const {
        const std::string when = day.billing_at ? local_time(*day.billing_at) : "";
        switch (day.billing) {
            case DayBilling::kPosted:
                return day.posted_value == day.value ? say(kDayTaken, when)
                       : day.posted_value.empty()    ? say(kDayTaken, when)
                                                     : say(kDayTakenAs, when, day.posted_value);
            case DayBilling::kRefused:
                return say(kDayRefused, when, day.word);
            case DayBilling::kOwed:
                return say(kDayOwed);
            case DayBilling::kNotTold:
                return day.value.empty() ? "" : say(kDayNotTold);
        }
        return "";
    }

    [[nodiscard]] std::string quota(Quota quota) const {
        return quota.is_unlimited() ? say({"unlimited", "безлимит"})  // narrow, as its column
                                    : quota_text(quota, language());
    }

    [[nodiscard]] Cells cells(const DayUsage& day) const {
        Cells cells{day.day, say(kDayRecords.at(static_cast<std::size_t>(day.record)))};
        cells[5] = panel(day);
        if (!day.used_bytes) {
            return cells;
        }
        cells[1] = human_bytes(*day.used_bytes, language());
        cells[2] = quota(day.quota);
        const std::optional<double> percent = day.percent();
        cells[3] = percent ? fmt::format("{:.1f}", *percent) : "";
        cells[4] = day.value.empty() ? "-" : day.value + " " + escaped(day.param);
        return cells;
    }

    void summary() {
        raw("\n");
        const UsageSummary& sum = view_.summary;
        if (sum.mean_bytes && sum.peak_bytes) {
            tell(
                0,
                kUsageMean,
                human_bytes(*sum.mean_bytes, language()),
                human_bytes(*sum.peak_bytes, language()),
                sum.peak_day,
                sum.measured_days,
                view_.days.size()
            );
        } else {
            tell(0, kUsageNoMean);
        }
        for (const PostedSum& posted : sum.posted) {
            tell(0, kUsageTaken, posted.value, posted.param, posted.days);
        }
        tell_if(sum.posted.empty(), 0, Colour::kNone, kUsageNotTaken);
        const bool formerly = std::ranges::any_of(view_.days, [](const DayUsage& day) {
            return day.record == DayRecord::kNotRecorded;
        });
        tell_if(formerly, 0, Colour::kNone, kUsageFormerly);
    }

    void forecast() {
        if (!view_.forecast) {
            return;
        }
        const UsageForecast& seen = *view_.forecast;
        const std::string rate = bytes_a_day(seen.bytes_per_day.value_or(0), language());
        switch (seen.when) {
            case FullWhen::kNotKnown:
                return tell(0, kFullUnknown, kForecastMeasured, kForecastDays);
            case FullWhen::kUnlimited:
                return tell(0, kFullNever);
            case FullWhen::kNow:
                return tell(0, kFullNow);
            case FullWhen::kNotAtThisRate:
                return tell(0, kFullNotSoon, rate);
            case FullWhen::kOnDay:
                return tell(0, kFullOn, rate, seen.day);
        }
    }

    const UsageView& view_;
};

template <class T>
std::string or_empty(const std::optional<T>& value) {
    return value ? fmt::format("{}", *value) : "";
}

std::string or_empty(const std::optional<Time>& value) {
    return value ? format_time(*value) : "";
}

Json day_json(const DayUsage& day) {
    ToJson json;
    json("day", day.day);
    json("record", day.record);
    json("server", day.server);
    json("measured_at", day.measured_at);
    json("used_bytes", day.used_bytes);
    json("quota", day.quota);
    json("percent", day.percent());
    json("param", day.param);
    json("measure", day.measure);
    json("value", day.value);
    json("billing", day.billing);
    json("billing_at", day.billing_at);
    json("refusal", day.word);
    json("posted_value", day.posted_value);
    return json.take();
}

Json forecast_json(const UsageForecast& forecast) {
    ToJson json;
    json("full", forecast.when);
    json("day", forecast.day);
    json("bytes_per_day", forecast.bytes_per_day);
    return json.take();
}

// What a spreadsheet would take for a formula begins with a quote.
std::string csv_cell(const std::string& text) {
    std::string out = !text.empty() && std::string_view("=+-@").find(text[0]) != std::string::npos
                          ? "'" + text
                          : text;
    if (out.find_first_of(",\"\r\n") == std::string::npos) {
        return out;
    }
    for (std::size_t at = out.find('"'); at != std::string::npos; at = out.find('"', at + 2)) {
        out.insert(at, 1, '"');
    }
    return '"' + out + '"';
}

}  // namespace

std::string render_usage(const UsageView& usage, const ScreenOptions& options) {
    return render_doubts(usage.doubts.in(options.language), options) +
           UsageScreen(usage, options).draw();
}

std::string usage_to_json(const UsageView& usage) {
    std::vector<Json> days;
    std::ranges::transform(usage.days, std::back_inserter(days), day_json);
    ToJson json;
    json("format", "bill-nextcloud-usage");
    json("version", 1);
    json("now", usage.now);
    json("doubts", usage.doubts.in(Language::kEnglish));
    json("item", usage.item);
    json("server", usage.server);
    json("server_name", usage.server_name);
    json("month", usage.month);
    json("days", days);
    json("measured_days", usage.summary.measured_days);
    json("mean_bytes", usage.summary.mean_bytes);
    json("peak_bytes", usage.summary.peak_bytes);
    json("peak_day", usage.summary.peak_day);
    json("posted", usage.summary.posted);
    json("forecast", usage.forecast ? forecast_json(*usage.forecast) : Json(nullptr));
    return controller::dump(json.take(), 2);
}

std::string usage_to_csv(const UsageView& usage) {
    std::string out =
        "day,record,server,measured_at,used_bytes,quota,percent,param,measure,value,billing,"
        "billing_at,refusal,posted_value\r\n";
    for (const DayUsage& day : usage.days) {
        const bool known = day.used_bytes.has_value();
        const std::string quota = !known                 ? ""
                                  : day.quota.is_bytes() ? std::to_string(day.quota.count())
                                                         : to_string(day.quota);
        std::array<std::string, 14> cells{
            day.day,
            std::string(to_string(day.record)),
            day.server.value == 0 ? "" : std::to_string(day.server.value),
            or_empty(day.measured_at),
            or_empty(day.used_bytes),
            quota,
            or_empty(day.percent()),
            day.param,
            day.measure == 0 ? "" : std::to_string(day.measure),
            day.value,
            std::string(to_string(day.billing)),
            or_empty(day.billing_at),
            day.word,
            day.posted_value};
        std::ranges::transform(cells, cells.begin(), csv_cell);
        out += fmt::format("{}\r\n", fmt::join(cells, ","));
    }
    return out;
}

}  // namespace bn::cli
