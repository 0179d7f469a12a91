// `man`: the manual pages, from the same table as --help.
#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/help/help.hpp"
#include "controller/sys/files.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kManName{"NAME", "НАЗВАНИЕ"};
constexpr Phrase kManSynopsis{"SYNOPSIS", "ИСПОЛЬЗОВАНИЕ"};
constexpr Phrase kManDescription{"DESCRIPTION", "ОПИСАНИЕ"};
constexpr Phrase kManVerbs{"VERBS", "КОМАНДЫ"};
constexpr Phrase kManOptions{"OPTIONS", "ПАРАМЕТРЫ"};
constexpr Phrase kManExamples{"EXAMPLES", "ПРИМЕРЫ"};
constexpr Phrase kManExit{"EXIT STATUS", "КОДЫ ЗАВЕРШЕНИЯ"};
constexpr Phrase kManEnvironment{"ENVIRONMENT", "ОКРУЖЕНИЕ"};
constexpr Phrase kManFiles{"FILES", "ФАЙЛЫ"};
constexpr Phrase kManSee{"SEE ALSO", "СМОТРИТЕ ТАКЖЕ"};
constexpr Phrase kManVariable{
    "The configuration, where --config does not name one. Empty counts as not set.",
    "Конфигурация, если она не названа через --config. Пустое значение не считается."};
constexpr Phrase kManLocale{
    "The language: ru is Russian, all else English.",
    "Язык: ru это русский, всё остальное английский."};
constexpr Phrase kManConfig{
    "The configuration, where nothing else is said.", "Конфигурация, если не сказано иное."};

// A text in roff: what it would take for a request or an escape stands for itself.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if (c == '`') {
            out += "\\(ga";
        } else if (c == '\'') {
            out += "\\(aq";
        } else if (c == '^') {
            out += "\\(ha";
        } else if (c == '~') {
            out += "\\(ti";
        } else {
            out += c;
        }
    }
    return out.starts_with('.') ? "\\&" + out : out;
}

std::string section(const Phrase& title, Language language, const std::string& text) {
    return text.empty() ? "" : fmt::format(".SH {}\n{}", title.in(language), text);
}

std::string entry(std::string_view left, std::string_view right) {
    return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(left), roff(right));
}

std::string upper(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

std::string page(
    std::string_view name,
    std::string_view about,
    Language language,
    const std::string& usage,
    const std::string& body
) {
    return fmt::format(
               ".TH \"{}\" \"1\" \"\" \"bill\\-nextcloud {}\" \"bill\\-nextcloud\"\n",
               roff(upper(name)),
               BN_VERSION
           ) +
           section(kManName, language, fmt::format("{} \\- {}\n", roff(name), roff(about))) +
           section(kManSynopsis, language, fmt::format("\\fB{}\\fR\n", roff(usage))) + body;
}

std::string man_examples(const Verb& verb, Language language) {
    std::string out;
    for (const Example& example : verb.examples) {
        const std::string_view note = example.note.in(language);
        out += fmt::format(
            ".PP\n.nf\n.RS\n{}{}{}\n.RE\n.fi\n",
            roff(example.command),
            note.empty() ? "" : "   # ",
            roff(note)
        );
    }
    return out;
}

std::string common_end(Language language) {
    return section(kManExit, language, roff(kExitCodes.in(language)) + "\n") +
           section(
               kManEnvironment,
               language,
               entry("BILL_NEXTCLOUD_CONFIG", kManVariable.in(language)) +
                   entry("LC_ALL, LC_MESSAGES, LANG", kManLocale.in(language))
           ) +
           section(kManFiles, language, entry(Arguments().config, kManConfig.in(language)));
}

std::string man_name(const Verb& verb) {
    return fmt::format("bill-nextcloud-{}", verb.name);
}

}  // namespace

std::string man_of(const Verb& verb, Language language) {
    std::string options;
    const auto add = [&options, language](const OptionRow& option) {
        const HelpRow row = row_of(option, language);
        options += entry(row.left, row.right);
    };
    std::ranges::for_each(verb.options, add);
    add(kHelpRow);
    const std::string about(verb.about.in(language));
    return page(
        man_name(verb),
        about,
        language,
        usage_of(verb, language),
        section(kManDescription, language, roff(about) + "\n") +
            section(kManOptions, language, options) +
            section(kManExamples, language, man_examples(verb, language)) + common_end(language) +
            section(kManSee, language, "\\fBbill\\-nextcloud\\fR(1)\n")
    );
}

std::string man_of_all(Language language) {
    std::string list;
    std::string see;
    for (const Verb& verb : verbs()) {
        if (!verb.hidden()) {
            list += entry(verb.name, verb.about.in(language));
            see += fmt::format("{}\\fB{}\\fR(1)", see.empty() ? "" : ",\n", roff(man_name(verb)));
        }
    }
    const std::string about =
        fmt::format("{}\n{}\n", roff(kTagline.in(language)), roff(kFirstSteps.in(language)));
    return page(
        "bill-nextcloud",
        kTagline.in(language),
        language,
        "bill-nextcloud VERB [OPTIONS]",
        section(kManDescription, language, about) + section(kManVerbs, language, list) +
            common_end(language) + section(kManSee, language, see + "\n")
    );
}

namespace {

// By the names of their files.
Result<int> write_pages(const std::string& folder, Language language) {
    std::map<std::string, std::string> pages{{"bill-nextcloud.1", man_of_all(language)}};
    for (const Verb& verb : verbs()) {
        if (!verb.hidden()) {
            pages.emplace(man_name(verb) + ".1", man_of(verb, language));
        }
    }
    std::error_code ignored;  // what cannot be made cannot be written to: that is told
    std::filesystem::create_directories(folder, ignored);
    for (const auto& [name, text] : pages) {
        constexpr unsigned kForAll = 0644;
        if (auto done = write_file_atomically(std::filesystem::path(folder) / name, text, kForAll);
            !done) {
            return tl::unexpected(std::move(done.error()));
        }
    }
    return kExitOk;
}

}  // namespace

Result<int> run_man(const CommandContext& context) {
    if (!context.args.into.empty()) {
        return write_pages(context.args.into, context.language);
    }
    if (context.args.topic.empty()) {
        print(man_of_all(context.language));
        return kExitOk;
    }
    return verb_of_topic(context.args.topic, context.language).map([&](const Verb* verb) {
        print(man_of(*verb, context.language));
        return kExitOk;
    });
}

}  // namespace bn::cli
