// `completion` prints a shell's script; `__complete` answers what it asks: ids, from the event
// store alone, quickly and silently. What cannot be known completes nothing.
#include "cli/complete/complete.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>

#include "cli/help/help.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kNoShell{"there is no completion for '{}'", "для '{}' дополнения нет"};
constexpr Phrase kShells{"give bash or zsh", "укажите bash или zsh"};

// What a value is completed with, by its word in the table.
struct Completer {
    std::string_view value;
    std::string_view how;  // the function of both scripts
};

constexpr Completer kCompleters[] = {
    {"ITEM", "items"},
    {"SERVER", "servers"},
    {"VERB", "verbs"},
    {"SHELL", "shells"},
    {"FILE", "files"},
    {"PLAN", "files"},
    {"PATH", "files"},
    {"FOLDER", "folders"},
};

std::string_view completer_of(std::string_view value) {
    const auto* const found = std::ranges::find(kCompleters, value, &Completer::value);
    return found == std::end(kCompleters) ? "nothing" : found->how;
}

// The two tables of both scripts: a verb's options, and what a value is.
std::string script_tables() {
    std::string options;
    std::string values;
    std::string places;
    for (const Verb& verb : verbs()) {
        if (verb.hidden()) {
            continue;
        }
        std::string names = fmt::format("{}", fmt::join(kHelpRow.names(), " "));
        for (const OptionRow& row : verb.options) {
            const std::string_view how = row.flag() ? "" : completer_of(row.value());
            if (row.placed()) {
                places += fmt::format("        {}) echo {} ;;\n", verb.name, how);
                continue;
            }
            for (const std::string_view name : row.names()) {
                names += fmt::format(" {}", name);
                if (!how.empty()) {
                    values += fmt::format("        {}:{}) echo {} ;;\n", verb.name, name, how);
                }
            }
        }
        options += fmt::format("        {}) echo '{}' ;;\n", verb.name, names);
    }
    return fmt::format(
        "_bill_nextcloud_verbs='{}'\n\n"
        "# The options of a verb.\n"
        "_bill_nextcloud_options() {{\n    case \"$1\" in\n{}    esac\n}}\n\n"
        "# What the value of a verb's option (verb:option) is; nothing: it takes none.\n"
        "_bill_nextcloud_value() {{\n    case \"$1\" in\n{}    esac\n}}\n\n"
        "# What a verb's argument is.\n"
        "_bill_nextcloud_place() {{\n    case \"$1\" in\n{}        *) echo nothing ;;\n    "
        "esac\n}}\n",
        fmt::join(verb_names(), " "),
        options,
        values,
        places
    );
}

// Words that begin with $2, by what they are ($1); $3: the configuration, as typed.
constexpr std::string_view kScriptWords = R"sh(
# What the program knows of it; silent when it knows nothing.
_bill_nextcloud_ask() {
    if [ -n "$3" ]; then
        "$_bill_nextcloud_program" __complete -c "$3" "$1" "$2" 2>/dev/null
    else
        "$_bill_nextcloud_program" __complete "$1" "$2" 2>/dev/null
    fi
}
)sh";

constexpr std::string_view kBashEnd = R"sh(
_bill_nextcloud() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local verb='' config='' how='' i=1
    local _bill_nextcloud_program=${COMP_WORDS[0]}
    while [ "$i" -lt "$COMP_CWORD" ]; do
        case "${COMP_WORDS[i]}" in
            -c | --config) config=${COMP_WORDS[i+1]}; i=$((i + 1)) ;;
            -*) ;;
            *) [ -n "$verb" ] || verb=${COMP_WORDS[i]} ;;
        esac
        i=$((i + 1))
    done
    COMPREPLY=()
    case "$before" in -c | --config) how=files ;; esac
    if [ -z "$how" ] && [ -z "$verb" ]; then
        COMPREPLY=($(compgen -W "$_bill_nextcloud_verbs" -- "$word"))
        return
    fi
    if [ -z "$how" ]; then
        how=$(_bill_nextcloud_value "$verb:$before")
    fi
    if [ -z "$how" ]; then
        case "$word" in
            -*)
                COMPREPLY=($(compgen -W "$(_bill_nextcloud_options "$verb")" -- "$word"))
                return
                ;;
            *) how=$(_bill_nextcloud_place "$verb") ;;
        esac
    fi
    case "$how" in
        # The shell's own way: it knows blanks in names, ~ and what is quoted.
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
        shells) COMPREPLY=($(compgen -W 'bash zsh' -- "$word")) ;;
        verbs) COMPREPLY=($(compgen -W "$_bill_nextcloud_verbs" -- "$word")) ;;
        items | servers)
            COMPREPLY=($(compgen -W "$(_bill_nextcloud_ask "$how" "$word" "$config")" -- "$word"))
            ;;
    esac
}
complete -F _bill_nextcloud bill-nextcloud
)sh";

