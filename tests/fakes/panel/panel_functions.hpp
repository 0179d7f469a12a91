// The panel's functions, as far as a processing module and what stands behind it call them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/fakes/panel/answer.hpp"
#include "tests/fakes/panel/panel_home.hpp"

namespace bn::testing {

struct PanelCallText {
    std::string function;
    std::map<std::string, std::string> params;
    std::set<std::string> hidden;  // params whose value came from the environment
    std::string ip;                // who calls: the panel takes it from SSH_CONNECTION
};

// What a function is given.
struct FunctionCall {
    const PanelHome& home;
    const PanelCallText& text;
    FakePanel& panel;

    [[nodiscard]] std::string get(const std::string& name, const std::string& missing = {}) const {
        const auto found = text.params.find(name);
        return found == text.params.end() ? missing : found->second;
    }

    [[nodiscard]] bool has(const std::string& name) const { return text.params.contains(name); }

    // The number in a parameter; 0 when it is none.
    [[nodiscard]] Id id(const std::string& name) const;
};

struct PanelFunction {
    std::string name;
    std::string help;
    std::vector<std::string> params;
    enum class Kind : std::uint8_t { kRead, kChange, kForm } kind;  // kForm: acts with sok=ok only
    bool locks_item;  // elid is an item: one at a time
    Answer (*run)(FunctionCall& call);
};

// Carries the call out on the folder's database.
Answer answer_call(const PanelHome& home, const PanelCallText& call);

// What `mgrctl -i` prints: the functions, or one function's parameters ("" - there is none).
std::string functions_help(const PanelHome& home);
std::string function_help(const PanelHome& home, const std::string& name);

// The tables, by subject.
void add_item_functions(std::vector<PanelFunction>& out);
void add_operation_functions(std::vector<PanelFunction>& out);
void add_server_functions(std::vector<PanelFunction>& out);
void add_payment_functions(std::vector<PanelFunction>& out);

// The call that opens a service; its name depends on the panel.
Answer open_item(FunctionCall& call);

bool is_date(const std::string& text);  // "2026-11-23"
// Completes an open of any product type.
bool is_fixed_open(const std::string& function);

}  // namespace bn::testing
