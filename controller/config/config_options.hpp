// The one table of options: reading, checking, printing, the reference, "did you mean" and what a
// reload does all come from it. Values only; any thread. Inner to controller/config.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/config/config.hpp"

namespace bn::controller {

using Value = std::
    variant<std::string, bool, std::uint32_t, double, Duration, Policy, Limit, Windows, FieldSet>;
enum class Type { kText, kFlag, kCount, kShare, kDuration, kPolicy, kLimit, kWindows, kFields };

// Where values lie: in a configuration; those of servers in the settings for all or one of them.
struct Place {
    Config& config;
    ServerSettings& server = config.defaults;
    TariffSettings& tariff = config.other_tariffs;
};

// Access to one field of the configuration.
struct Field {
    std::string_view section;  // kServers: [defaults] and [server.N]; kTariffs: [tariff.N]
    Type type;
    std::optional<Value> (*get)(const Place&);  // nothing: it has no value
    void (*set)(const Place&, const Value&);    // REQUIRES: a value of `type`
};

inline constexpr std::string_view kServers = "server";
inline constexpr std::string_view kTariffs = "tariff";

enum class Form { kAny, kFilled, kUrl, kReadable, kSecretFile, kKeyFile, kPercents, kUncapped };

// What a value must be besides being of its type.
struct Limits {
    double low = 0;  // of counts, shares, durations (milliseconds); both ends are allowed
    double high = 0;
    std::array<std::string_view, 4> choices{};  // of texts; none: any
    Form form = Form::kAny;                     // of texts; files are looked at by load_config only
};

enum class Reload { kNow, kRestart };
enum class Scope { kAll, kOneServer };  // kOneServer: makes no sense in [defaults]

struct OptionRow {
    std::string_view name;
    Field field;
    Limits limits{};
    std::string_view example{};  // as TOML but for the quotes of a text; empty: the built-in value
    Reload reload = Reload::kNow;
    Scope scope = Scope::kAll;
};

struct Option : OptionRow {
    std::string_view what;  // for the reference
};

struct Section {
    std::string_view name;
    std::string_view what;
};

std::span<const Section> config_sections();
std::span<const Option> config_options();

std::string example(const Option& option);      // as TOML
std::string expectation(const Option& option);  // "a whole number from 1 to 64", ...

// A value that is in force, as "section.key".
struct Setting {
    std::string key;
    const Option* option;
    Value value;
};

// In the order of the table; of servers only what is said.
std::vector<Setting> settings_of(Config config);

}  // namespace bn::controller
