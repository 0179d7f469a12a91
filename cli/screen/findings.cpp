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
    {"warn", {"WARN", "ВНИМ"}, Colour::kYellow, kNotSeen, "warns", kWarning},
    {"fail", {"FAIL", "СБОЙ"}, Colour::kRed, kSeenHere, "stops", {"STOPS: ", "ПРЕПЯТСТВИЕ: "}}};

constexpr Phrase kSeenIn{"seen in: ", "видно из: "};
constexpr Phrase kFindingsPassed{
    "Nothing stops a pass. Warnings: {}.", "Проходу ничто не мешает. Предупреждений: {}."};
constexpr Phrase kFindingsFailed{
    "A pass would fail. Mend first: {}. Warnings: {}.",
    "Проход не удастся. Сначала исправить: {}. Предупреждений: {}."};

const VerdictWords& words_of(const Finding& line) {
    return kVerdicts[static_cast<std::size_t>(line.verdict)];
}

void draw_by_mark(Screen& screen, const Finding& line) {
    constexpr std::size_t kIndent = 8;
    const VerdictWords& words = words_of(line);
    const std::string sign = screen.paint(screen.say(words.sign), words.colour);
    const std::string what = wrapped(escaped(line.what), screen.width() - kIndent, kIndent);
    screen.raw(fmt::format("  {}  {}\n", sign, what));
    screen.remedy(line.remedy, kIndent);
}

void draw_by_basis(Screen& screen, const Finding& line) {
    constexpr std::size_t kIndent = 13;
    const VerdictWords& words = words_of(line);
    const std::size_t room = screen.width() - kIndent;
    const std::string blanks(kIndent, ' ');
    const std::string basis =
        screen.paint(padded(screen.say(words.basis), kIndent - 4), words.colour);
    const std::string what = screen.say(words.before) + escaped(line.what);
    screen.raw(fmt::format("  {}  {}\n", basis, wrapped(what, room, kIndent)));
    if (!line.evidence.empty()) {
        const std::string seen = screen.say(kSeenIn) + escaped(line.evidence);
        screen.raw(blanks + wrapped(seen, room, kIndent) + "\n");
    }
    if (!line.remedy.empty()) {
        screen.raw(blanks + "→ " + wrapped(escaped(line.remedy), room - 2, kIndent + 2) + "\n");
    }
}

}  // namespace

std::uint64_t Findings::count(std::initializer_list<Verdict> verdicts) const {
    std::ptrdiff_t found = 0;
    for (const Section& section : sections) {
        for (const Verdict verdict : verdicts) {
            found += std::ranges::count(section.lines, verdict, &Finding::verdict);
        }
    }
    return static_cast<std::uint64_t>(found);
}

void draw_findings(Screen& screen, const Findings& findings, Form form) {
    for (const Section& section : findings.sections) {
        screen.title(escaped(section.title));
        for (const Finding& line : section.lines) {
            form == Form::kMarks ? draw_by_mark(screen, line) : draw_by_basis(screen, line);
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
    json["warnings"] = findings.count({kWarns, kDoubts});
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
    const std::uint64_t warnings = findings.count({kWarns, kDoubts});
    const std::uint64_t failures = findings.count({kStops});
    screen.raw(
        (failures == 0 ? screen.say(kFindingsPassed, warnings)
                       : screen.say(kFindingsFailed, failures, warnings)) +
        "\n"
    );
    return screen.take();
}

std::string findings_to_json(const Findings& findings, const char* format) {
    return controller::dump(findings_json(findings, format, Form::kMarks), 2);
}

}  // namespace bn::cli