constexpr std::string_view kZshEnd = R"sh(
_bill_nextcloud() {
    local word=${words[CURRENT]} before=${words[CURRENT-1]}
    local verb='' config='' how='' i=2
    local _bill_nextcloud_program=${words[1]}
    while (( i < CURRENT )); do
        case "${words[i]}" in
            -c | --config) config=${words[i+1]}; (( i += 1 )) ;;
            -*) ;;
            *) [[ -n $verb ]] || verb=${words[i]} ;;
        esac
        (( i += 1 ))
    done
    case "$before" in -c | --config) how=files ;; esac
    if [[ -z $how && -z $verb ]]; then
        compadd -- ${=_bill_nextcloud_verbs}
        return
    fi
    [[ -n $how ]] || how=$(_bill_nextcloud_value "$verb:$before")
    if [[ -z $how ]]; then
        if [[ $word == -* ]]; then
            compadd -- ${=$(_bill_nextcloud_options "$verb")}
            return
        fi
        how=$(_bill_nextcloud_place "$verb")
    fi
    case "$how" in
        files) _files ;;
        folders) _path_files -/ ;;
        shells) compadd -- bash zsh ;;
        verbs) compadd -- ${=_bill_nextcloud_verbs} ;;
        items | servers) compadd -- ${=$(_bill_nextcloud_ask "$how" "$word" "$config")} ;;
    esac
}
# Loaded as a function of the path it is called at once; sourced it is only made known.
if [[ ${funcstack[1]} == _bill-nextcloud ]]; then
    _bill_nextcloud "$@"
else
    compdef _bill_nextcloud bill-nextcloud
fi
)sh";

// Those that begin with the prefix, a line each.
std::string beginning_with(const std::vector<std::string>& words, const std::string& prefix) {
    std::string out;
    for (const std::string& word : words) {
        if (word.starts_with(prefix)) {
            out += word + "\n";
        }
    }
    return out;
}

}  // namespace

std::string completion_script(Shell shell) {
    const std::string what(kTagline.english);
    return shell == Shell::kBash
               ? fmt::format("# {}\n{}{}{}", what, script_tables(), kScriptWords, kBashEnd)
               : fmt::format(
                     "#compdef bill-nextcloud\n# {}\n{}{}{}",
                     what,
                     script_tables(),
                     kScriptWords,
                     kZshEnd
                 );
}

std::vector<std::string> known_ids(const Ledger& ledger, std::string_view what) {
    std::set<std::uint32_t> ids;
    const auto collect = [&ids](const auto& all) {
        for (const auto& [id, known] : all) {
            ids.insert(id.value);
        }
    };
    if (what == "items") {
        collect(ledger.items());
    } else if (what == "servers") {
        collect(ledger.servers());
    }
    std::vector<std::string> words;
    std::ranges::transform(ids, std::back_inserter(words), [](std::uint32_t id) {
        return fmt::to_string(id);
    });
    return words;
}

Result<int> run_completion(const CommandContext& context) {
    const std::string& shell = context.args.topic;
    if (shell != "bash" && shell != "zsh") {
        return tl::unexpected(human_error(
            "command.shell",
            say(context.language, kNoShell, shell),
            std::string(kShells.in(context.language))
        ));
    }
    print(completion_script(shell == "bash" ? Shell::kBash : Shell::kZsh));
    return kExitOk;
}

Result<int> run_complete(const CommandContext& context) {
    const std::string& what = context.args.topic;
    if (what == "verbs") {
        const auto names = verb_names();
        print(beginning_with({names.begin(), names.end()}, context.args.prefix));
        return kExitOk;
    }
    std::error_code ignored;
    if (!std::filesystem::exists(context.config.store.path, ignored)) {
        return kExitOk;
    }
    const Result<OpenStore> open = open_with_ledger(context, Opening::kRead);
    if (open) {
        print(beginning_with(known_ids(open->ledger, what), context.args.prefix));
    }
    return kExitOk;
}

}  // namespace bn::cli
