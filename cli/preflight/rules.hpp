// Judging by rules: what is known of a panel, and tables of rows that say what it means. Of a chain
// of rows the first that holds is said. Pure. Inner to cli/preflight.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/names.hpp"
#include "cli/preflight/facts.hpp"

namespace bn::cli {

// Values by the names that the texts of rules have for them: "{database}".
using Texts = std::map<std::string, std::string>;

// What completes an open, and how that is known.
struct OpenChoice {
    Basis basis;
    std::string function;
    std::string evidence;
};

// The facts, and what is worked out of them before anything is said.
struct Known {
    explicit Known(const PreflightInput& i);

    const PreflightInput& input;
    const HostFacts& host;
    bm_reader::PanelFacts facts;  // none when the database did not answer
    Texts texts;
    std::vector<std::string> missing_columns;
    bool seen_status5 = false;            // of a service in progress
    Duration skew{0};                     // of the database's clock
    bool usage_key = false;               // one row of itemstat for each service, day and param
    std::optional<bool> may_write_usage;  // nothing: the server did not say
    OpenChoice open{};
    bool save_told = false;           // the panel describes service.saveparam
    std::string save_form;            // of it
    std::string clear;                // the function that takes a problem back; empty: none
    std::string missing_functions;    // of those that results go back through
    const FileFacts* file = nullptr;  // that a rule of files is about
    bool program = false;             // it is run by the panel, rather than read

    [[nodiscard]] bool by_mgrctl() const { return input.panel.api == "mgrctl"; }

    [[nodiscard]] bool has_socket() const { return !input.control.socket.empty(); }
};

// Parts of its constructor.
void learn_database(Known& known);
void learn_host(Known& known);

enum class Chain : std::uint8_t {
    kIf,    // begins a chain
    kElse,  // said when no row of its chain before it was
};

struct RuleHead {
    Chain chain;
    Verdict verdict;
    bool (*holds)(const Known&) = nullptr;  // null: always
};

struct Rule : RuleHead {
    std::string_view
        says;  // "what | what it was seen in | remedy"; {database}: the text of that name
};

void say(PreflightSection& section, std::span<const Rule> rules, const Known& known);
// The text with the values in place of their names.
std::string filled(std::string_view text, const Texts& texts);

// The sections, in their order.
void judge_database(const Known& known, PreflightReport& report);
void judge_host(const Known& known, PreflightReport& report);

}  // namespace bn::cli
