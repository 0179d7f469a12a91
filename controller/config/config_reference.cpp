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
SIGHUP reads it again; a faulty file changes nothing. What waits for a restart is marked with **R**:
the log names what changed at once and what waits.

Durations are texts: `"250ms"`, `"2s"`, `"5m"`, `"1h30m"`, `"14d"`. Passwords never stand in this
file: `password_file` names a file that only its owner (and group) may read, and the clouds'
credentials come from the panel.

`policy` has no default. It must stand in `[defaults]` or in the section of each server.
)";

constexpr std::string_view kServerHead = R"(
## [defaults] and [server.N]

`[defaults]` is for all servers, `[server.N]` for the one whose id in the panel (processing module)
is N. Address and credentials come from the panel.
)";

std::string default_of(const Option& option) {
    const std::optional<Value> value = option.field.built_in();
    const std::string text = value ? print_value(*value) : "";
    return text.empty() ? "none" : text == "\"\"" ? "empty" : fmt::format("`{}`", text);
}

std::string type_of(const Option& option) {
    const Type type = option.field.type;
    const std::string expected = expectation(option);
    if (!option.limits.choices.front().empty()) {
        return expected;
    }
    return option.limits.high == 0
               ? std::string(type_name(type))
               : fmt::format("{}; {}", type_name(type), expected.substr(expected.find("from")));
}

std::string table_of(std::string_view section) {
    std::string text =
        "\n| Key | Type | Default | What it does | Example |\n|---|---|---|---|---|\n";
    for (const Option& option : config_options()) {
        if (option.field.section == section) {
            text += fmt::format(
                "| `{}`{} | {} | {} | {}{} | `{}` |\n",
                option.name,
                option.reload == Reload::kRestart ? " **R**" : "",
                type_of(option),
                default_of(option),
                option.what,
                option.scope == Scope::kOneServer ? " Only in `[server.N]`." : "",
                example(option)
            );
        }
    }
    return text;
}

}  // namespace

std::string config_reference() {
    std::string text(kHead);
    for (const auto& section : config_sections()) {
        text +=
            fmt::format("\n## [{}]\n\n{}\n{}", section.name, section.what, table_of(section.name));
    }
    return text + std::string(kServerHead) + table_of(kServers);
}

}  // namespace bn::controller
