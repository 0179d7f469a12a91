#include "cli/screen/findings.hpp"

#include <algorithm>

#include "controller/json/json.hpp"

namespace bn::cli {
namespace {

using controller::ToJson;

// In the order of Mark.
struct MarkWords {
    std::string_view name;
    Phrase words;
    Colour colour;
};

constexpr MarkWords kMarks[] = {
    {"ok", {"ok  ", "есть"}, Colour::kGreen},
    {"note", {"note", "инфо"}, Colour::kCyan},
    {"warn", {"WARN", "ВНИМ"}, Colour::kYellow},
    {"fail", {"FAIL", "СБОЙ"}, Colour::kRed}};

constexpr Phrase kPassed{
    "Nothing stops a pass. Warnings: {}.", "Проходу ничто не мешает. Предупреждений: {}."};
constexpr Phrase kFailed{
    "A pass would fail. Mend first: {}. Warnings: {}.",
    "Проход не удастся. Сначала исправить: {}. Предупреждений: {}."};

const MarkWords& words_of(Mark mark) {
    return kMarks[static_cast<std::size_t>(mark)];
}

constexpr std::size_t kIndent = 8;

}  // namespace

std::uint64_t Findings::count(Mark mark) const {
    std::uint64_t found = 0;
    for (const Section& section : sections) {
        found +=
            static_cast<std::uint64_t>(std::ranges::count(section.lines, mark, &Finding::mark));
    }
    return found;
}

std::string render_findings(const Findings& findings, const ScreenOptions& options) {
    Screen screen(options);
    const std::size_t room = screen.width() - kIndent;
    for (const Section& section : findings.sections) {
        screen.title(escaped(section.title));
        for (const Finding& line : section.lines) {
            const MarkWords& mark = words_of(line.mark);
            const std::string word = screen.paint(mark.words.in(options.language), mark.colour);
            screen.raw(fmt::format("  {}  {}\n", word, wrapped(escaped(line.what), room, kIndent)));
            screen.remedy(line.remedy, kIndent);
        }
        screen.raw("\n");
    }
    const std::uint64_t warnings = findings.count(Mark::kWarn);
    const std::uint64_t failures = findings.count(Mark::kFail);
    screen.raw(
        (failures == 0 ? screen.say(kPassed, warnings) : screen.say(kFailed, failures, warnings)) +
        "\n"
    );
    return screen.take();
}

void fields(ToJson& json, const Finding& line) {
    json("mark", words_of(line.mark).name);
    json("what", line.what);
    json("remedy", line.remedy);
}

void fields(ToJson& json, const Section& section) {
    json("title", section.title);
    json("lines", section.lines);
}

std::string findings_to_json(const Findings& findings, const char* format) {
    ToJson json;
    json("format", format);
    json("version", 1);
    json("passed", findings.passed());
    json("failures", findings.count(Mark::kFail));
    json("warnings", findings.count(Mark::kWarn));
    json("sections", findings.sections);
    return controller::dump(json.take(), 2);
}

}  // namespace bn::cli
