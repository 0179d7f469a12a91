// `help` and `version`; --help says the same.
#include "cli/help/help.hpp"

#include <algorithm>

#include "cli/command_line.hpp"
#include "cli/help/build_info.hpp"
#include "controller/json/json.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kHelpUsage{"Usage: {}\n\n", "Использование: {}\n\n"};
constexpr Phrase kVerbWord{"VERB", "КОМАНДА"};
constexpr Phrase kOptionsWord{"[OPTIONS]", "[ПАРАМЕТРЫ]"};
constexpr Phrase kVerbsTitle{"Verbs", "Команды"};
constexpr Phrase kArgumentsTitle{"Arguments", "Аргументы"};
constexpr Phrase kOptionsTitle{"Options", "Параметры"};
constexpr Phrase kExamplesTitle{"Examples", "Примеры"};
constexpr Phrase kExitTitle{"Exit codes", "Коды завершения"};
constexpr Phrase kVersionText{
    "bill-nextcloud {}\ncommit {}\ncompiler {}\nbuild {}, {}\n",
    "bill-nextcloud {}\nкоммит {}\nкомпилятор {}\nсборка {}, {}\n"};
constexpr Phrase kCommitUnknown{"unknown", "неизвестен"};
constexpr Phrase kHelpMore{
    "`bill-nextcloud help VERB` shows a verb's options and examples.",
    "`bill-nextcloud help КОМАНДА` показывает параметры и примеры команды."};

// Two columns; the right one is wrapped by words.
std::string table_of(const std::vector<HelpRow>& rows, std::size_t width) {
    constexpr std::size_t kWidestLeft = 26;
    constexpr std::size_t kNarrowest = 24;
    std::size_t left = 0;
    for (const HelpRow& row : rows) {
        const std::size_t wide = columns(row.left);
        left = wide <= kWidestLeft ? std::max(left, wide) : left;
    }
    const bool narrow = width < kNarrow;
    const std::string indent(narrow ? 6 : left + 4, ' ');
    const std::size_t room = std::max(kNarrowest, width - std::min(width, indent.size()));
    std::string out;
    for (const HelpRow& row : rows) {
        std::string line = "  " + row.left;
        const std::size_t used = columns(line);
        line += used + 2 > indent.size() ? "\n" + indent : std::string(indent.size() - used, ' ');
        line += wrapped(row.right, room, indent.size());
        out += line + "\n";
    }
    return out;
}

// Commands are broken only where nothing else would do.
std::string narrow_or_same(const std::string& text, std::size_t width) {
    return width < kNarrow ? folded(text, width) : text;
}

std::string titled(const Phrase& title, Language language, const std::string& text) {
    return text.empty() ? "" : fmt::format("\n{}:\n{}", title.in(language), text);
}

std::string examples_of(const Verb& verb, Language language) {
    std::string out;
    for (const Example& example : verb.examples) {
        const std::string_view note = example.note.in(language);
        out += fmt::format("  {}{}{}\n", example.command, note.empty() ? "" : "   # ", note);
    }
    return out;
}

}  // namespace

HelpRow row_of(const OptionRow& option, Language language) {
    const std::string_view value = option.placed() || option.flag() ? "" : option.value();
    HelpRow row{
        fmt::format("{}{}{}", fmt::join(option.names(), ", "), value.empty() ? "" : " ", value),
        std::string(option.about.in(language))};
    if (const auto* number = std::get_if<std::uint64_t Arguments::*>(&option.target)) {
        row.right += fmt::format(" ({})", Arguments().*(*number));
    }
    return row;
}

std::string usage_of(const Verb& verb, Language language) {
    std::string usage = fmt::format("bill-nextcloud {} {}", verb.name, kOptionsWord.in(language));
    for (const OptionRow& option : verb.options) {
        if (option.placed()) {
            usage += fmt::format(fmt::runtime(option.required ? " {}" : " [{}]"), option.spelled);
        }
    }
    return usage;
}

std::string help_of(const Verb& verb, Language language, std::size_t width) {
    std::vector<HelpRow> placed;
    std::vector<HelpRow> options;
    for (const OptionRow& option : verb.options) {
        (option.placed() ? placed : options).push_back(row_of(option, language));
    }
    options.push_back(row_of(kHelpRow, language));
    const std::string text = say(language, kHelpUsage, usage_of(verb, language)) +
                             wrapped(verb.about.in(language), width, 0) + "\n" +
                             titled(kArgumentsTitle, language, table_of(placed, width)) +
                             titled(kOptionsTitle, language, table_of(options, width)) +
                             titled(kExamplesTitle, language, examples_of(verb, language));
    return narrow_or_same(text, width);
}

std::string help_of_all(Language language, std::size_t width) {
    std::vector<HelpRow> rows;
    for (const Verb& verb : verbs()) {
        if (!verb.hidden()) {
            rows.push_back({std::string(verb.name), std::string(verb.about.in(language))});
        }
    }
    const std::string usage =
        fmt::format("bill-nextcloud {} {}", kVerbWord.in(language), kOptionsWord.in(language));
    const std::string text =
        say(language, kHelpUsage, usage) + wrapped(kTagline.in(language), width, 0) + "\n" +
        wrapped(kFirstSteps.in(language), width, 0) + "\n" +
        titled(kVerbsTitle, language, table_of(rows, width)) +
        titled(
            kExitTitle,
            language,
            "  " + wrapped(kExitCodes.in(language), width - std::min<std::size_t>(width, 2), 2) +
                "\n"
        ) +
        "\n" + wrapped(kHelpMore.in(language), width, 0) + "\n";
    return narrow_or_same(text, width);
}

Result<int> run_help(const CommandContext& context) {
    const Language language = context.language;
    const std::size_t width = context.screen().width;
    const std::string& topic = context.args.topic;
    if (topic.empty()) {
        print(help_of_all(language, width));
        return kExitOk;
    }
    return verb_of_topic(topic, language).map([&](const Verb* verb) {
        print(help_of(*verb, language, width));
        return kExitOk;
    });
}

std::string version_text(const BuildInfo& build, Language language) {
    const std::string_view commit(build.commit);
    return say(
        language,
        kVersionText,
        build.version,
        commit.empty() ? kCommitUnknown.in(language) : commit,
        build.compiler,
        build.type,
        build.flags
    );
}

std::string version_json(const BuildInfo& build) {
    const std::string_view commit(build.commit);
    controller::Json json;
    json["format"] = "bill-nextcloud-version";
    json["version"] = 1;
    json["program"] = build.version;
    json["commit"] = commit.empty() ? kCommitUnknown.english : commit;
    json["compiler"] = build.compiler;
    json["type"] = build.type;
    json["flags"] = build.flags;
    return controller::dump(json, -1);
}

Result<int> run_version(const CommandContext& context) {
    print(
        context.args.json ? version_json(kBuildInfo) : version_text(kBuildInfo, context.language)
    );
    return kExitOk;
}

Result<const Verb*> verb_of_topic(const std::string& topic, Language language) {
    const Verb* verb = find_verb(topic);
    if (verb != nullptr) {
        return verb;
    }
    return tl::unexpected(human_error("command.verb", unknown_verb(topic, language), ""));
}

}  // namespace bn::cli
