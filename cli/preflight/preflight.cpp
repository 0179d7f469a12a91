// `preflight`: what this panel is like, where panels are known to differ; which settings follow;
// and what only a first real order can show. Changes nothing.
#include "cli/preflight/preflight.hpp"

#include "cli/command.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

using enum Verdict;

constexpr Phrase kUnchanged{"as configured", "уже так"};
constexpr Phrase kChanged{"now {}", "сейчас {}"};
constexpr Phrase kFirstOrder{
    "What only a first real order can show", "Что покажет только первый настоящий заказ"};
constexpr Phrase kPassed{"Nothing stops.", "Препятствий нет."};
constexpr Phrase kPreflightStopped{"Obstacles: {}.", "Препятствий: {}."};
constexpr Phrase kPreflightCounts{
    " Found {}, assumed {}, unknown {}, warnings {}.\n",
    " Найдено {}, принято {}, неясно {}, предупреждений {}.\n"};

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

}  // namespace

std::string preflight_toml(const PreflightReport& report) {
    return settings_as_toml(report, [](const PreflightSetting&) { return ""; });
}

std::string render_preflight(const PreflightReport& report, const ScreenOptions& options) {
    Screen screen(options);
    draw_findings(screen, report, Form::kBasis);
    screen.title(screen.say({"Settings to use", "Какие настройки использовать"}));
    screen.verbatim(settings_as_toml(report, [&screen](const PreflightSetting& setting) {
        const Phrase& state = setting.now == setting.value ? kUnchanged : kChanged;
        return fmt::format(
            "  # {}; {}", screen.say(state, setting.now), said(setting.why, screen.language())
        );
    }));
    screen.raw("\n");
    screen.title(screen.say(kFirstOrder));
    const bool russian = screen.language() == Language::kRussian;
    for (const FirstOrderQuestion& open : report.first_order) {
        screen.line("- " + escaped(russian ? open.russian : open.english), 2);
    }
    screen.raw("\n");
    const std::uint64_t stops = report.count({kStops});
    const std::uint64_t found = report.count({kFound, kWarns, kStops});
    const std::uint64_t assumed = report.count({kAssumed});
    const std::uint64_t unknown = report.count({kUnknown, kDoubts});
    const std::uint64_t warnings = report.count({kWarns, kDoubts});
    screen.raw(screen.say(stops == 0 ? kPassed : kPreflightStopped, stops));
    screen.raw(screen.say(kPreflightCounts, found, assumed, unknown, warnings));
    return screen.take();
}

std::string preflight_to_json(const PreflightReport& report) {
    Json json = findings_json(report, "bill-nextcloud-preflight", Form::kBasis);
    json["settings"] = json_of(report.settings);
    json["toml"] = preflight_toml(report);
    Json& open = json["first_order"] = Json::array();
    for (const FirstOrderQuestion& question : report.first_order) {
        open.push_back(question.english);
    }
    return dump(json, 2);
}

Result<int> run_preflight(const CommandContext& context) {
    constexpr Duration kPatience = std::chrono::seconds(60);
    PreflightInput input;
    input.panel = context.config.panel;
    input.control = context.config.control;
    input.facts = panel_settings(context.config).and_then([&input](const auto& settings) {
        input.crypt_key_file = settings.crypt_key_file;
        return bm_reader::read_panel_facts(settings, system_now());
    });
    input.host = probe_host(input, kPatience);
    const PreflightReport report = judge_preflight(input);
    print(
        context.args.json ? preflight_to_json(report) : render_preflight(report, context.screen())
    );
    return report.passed() ? kExitOk : kExitError;
}

}  // namespace bn::cli
