// The one table of options: reading, printing, the reference and "did you mean" all come from it.
// Inner to controller/config.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/config/config.hpp"

namespace bn::controller {

// Access to one field of a configuration.
template <class T>
using ConfigField = T& (*)(Config&);
template <class T>
using ServerField = std::optional<T>& (*)(ServerConfig&);

// Limits of a number, duration (milliseconds) or share; both ends allowed.
struct Range {
    double low = 0;
    double high = 0;
};

struct Option {
    std::string_view section;
    std::string_view name;
    std::variant<
        ConfigField<std::string>,
        ConfigField<bool>,
        ConfigField<std::uint32_t>,
        ConfigField<double>,
        ConfigField<Duration>>
        field;
    Range range;                            // numbers only
    std::vector<std::string_view> choices;  // texts only; empty: any
    std::string_view what;                  // for the reference
    std::string_view example;               // as TOML
};

struct ServerOption {
    std::string_view name;
    std::variant<
        ServerField<std::string>,
        ServerField<bool>,
        ServerField<std::uint32_t>,
        ServerField<double>,
        ServerField<Duration>,
        ServerField<Policy>>
        field;
    Range range;
    std::string_view default_text;  // for the reference
    std::string_view what;
    std::string_view example;
    bool only_server = false;  // makes no sense in [defaults]
};

struct Section {
    std::string_view name;
    std::string_view what;
};

// [panel]'s way back, [control] and [statistics]; joined into config_options().
std::vector<Option> panel_api_options();
std::vector<Option> control_options();

const std::vector<Section>& config_sections();
const std::vector<Option>& config_options();
const std::vector<ServerOption>& server_options();

// Values as TOML.
std::string print_value(const std::string& value);
std::string print_value(bool value);
std::string print_value(std::uint32_t value);
std::string print_value(double value);
std::string print_value(Duration value);
std::string print_value(Policy value);

// The TOML type in words: "text", "true or false", "whole number", "number", "duration", ...
std::string_view type_name(const Option& option);
std::string_view type_name(const ServerOption& option);

// "whole number from 1 to 64", "one of text, json", ...
std::string expectation(const Option& option);
std::string expectation(const ServerOption& option);

// All effective values as "section.key" -> TOML, in the order of the table; without secrets when
// `mask` is set.
std::vector<std::pair<std::string, std::string>> effective_values(const Config& config, bool mask);

}  // namespace bn::controller
