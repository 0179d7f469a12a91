#include "tests/fakes/panel/panel_functions.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

namespace bn::testing {

namespace {

using Kind = PanelFunction::Kind;

constexpr std::string_view kOwnType = "{itemtype}";

std::vector<PanelFunction> fixed_functions() {
    std::vector<PanelFunction> out;
    add_item_functions(out);
    add_operation_functions(out);
    add_server_functions(out);
    add_payment_functions(out);
    return out;
}

PanelFunction open_function(const std::string& name) {
    return {
        name,
        "Service activation. Function type: form",
        {"elid", "sok"},
        Kind::kForm,
        true,
        open_item};
}

bool is_type(FakePanel& panel, const std::string& intname) {
    return panel.value("SELECT id FROM itemtype WHERE intname = " + sql_text(intname)).has_value();
}

// The panel's open call for the product type, or that type's list.
std::optional<PanelFunction> type_function(
    const PanelHome& home, FakePanel& panel, const std::string& name
) {
    if (home.open_call.empty()) {
        const std::size_t dot = name.rfind(".open");
        const bool own = dot != std::string::npos && dot + 5 == name.size() &&
                         is_type(panel, name.substr(0, dot));
        return own || is_fixed_open(name) ? std::optional(open_function(name)) : std::nullopt;
    }
    if (!home.open_call.starts_with(kOwnType)) {
        return name == home.open_call ? std::optional(open_function(name)) : std::nullopt;
    }
    const std::string ending = home.open_call.substr(kOwnType.size());
    const bool fits =
        name.ends_with(ending) && is_type(panel, name.substr(0, name.size() - ending.size()));
    return fits ? std::optional(open_function(name)) : std::nullopt;
}

std::optional<PanelFunction> find_function(const PanelHome& home, const std::string& name) {
    for (PanelFunction& function : fixed_functions()) {
        if (function.name == name) {
            return std::move(function);
        }
    }
    FakePanel panel = home.open();
    return type_function(home, panel, name);
}

Answer carry_out(const PanelHome& home, const PanelCallText& text, const PanelFunction& function) {
    if (function.kind == Kind::kRead) {
        FakePanel panel = home.open();
        FunctionCall call{home, text, panel};
        return function.run(call);
    }
    PanelChange change(home);
    change.panel().request_ip = text.ip;
    FunctionCall call{home, text, change.panel()};
    Answer answer = function.run(call);
    if (!answer.error) {
        change.commit();
    }
    return answer;
}

// A form that is only looked at: its fields with what was given.
Answer untouched_form(const PanelFunction& function, const PanelCallText& text) {
    Fields fields;
    for (const std::string& name : function.params) {
        const auto given = text.params.find(name);
        if (name != "sok" && !text.hidden.contains(name)) {
            fields.emplace_back(name, given == text.params.end() ? "" : given->second);
        }
    }
    return Answer::form(std::move(fields));
}

Answer answer_of(const PanelHome& home, const PanelCallText& text) {
    const auto function = find_function(home, text.function);
    if (!function) {
        return Answer::failed("missed", "func", text.function);
    }
    const auto given = [&](const char* name) {
        const auto found = text.params.find(name);
        return found == text.params.end() ? std::string() : found->second;
    };
    if (function->kind == Kind::kForm && given("sok") != "ok") {
        return untouched_form(*function, text);
    }
    std::optional<HomeLock> turn;
    const std::string elid = given("elid");
    if (function->locks_item && !elid.empty() &&
        elid.find_first_not_of("0123456789") == std::string::npos) {
        turn.emplace(home, "item_" + elid);
    }
    return carry_out(home, text, *function);
}

}  // namespace

Id FunctionCall::id(const std::string& name) const {
    const std::string text_of = get(name);
    const bool number = !text_of.empty() && text_of.size() < 10 &&
                        text_of.find_first_not_of("0123456789") == std::string::npos;
    return number ? static_cast<Id>(std::stoul(text_of)) : 0;
}

Answer answer_call(const PanelHome& home, const PanelCallText& call) {
    Answer answer;
    try {
        answer = answer_of(home, call);
    } catch (const std::runtime_error& error) {
        answer = Answer::failed("database", "query");
        answer.error->message = error.what();
    }
    answer.function = call.function;
    return answer;
}

std::string functions_help(const PanelHome& home) {
    std::vector<std::string> lines;
    for (const PanelFunction& function : fixed_functions()) {
        lines.push_back(fmt::format("{:<44} {}\n", function.name, function.help));
    }
    std::vector<std::string> opens{home.open_call};
    if (home.open_call.empty()) {
        opens = {std::string(kOwnType) + ".open", "vds.open", "service.postopen"};
    }
    FakePanel panel = home.open();
    for (const std::string& call : opens) {
        for (const SqlRow& row : panel.rows("SELECT intname FROM itemtype")) {
            const bool own = call.starts_with(kOwnType);
            const std::string open = own ? row.at("intname") + call.substr(kOwnType.size()) : call;
            lines.push_back(fmt::format("{:<44} {}\n", open, open_function(open).help));
        }
    }
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    std::string out;
    for (const std::string& line : lines) {
        out += line;
    }
    return out;
}

std::string function_help(const PanelHome& home, const std::string& name) {
    const auto function = find_function(home, name);
    if (!function) {
        return {};
    }
    std::string out = fmt::format("{}  {}\n", function->name, function->help);
    for (const std::string& param : function->params) {
        out += fmt::format("  {}\n", param);
    }
    return out;
}

bool is_fixed_open(const std::string& function) {
    return function == "vds.open" || function == "service.postopen";
}

bool is_date(const std::string& text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    const auto digits =
        std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits == 8 && text.substr(5, 2) >= "01" && text.substr(5, 2) <= "12" &&
           text.substr(8) >= "01" && text.substr(8) <= "31";
}

}  // namespace bn::testing
