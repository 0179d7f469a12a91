// What was typed, read by the table of verbs: command line over environment over default. Pure.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cli/command.hpp"
#include "cli/verbs.hpp"

namespace bn::cli {

struct CommandLine {
    const Verb* verb = nullptr;  // null: none was named
    Arguments args;
    bool help = false;       // asked for, of the verb or of all
    bool reference = false;  // --config-reference, without a verb
};

// The value of a variable of the environment; empty: not set, or empty.
using Variable = std::function<std::string(const char*)>;

// `words` without the program's name. What is wrong is said in the language, with what to do. The
// option --config may also stand before the verb.
tl::expected<CommandLine, std::string> read_command_line(
    std::span<const std::string_view> words, const Variable& variable, Language language
);

// " (did you mean `--server`?)", or nothing.
std::string did_you_mean(
    std::string_view name, const std::vector<std::string_view>& candidates, Language language
);

// "there is no verb 'plann' ..."
std::string unknown_verb(std::string_view name, Language language);

}  // namespace bn::cli
