// The one table of what the program can be told: verbs, their options and examples, in both
// languages. The command line is read by it; help, man pages and completion are made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/command.hpp"

namespace bn::cli {

using Target = std::variant<
    bool Arguments::*,
    std::uint64_t Arguments::*,
    std::string Arguments::*,
    std::optional<std::uint32_t> Arguments::*,
    std::vector<std::uint32_t> Arguments::*,
    std::vector<std::string> Arguments::*>;

struct OptionRow {
    // "-y,--yes", with what its value is: "--out FILE". Without a dash: an argument by its place.
    std::string_view spelled;
    Target target;
    Phrase about;
    bool required = false;
    const char* variable = nullptr;  // of the environment; the command line wins over it

    [[nodiscard]] bool placed() const { return !spelled.starts_with('-'); }

    [[nodiscard]] bool flag() const { return std::holds_alternative<bool Arguments::*>(target); }

    // May be given more than once.
    [[nodiscard]] bool repeated() const {
        return flag() || std::holds_alternative<std::vector<std::uint32_t> Arguments::*>(target) ||
               std::holds_alternative<std::vector<std::string> Arguments::*>(target);
    }

    // {"-y", "--yes"}
    [[nodiscard]] std::vector<std::string_view> names() const;
    // "FILE"; empty of a flag.
    [[nodiscard]] std::string_view value() const;
};

// A line that runs as it stands.
struct Example {
    std::string_view command;
    Phrase note = {};
};

enum class Needs : std::uint8_t {
    kNothing,      // neither configuration nor log
    kConfig,       // a good configuration
    kWhatThereIs,  // as much of the configuration as can be read
    kItsFaults,    // that, and it tells the faults itself
};

struct Verb {
    std::string_view name;
    Phrase about;
    std::vector<Example> examples;
    Result<int> (*run)(const CommandContext&);
    std::vector<OptionRow> options;  // without --help
    Needs needs = Needs::kConfig;

    // Of the program's own scripts; people are not told of it.
    [[nodiscard]] bool hidden() const { return name.starts_with('_'); }
};

std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);  // null: there is none
// Of those that people are told of.
std::vector<std::string_view> verb_names();

extern const OptionRow kHelpRow;  // "-h,--help": of every verb

}  // namespace bn::cli
