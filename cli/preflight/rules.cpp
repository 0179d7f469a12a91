#include "cli/preflight/rules.hpp"

#include <algorithm>
#include <array>

#include <fmt/args.h>
#include <fmt/format.h>

namespace bn::cli {

Known::Known(const PreflightInput& i) : input(i), host(i.host) {
    facts = input.facts.value_or(bm_reader::PanelFacts());
    learn_database(*this);
    learn_host(*this);
}

std::string filled(std::string_view text, const Texts& texts) {
    fmt::dynamic_format_arg_store<fmt::format_context> values;
    for (const auto& [name, value] : texts) {
        values.push_back(fmt::arg(name.c_str(), value));
    }
    return fmt::vformat(text, values);
}

namespace {

// The values come after the cut: they may hold anything.
std::array<std::string, 3> split(std::string_view says, const Texts& texts) {
    constexpr std::string_view kBar = " | ";
    std::array<std::string, 3> parts;
    for (std::string& part : parts) {
        const std::size_t end = std::min(says.find(kBar), says.size());
        part = filled(says.substr(0, end), texts);
        says.remove_prefix(std::min(end + kBar.size(), says.size()));
    }
    return parts;
}

}  // namespace

void say(PreflightSection& section, std::span<const Rule> rules, const Known& known) {
    bool said = false;
    for (const Rule& rule : rules) {
        said = said && rule.chain == Chain::kElse;
        if (!said && (rule.holds == nullptr || rule.holds(known))) {
            said = true;
            const std::array<std::string, 3> parts = split(rule.says, known.texts);
            section.add(rule.verdict, parts[0], parts[1], parts[2]);
        }
    }
}

}  // namespace bn::cli
