#include "cli/screen/findings.hpp"

#include <algorithm>

namespace bn::cli {
namespace {

using controller::Json;
using enum Verdict;

constexpr Phrase kSeenHere{"found", "найдено"};
constexpr Phrase kNotSeen{"unknown", "неясно"};
constexpr Phrase kWarning{"WARNING: ", "ВНИМАНИЕ: "};

// In the order of Verdict.
struct VerdictWords {
    std::string_view mark;
    Phrase sign;
    Colour colour;
    Phrase basis;
    std::string_view weight;
    Phrase before;  // what is said
};

constexpr VerdictWords kVerdicts[] = {
    {"ok", {"ok  ", "есть"}, Colour::kGreen, kSeenHere, "plain", {}},
    {"note", {"note", "инфо"}, Colour::kCyan, kSeenHere, "plain", {}},
    {"note", {"note", "инфо"}, Colour::kCyan, {"assumed", "принято"}, "plain", {}},
    {"note", {"note", "инфо"}, Colour::kCyan, kNotSeen, "plain", {}},
    {"warn", {"WARN", "ВНИМ"}, Colour::kYellow, kSeenHere, "warns", kWarning},
    {"unknown", {"?   ", "?   "}, Colour::kYellow, kNotSeen, "warns", kWarning},
    {"fail", {"FAIL", "СБОЙ"}, Colour::kRed, kSeenHere, "stops", {"STOPS: ", "ПРЕПЯТСТВИЕ: "}}};

constexpr Phrase kSeenIn{"seen in: ", "видно из: "};
constexpr Phrase kFindingsPassed{
    "Nothing stops a pass. Warnings: {}.", "Проходу ничто не мешает. Предупреждений: {}."};
constexpr Phrase kFindingsFailed{
    "A pass would fail. Mend first: {}. Warnings: {}.",
    "Проход не удастся. Сначала исправить: {}. Предупреждений: {}."};

constexpr Phrase kFindingsDoubted{
    "A pass does nothing where it cannot read. Warnings: {}.",
    "Где прочитать нельзя, проход ничего не сделает. Предупреждений: {}."};
constexpr Phrase kFindingsUnknown{"Not known: {}.", "Неизвестно: {}."};

const VerdictWords& words_of(const Finding& line) {
    return kVerdicts[static_cast<std::size_t>(line.verdict)];
}

void draw_finding(Screen& screen, const Finding& line, Form form) {
    const bool marks = form == Form::kMarks;
    const std::size_t indent = screen.narrow() ? 4 : marks ? 8 : 13;
    const VerdictWords& words = words_of(line);
    const std::string sign =
        marks ? screen.say(words.sign) : padded(screen.say(words.basis), indent - 4);
    const auto beside = [&](const std::string& head, const Phrase& before, const std::string& text
                        ) {
        const std::string line_text =
            (marks ? "" : screen.say(before)) + said(text, screen.language());
        screen.raw(head + wrapped(line_text, screen.width() - indent, indent) + "\n");
    };
    const std::string first = "  " + screen.paint(sign, words.colour) + "  ";
    beside(screen.narrow() ? first + "\n    " : first, words.before, line.what);
    if (!marks && !line.evidence.empty()) {
        beside(std::string(indent, ' '), kSeenIn, line.evidence);
    }
    screen.remedy(line.remedy, indent);
}

}  // namespace

std::uint64_t Findings::count(std::initializer_list<Verdict> verdicts) const {
    return sum_of(sections, [verdicts](const Section& section) {
        return std::ranges::count_if(section.lines, [verdicts](const Finding& line) {
            return std::ranges::find(verdicts, line.verdict) != verdicts.end();
        });
    });
}

void draw_findings(Screen& screen, const Findings& findings, Form form) {
    for (const Section& section : findings.sections) {
        screen.title(said(section.title, screen.language()));
        for (const Finding& line : section.lines) {
            draw_finding(screen, line, form);
        }
        screen.raw("\n");
    }
}

Json findings_json(const Findings& findings, const char* format, Form form) {
    const bool marks = form == Form::kMarks;
    Json json;
    json["format"] = format;
    json["version"] = 1;
    json["passed"] = findings.passed();
    json[marks ? "failures" : "stops"] = findings.count({kStops});
    json["warnings"] = marks ? findings.count({kWarns}) : findings.count({kWarns, kDoubts});
    if (marks) {
        json["unknown"] = findings.count({kDoubts});
    }
    json["sections"] = Json::array();
    for (const Section& section : findings.sections) {
        Json lines = Json::array();
        for (const Finding& line : section.lines) {
            const VerdictWords& words = words_of(line);
            Json& out = lines.emplace_back();
            out[marks ? "mark" : "basis"] = marks ? words.mark : words.basis.english;
            if (!marks) {
                out["weight"] = words.weight;
            }
            out["what"] = line.what;
            if (!marks) {
                out["evidence"] = line.evidence;
            }
            out["remedy"] = line.remedy;
        }
        json["sections"].push_back({{"title", section.title}, {"lines", std::move(lines)}});
    }
    return json;
}

std::string render_findings(const Findings& findings, const ScreenOptions& options) {
    Screen screen(options);
    draw_findings(screen, findings, Form::kMarks);
    const std::uint64_t warnings = findings.count({kWarns});
    const std::uint64_t failures = findings.count({kStops});
    const std::uint64_t unknown = findings.count({kDoubts});
    screen.raw(
        (failures > 0  ? screen.say(kFindingsFailed, failures, warnings)
         : unknown > 0 ? screen.say(kFindingsDoubted, warnings)
                       : screen.say(kFindingsPassed, warnings)) +
        (unknown == 0 ? "" : " " + screen.say(kFindingsUnknown, unknown)) + "\n"
    );
    return screen.take();
}

std::string findings_to_json(const Findings& findings, const char* format) {
    return controller::dump(findings_json(findings, format, Form::kMarks), 2);
}

}  // namespace bn::cli
