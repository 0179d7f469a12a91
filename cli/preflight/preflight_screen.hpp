// What `preflight` says: how each thing is known, and the settings that follow. Values and their
// rendering; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/names.hpp"
#include "cli/screen/screen.hpp"

namespace bn::cli {

// How a statement about the panel is known.
enum class Basis : std::uint8_t {
    kFound,    // seen on this panel
    kAssumed,  // not to be seen here; how panels are known to be
    kUnknown,  // not to be seen here, and panels differ
};

std::string_view to_string(Basis basis);

enum class Weight : std::uint8_t {
    kPlain,
    kWarns,  // works, but somebody should look at it
    kStops,  // must be mended before results can go back to the panel
};

struct PreflightLine {
    Basis basis = Basis::kFound;
    Weight weight = Weight::kPlain;
    std::string what;      // one sentence
    std::string evidence;  // what it was seen in; may be empty
    std::string remedy;    // of warns and stops
};

// What a rule says of a thing: how it is known, and how heavy it weighs.
enum class Verdict : std::uint8_t {
    kFound,
    kAssumed,
    kUnknown,
    kWarns,   // found, and warns
    kDoubts,  // unknown, and warns
    kStops,   // found, and stops
};

struct PreflightSection {
    std::string title;
    std::vector<PreflightLine> lines;

    explicit PreflightSection(std::string t) : title(std::move(t)) {}

    void add(Verdict verdict, std::string what, std::string evidence = {}, std::string remedy = {});
};

// One line of the configuration to use. The constructor takes texts, the members are TOML.
struct PreflightSetting {
    PreflightSetting(
        const char* in,
        const char* name,
        std::string_view use,
        std::string_view configured,
        std::string_view reason
    );

    std::string table;  // "panel"
    std::string key;
    std::string value;  // as TOML: "\"mgrctl\""
    std::string now;    // what is configured, as TOML
    std::string why;
};

struct PreflightReport {
    std::vector<PreflightSection> sections;
    std::vector<PreflightSetting> settings;  // in order of their tables
    std::vector<std::string> first_order;    // what only a first real order can show

    [[nodiscard]] std::uint64_t count(Weight weight) const;
    [[nodiscard]] std::uint64_t count(Basis basis) const;

    [[nodiscard]] bool passed() const { return count(Weight::kStops) == 0; }
};

// The settings as TOML, with line ends.
std::string preflight_toml(const PreflightReport& report);

std::string render_preflight(const PreflightReport& report, const ScreenOptions& options);
std::string preflight_to_json(const PreflightReport& report);

}  // namespace bn::cli
