#include "cli/preflight/preflight_screen.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/screen/display.hpp"
#include "controller/json/json_read.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kIndent = 13;

struct Words {
    const char* found;
    const char* assumed;
    const char* unknown;
    const char* seen;
    const char* warning;
    const char* stops;
    const char* settings;
    const char* unchanged;
    const char* changed;
    const char* first_order;
    const char* passed;
    const char* failed;
};

const Words& words(Language language) {
    static const Words english = {
        "found",
        "assumed",
        "unknown",
        "seen in: ",
        "WARNING: ",
        "STOPS: ",
        "Settings to use",
        "as configured",
        "now ",
        "What only a first real order can show",
        "Nothing stops. Found {found}, assumed {assumed}, unknown {unknown}, warnings {warnings}.",
        "{stops} things stop. Found {found}, assumed {assumed}, unknown {unknown}, warnings "
        "{warnings}.",
    };
    static const Words russian = {
        "найдено",
        "принято",
        "неясно",
        "видно из: ",
        "ВНИМАНИЕ: ",
        "ПРЕПЯТСТВИЕ: ",
        "Какие настройки использовать",
        "уже так",
        "сейчас ",
        "Что покажет только первый настоящий заказ",
        "Препятствий нет. Найдено {found}, принято {assumed}, неясно {unknown}, предупреждений "
        "{warnings}.",
        "Препятствий: {stops}. Найдено {found}, принято {assumed}, неясно {unknown}, "
        "предупреждений {warnings}.",
    };
    return language == Language::kRussian ? russian : english;
}

const char* word_of(Basis basis, const Words& w) {
    switch (basis) {
        case Basis::kFound:
            return w.found;
        case Basis::kAssumed:
            return w.assumed;
        case Basis::kUnknown:
            break;
    }
    return w.unknown;
}

Colour colour_of(const PreflightLine& line) {
    if (line.weight == Weight::kStops) {
        return Colour::kRed;
    }
    if (line.weight == Weight::kWarns) {
        return Colour::kYellow;
    }
    return line.basis == Basis::kFound ? Colour::kGreen : Colour::kCyan;
}

std::string_view to_string(Weight weight) {
    return weight == Weight::kStops ? "stops" : weight == Weight::kWarns ? "warns" : "plain";
}

std::string render_line(const PreflightLine& line, const Words& w, const ScreenOptions& options) {
    const std::size_t room = std::max<std::size_t>(options.width, 60) - kIndent;
    const std::string blanks(kIndent, ' ');
    const char* const mark = line.weight == Weight::kStops   ? w.stops
                             : line.weight == Weight::kWarns ? w.warning
                                                             : "";
    std::string out = fmt::format(
        "  {}  {}\n",
        coloured(padded(word_of(line.basis, w), kIndent - 4), colour_of(line), options.colour),
        wrapped(mark + escaped(line.what), room, kIndent)
    );
    if (!line.evidence.empty()) {
        out += blanks + wrapped(w.seen + escaped(line.evidence), room, kIndent) + "\n";
    }
    if (!line.remedy.empty()) {
        out += blanks + "→ " + wrapped(escaped(line.remedy), room - 2, kIndent + 2) + "\n";
    }
    return out;
}

}  // namespace

std::string_view to_string(Basis basis) {
    return basis == Basis::kFound ? "found" : basis == Basis::kAssumed ? "assumed" : "unknown";
}

void PreflightSection::add(
    Verdict verdict, std::string what, std::string evidence, std::string remedy
) {
    const bool unknown = verdict == Verdict::kUnknown || verdict == Verdict::kDoubts;
    const bool warns = verdict == Verdict::kWarns || verdict == Verdict::kDoubts;
    PreflightLine line;
    line.basis = unknown                        ? Basis::kUnknown
                 : verdict == Verdict::kAssumed ? Basis::kAssumed
                                                : Basis::kFound;
    line.weight = warns                        ? Weight::kWarns
                  : verdict == Verdict::kStops ? Weight::kStops
                                               : Weight::kPlain;
    line.what = std::move(what);
    line.evidence = std::move(evidence);
    line.remedy = std::move(remedy);
    lines.push_back(std::move(line));
}

