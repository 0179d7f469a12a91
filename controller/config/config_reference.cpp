#include <fmt/format.h>

#include "controller/config/config.hpp"
#include "controller/config/config_options.hpp"

namespace bn::controller {
namespace {

constexpr std::string_view kHead = R"(# Configuration

<!-- Made by `bill-nextcloud --config-reference`; a test compares. Change controller/config. -->

One TOML file, by default `/etc/bill-nextcloud/config.toml`; `--config FILE` names another.
`deploy/config.example.toml` is one to begin with. All faults of a file are reported at once, with
their lines; an unknown name is a fault. `bill-nextcloud check` tries everything that the file names.
SIGHUP reads it again; a faulty file changes nothing.

Durations are texts: `"250ms"`, `"2s"`, `"5m"`, `"1h30m"`, `"14d"`. Passwords never stand in this
file: `password_file` names a file that only its owner (and group) may read, and the clouds'
credentials come from the panel.

`policy` has no default. It must stand in `[defaults]` or in the section of each server.
)";

constexpr std::string_view kServers = R"(
## [defaults] and [server.N]

`[defaults]` is for all servers, `[server.N]` for the one whose id in the panel (processing module)
is N. Address and credentials come from the panel.

| Key | Type | Default | What it does | Example |
|---|---|---|---|---|
)";

std::string default_of(const Option& option) {
    Config config;
    std::string text =
        std::visit([&](auto field) { return print_value(field(config)); }, option.field);
    return text == "\"\"" ? "empty" : fmt::format("`{}`", text);
}

template <class AnyOption>
std::string type_cell(const AnyOption& option) {
    const std::string_view type = type_name(option);
    return type == "whole number" || type == "number" || type == "duration"
               ? fmt::format(
                     "{}; {}", type, expectation(option).substr(expectation(option).find("from"))
                 )
               : std::string(type);
}

}  // namespace

std::string config_reference() {
    std::string text(kHead);
    for (const auto& section : config_sections()) {
        text += fmt::format("\n## [{}]\n\n{}\n\n", section.name, section.what);
        text += "| Key | Type | Default | What it does | Example |\n|---|---|---|---|---|\n";
        for (const auto& option : config_options()) {
            if (option.section == section.name) {
                text += fmt::format(
                    "| `{}` | {} | {} | {} | `{}` |\n",
                    option.name,
                    option.choices.empty() ? type_cell(option) : expectation(option),
                    default_of(option),
                    option.what,
                    option.example
                );
            }
        }
    }
    text += kServers;
    for (const auto& option : server_options()) {
        text += fmt::format(
            "| `{}` | {} | {} | {}{} | `{}` |\n",
            option.name,
            type_cell(option),
            option.default_text,
            option.what,
            option.only_server ? " Only in `[server.N]`." : "",
            option.example
        );
    }
    return text;
}

}  // namespace bn::controller
