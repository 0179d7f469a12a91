#include "cli/preflight/preflight_screen.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "controller/json/json_read.hpp"

#include "cli/screen/display.hpp"

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
        "Nothing stops. Found {}, assumed {}, unknown {}, warnings {}.",
        "{} things stop. Found {}, assumed {}, unknown {}, warnings {}.",
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
        "Препятствий нет. Найдено {}, принято {}, неясно {}, предупреждений {}.",
        "Препятствий: {}. Найдено {}, принято {}, неясно {}, предупреждений {}.",
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

PreflightLine line_of(
    Basis basis, Weight weight, std::string what, std::string evidence, std::string remedy
) {
    PreflightLine line;
    line.basis = basis;
    line.weight = weight;
    line.what = std::move(what);
    line.evidence = std::move(evidence);
    line.remedy = std::move(remedy);
    return line;
}

}  // namespace

std::string_view to_string(Basis basis) {
    return basis == Basis::kFound ? "found" : basis == Basis::kAssumed ? "assumed" : "unknown";
}

PreflightSetting preflight_setting(
    const char* table, const char* key, std::string value, std::string now, std::string why
) {
    PreflightSetting s;
    s.table = table;
    s.key = key;
    s.value = std::move(value);
    s.now = std::move(now);
    s.why = std::move(why);
    return s;
}

void PreflightSection::found(std::string what, std::string evidence) {
    lines.push_back(line_of(Basis::kFound, Weight::kPlain, std::move(what), std::move(evidence), {})
    );
}

void PreflightSection::assumed(std::string what, std::string evidence) {
    lines.push_back(
        line_of(Basis::kAssumed, Weight::kPlain, std::move(what), std::move(evidence), {})
    );
}

void PreflightSection::unknown(std::string what, std::string evidence) {
    lines.push_back(
        line_of(Basis::kUnknown, Weight::kPlain, std::move(what), std::move(evidence), {})
    );
}

void PreflightSection::warn(
    Basis basis, std::string what, std::string evidence, std::string remedy
) {
    lines.push_back(
        line_of(basis, Weight::kWarns, std::move(what), std::move(evidence), std::move(remedy))
    );
}

void PreflightSection::stop(std::string what, std::string evidence, std::string remedy) {
    lines.push_back(line_of(
        Basis::kFound, Weight::kStops, std::move(what), std::move(evidence), std::move(remedy)
    ));
}

std::uint64_t PreflightReport::count(Weight weight) const {
    std::uint64_t n = 0;
    for (const PreflightSection& section : sections) {
        n += static_cast<std::uint64_t>(
            std::ranges::count(section.lines, weight, &PreflightLine::weight)
        );
    }
    return n;
}

std::uint64_t PreflightReport::count(Basis basis) const {
    std::uint64_t n = 0;
    for (const PreflightSection& section : sections) {
        n += static_cast<std::uint64_t>(
            std::ranges::count(section.lines, basis, &PreflightLine::basis)
        );
    }
    return n;
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string preflight_toml(const PreflightReport& report) {
    std::string out;
    std::string table;
    for (const PreflightSetting& setting : report.settings) {
        if (setting.table != table) {
            table = setting.table;
            out += fmt::format("[{}]\n", table);
        }
        out += fmt::format("{} = {}\n", setting.key, setting.value);
    }
    return out;
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
        std::string table;
        for (const PreflightSetting& setting : report.settings) {
            if (setting.table != table) {
                table = setting.table;
                out += fmt::format("[{}]\n", table);
            }
            const std::string now = setting.now == setting.value ? std::string(w.unchanged)
                                                                 : w.changed + escaped(setting.now);
            out += fmt::format(
                "{} = {}  # {}; {}\n", setting.key, setting.value, now, escaped(setting.why)
            );
        }
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
    const auto found = report.count(Basis::kFound);
    const auto assumed = report.count(Basis::kAssumed);
    const auto unknown = report.count(Basis::kUnknown);
    const auto warnings = report.count(Weight::kWarns);
    return out +
           (report.passed() ? fmt::format(fmt::runtime(w.passed), found, assumed, unknown, warnings)
                            : fmt::format(
                                  fmt::runtime(w.failed),
                                  report.count(Weight::kStops),
                                  found,
                                  assumed,
                                  unknown,
                                  warnings
                              )) +
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
        Json one;
        one["title"] = section.title;
        one["lines"] = Json::array();
        for (const PreflightLine& line : section.lines) {
            Json entry;
            entry["basis"] = to_string(line.basis);
            entry["weight"] = to_string(line.weight);
            entry["what"] = line.what;
            entry["evidence"] = line.evidence;
            entry["remedy"] = line.remedy;
            one["lines"].push_back(std::move(entry));
        }
        json["sections"].push_back(std::move(one));
    }
    json["settings"] = Json::array();
    for (const PreflightSetting& setting : report.settings) {
        Json entry;
        entry["table"] = setting.table;
        entry["key"] = setting.key;
        entry["value"] = setting.value;
        entry["now"] = setting.now;
        entry["why"] = setting.why;
        json["settings"].push_back(std::move(entry));
    }
    json["toml"] = preflight_toml(report);
    json["first_order"] = report.first_order;
    return dump(json, 2);
}

}  // namespace bn::cli