template <class Member, class Wanted>
std::uint64_t counted(const PreflightReport& report, Member member, Wanted wanted) {
    std::ptrdiff_t n = 0;
    for (const PreflightSection& section : report.sections) {
        n += std::ranges::count(section.lines, wanted, member);
    }
    return static_cast<std::uint64_t>(n);
}

std::uint64_t PreflightReport::count(Weight weight) const {
    return counted(*this, &PreflightLine::weight, weight);
}

std::uint64_t PreflightReport::count(Basis basis) const {
    return counted(*this, &PreflightLine::basis, basis);
}

// With what is said behind each setting.
template <class Remark>
std::string settings_as_toml(const PreflightReport& report, Remark remark) {
    std::string out;
    std::string table;
    for (const PreflightSetting& setting : report.settings) {
        if (setting.table != table) {
            table = setting.table;
            out += fmt::format("[{}]\n", table);
        }
        out += fmt::format("{} = {}{}\n", setting.key, setting.value, remark(setting));
    }
    return out;
}

std::string preflight_toml(const PreflightReport& report) {
    return settings_as_toml(report, [](const PreflightSetting&) { return ""; });
}

std::string render_preflight(const PreflightReport& report, const ScreenOptions& options) {
    const Words& w = words(options.language);
    std::string out;
    for (const PreflightSection& section : report.sections) {
        out += coloured(escaped(section.title), Colour::kBold, options.colour) + "\n";
        for (const PreflightLine& line : section.lines) {
            out += render_line(line, w, options);
        }
        out += "\n";
    }
    if (!report.settings.empty()) {
        out += coloured(w.settings, Colour::kBold, options.colour) + "\n";
        out += settings_as_toml(report, [&w](const PreflightSetting& s) {
            const std::string now = s.now == s.value ? w.unchanged : w.changed + escaped(s.now);
            return fmt::format("  # {}; {}", now, escaped(s.why));
        });
        out += "\n";
    }
    if (!report.first_order.empty()) {
        out += coloured(w.first_order, Colour::kBold, options.colour) + "\n";
        for (const std::string& open : report.first_order) {
            const std::size_t room = std::max<std::size_t>(options.width, 60) - 4;
            out += "  - " + wrapped(escaped(open), room, 4) + "\n";
        }
        out += "\n";
    }
    const std::uint64_t stops = report.count(Weight::kStops);
    return out +
           fmt::format(
               fmt::runtime(stops == 0 ? w.passed : w.failed),
               fmt::arg("stops", stops),
               fmt::arg("found", report.count(Basis::kFound)),
               fmt::arg("assumed", report.count(Basis::kAssumed)),
               fmt::arg("unknown", report.count(Basis::kUnknown)),
               fmt::arg("warnings", report.count(Weight::kWarns))
           ) +
           "\n";
}

std::string preflight_to_json(const PreflightReport& report) {
    Json json;
    json["format"] = "bill-nextcloud-preflight";
    json["version"] = 1;
    json["passed"] = report.passed();
    json["stops"] = report.count(Weight::kStops);
    json["warnings"] = report.count(Weight::kWarns);
    json["sections"] = Json::array();
    for (const PreflightSection& section : report.sections) {
        Json lines = Json::array();
        for (const PreflightLine& line : section.lines) {
            lines.push_back(
                {{"basis", to_string(line.basis)},
                 {"weight", to_string(line.weight)},
                 {"what", line.what},
                 {"evidence", line.evidence},
                 {"remedy", line.remedy}}
            );
        }
        json["sections"].push_back({{"title", section.title}, {"lines", std::move(lines)}});
    }
    json["settings"] = Json::array();
    for (const PreflightSetting& setting : report.settings) {
        json["settings"].push_back(
            {{"table", setting.table},
             {"key", setting.key},
             {"value", setting.value},
             {"now", setting.now},
             {"why", setting.why}}
        );
    }
    json["toml"] = preflight_toml(report);
    json["first_order"] = report.first_order;
    return dump(json, 2);
}

}  // namespace bn::cli
