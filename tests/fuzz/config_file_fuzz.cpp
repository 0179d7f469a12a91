// The configuration as TOML, and the texts of its values.
#include "base/text.hpp"
#include "controller/config/config.hpp"
#include "controller/config/config_values.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::config_file_fuzz {
namespace {

using namespace bn::controller;

void duration(std::string_view text) {
    if (const auto read = parse_duration(text)) {
        demand(*read >= Duration(0), "a time is not negative", text);
        demand(
            parse_duration(print_duration(*read)) == read,
            "a time is read as it is printed",
            print_duration(*read)
        );
    }
}

void demand_told(const ConfigErrors& faults) {
    demand(!faults.empty(), "a refusal has a reason");
    std::uint32_t line = 0;
    for (const ConfigError& fault : faults) {
        demand(!fault.what.empty(), "a fault says what is wrong", fault.what);
        demand(fault.line >= line, "faults are in order", fault.what);
        line = fault.line;
    }
    demand(
        to_string(faults).size() < 200000, "faults are bounded", to_string(faults).substr(0, 500)
    );
}

}  // namespace

BN_FUZZ_TARGET(config_file) {
    const std::string_view text = input.rest();
    duration(text.substr(0, 40));
    const auto config = parse_config(text, "config.toml");
    if (!config) {
        demand_told(config.error());
        return;
    }
    const std::string shown = masked(*config);
    const auto again = parse_config(shown, "shown.toml");
    demand(
        again.has_value(),
        "what is shown is a configuration",
        again ? shown : to_string(again.error()) + shown
    );
    demand(
        masked(*again) == shown && digest(*again) == digest(*config),
        "what is shown is what is in force",
        shown
    );
    demand(diff_summary(*config, *config).empty(), "nothing differs from itself", text);
    demand(after_reload(*config, *config).changed.empty(), "nothing changes by itself", text);
}

}  // namespace bn::fuzz::config_file_fuzz
