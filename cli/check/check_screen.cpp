#include <algorithm>

#include <fmt/format.h>

#include "controller/json/json_read.hpp"

#include "cli/screen/display.hpp"
#include "cli/screen/screens.hpp"
#include "cli/screen/texts.hpp"

namespace bn::cli {
namespace {

struct Mark {
    Text text;
    Colour colour;
    std::string_view name;
};

Mark mark_of(CheckMark mark) {
    switch (mark) {
        case CheckMark::kOk:
            return {Text::kCheckOk, Colour::kGreen, "ok"};
        case CheckMark::kNote:
            return {Text::kCheckNote, Colour::kCyan, "note"};
        case CheckMark::kWarn:
            return {Text::kCheckWarn, Colour::kYellow, "warn"};
        case CheckMark::kFail:
            break;
    }
    return {Text::kCheckFail, Colour::kRed, "fail"};
}

constexpr std::size_t kIndent = 8;

}  // namespace

std::uint64_t CheckReport::count(CheckMark mark) const {
    std::uint64_t found = 0;
    for (const auto& section : sections) {
        found += static_cast<std::uint64_t>(std::count_if(
            section.lines.begin(),
            section.lines.end(),
            [mark](const CheckLine& line) { return line.mark == mark; }
        ));
    }
    return found;
}

std::string render_check(const CheckReport& report, const ScreenOptions& options) {
    const std::size_t room = std::max<std::size_t>(options.width, 60) - kIndent;
    std::string out;
    for (const auto& section : report.sections) {
        out += coloured(escaped(section.title), Colour::kBold, options.colour) + "\n";
        for (const auto& line : section.lines) {
            const Mark mark = mark_of(line.mark);
            out += fmt::format(
                "  {}  {}\n",
                coloured(text(mark.text, options.language), mark.colour, options.colour),
                wrapped(escaped(line.what), room, kIndent)
            );
            if (!line.remedy.empty()) {
                out += std::string(kIndent, ' ') + "→ " +
                       wrapped(escaped(line.remedy), room - 2, kIndent + 2) + "\n";
            }
        }
        out += "\n";
    }
    const auto warnings = report.count(CheckMark::kWarn);
    return out +
           (report.passed()
                ? text(Text::kCheckPassed, options.language, warnings)
                : text(
                      Text::kCheckFailed, options.language, report.count(CheckMark::kFail), warnings
                  )) +
           "\n";
}

std::string check_to_json(const CheckReport& report) {
    Json json;
    json["format"] = "bill-nextcloud-check";
    json["version"] = 1;
    json["passed"] = report.passed();
    json["failures"] = report.count(CheckMark::kFail);
    json["warnings"] = report.count(CheckMark::kWarn);
    json["sections"] = Json::array();
    for (const auto& section : report.sections) {
        Json one;
        one["title"] = section.title;
        one["lines"] = Json::array();
        for (const auto& line : section.lines) {
            Json entry;
            entry["mark"] = mark_of(line.mark).name;
            entry["what"] = line.what;
            entry["remedy"] = line.remedy;
            one["lines"].push_back(std::move(entry));
        }
        json["sections"].push_back(std::move(one));
    }
    return dump(json, 2);
}

}  // namespace bn::cli
