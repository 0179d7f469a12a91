// Why nothing, or nothing that destroys, is done at present, and what to do next: the first lines
// of each screen that shows what is to happen. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen/screen.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn::cli {

struct Doubt {
    std::string code;  // "store", "maintenance", "config", "panel", "clock"
    std::string what;
    std::string remedy;
    bool stops = false;  // nothing is done at all

    BN_FIELDS(Doubt, code, what, remedy, stops);
};

// What is not believed; empty members are.
struct InDoubt {
    std::optional<Error> store;
    std::optional<Pause> maintenance;  // of the panel
    bool panel = false;
    std::vector<ServerId> clock;  // of these servers
    std::string other_config;     // this file is not what the running service goes by; empty: it is

    // `panel`: as it was read just now; null: it was not.
    static InDoubt by(
        const Ledger& ledger,
        const std::optional<Error>& store,
        const DesiredSnapshot* panel,
        Time now
    );

    [[nodiscard]] std::vector<Doubt> in(Language language) const;
};

// Ends with an empty line; nothing when there is no doubt.
std::string render_doubts(const std::vector<Doubt>& doubts, const ScreenOptions& options);

}  // namespace bn::cli
