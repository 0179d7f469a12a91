#include "cli/preflight/preflight_screen.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/screen/display.hpp"
#include "controller/config/config_values.hpp"
#include "controller/json/json.hpp"
#include "words/language.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kIndent = 13;

using words::Phrase;

std::string_view in(Language language, const Phrase& phrase) {
    return language == Language::kRussian ? phrase.russian : phrase.english;
}

constexpr Phrase kBasis[] = {{"found", "найдено"}, {"assumed", "принято"}, {"unknown", "неясно"}};
constexpr Phrase kMark[] = {{"", ""}, {"WARNING: ", "ВНИМАНИЕ: "}, {"STOPS: ", "ПРЕПЯТСТВИЕ: "}};
constexpr Phrase kSeen{"seen in: ", "видно из: "};
constexpr Phrase kSettings{"Settings to use", "Какие настройки использовать"};
constexpr Phrase kUnchanged{"as configured", "уже так"};
constexpr Phrase kChanged{"now ", "сейчас "};
constexpr Phrase kFirstOrder{
    "What only a first real order can show", "Что покажет только первый настоящий заказ"};
constexpr Phrase kPassed{"Nothing stops.", "Препятствий нет."};
constexpr Phrase kStopped{"{} things stop.", "Препятствий: {}."};
constexpr Phrase kCounts{
    " Found {}, assumed {}, unknown {}, warnings {}.\n",
    " Найдено {}, принято {}, неясно {}, предупреждений {}.\n"};

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

std::string render_line(const PreflightLine& line, const ScreenOptions& options) {
    const std::size_t room = std::max<std::size_t>(options.width, 60) - kIndent;
    const std::string blanks(kIndent, ' ');
    const auto said = [&options](const Phrase& phrase) {
        return std::string(in(options.language, phrase));
    };
    const std::string basis =
        padded(said(kBasis[static_cast<std::size_t>(line.basis)]), kIndent - 4);
    const std::string mark = said(kMark[static_cast<std::size_t>(line.weight)]);
    std::string out = fmt::format(
        "  {}  {}\n",
        coloured(basis, colour_of(line), options.colour),
        wrapped(mark + escaped(line.what), room, kIndent)
    );
    if (!line.evidence.empty()) {
        out += blanks + wrapped(said(kSeen) + escaped(line.evidence), room, kIndent) + "\n";
    }
    if (!line.remedy.empty()) {
        out += blanks + "→ " + wrapped(escaped(line.remedy), room - 2, kIndent + 2) + "\n";
    }
    return out;
}

}  // namespace

std::string_view to_string(Basis basis) {
    return kBasis[static_cast<std::size_t>(basis)].english;
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

PreflightSetting::PreflightSetting(
    const char* in,
    const char* name,
    std::string_view use,
    std::string_view configured,
    std::string_view reason
)
    : table(in), key(name), value(toml_quoted(use)), now(toml_quoted(configured)), why(reason) {}

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
    const Language language = options.language;
    std::string out;
    const auto heading = [&](std::string_view text) {
        out += coloured(escaped(text), Colour::kBold, options.colour) + "\n";
    };
    for (const PreflightSection& section : report.sections) {
        heading(section.title);
        for (const PreflightLine& line : section.lines) {
            out += render_line(line, options);
        }
        out += "\n";
    }
    if (!report.settings.empty()) {
        heading(in(language, kSettings));
        out += settings_as_toml(report, [language](const PreflightSetting& s) {
            const bool same = s.now == s.value;
            return fmt::format(
                "  # {}{}; {}",
                in(language, same ? kUnchanged : kChanged),
                same ? "" : escaped(s.now),
                escaped(s.why)
            );
        });
        out += "\n";
    }
    if (!report.first_order.empty()) {
        heading(in(language, kFirstOrder));
        for (const std::string& open : report.first_order) {
            const std::size_t room = std::max<std::size_t>(options.width, 60) - 4;
            out += "  - " + wrapped(escaped(open), room, 4) + "\n";
        }
        out += "\n";
    }
    const std::uint64_t stops = report.count(Weight::kStops);
    out += fmt::format(fmt::runtime(in(language, stops == 0 ? kPassed : kStopped)), stops);
    return out + fmt::format(
                     fmt::runtime(in(language, kCounts)),
                     report.count(Basis::kFound),
                     report.count(Basis::kAssumed),
                     report.count(Basis::kUnknown),
                     report.count(Weight::kWarns)
                 );
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
