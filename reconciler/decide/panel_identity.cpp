#include "reconciler/decide/panel_identity.hpp"

#include <fmt/format.h>

namespace bn {

Result<std::vector<Event>> decide_panel_identity(
    const Ledger& ledger, const std::string& fingerprint
) {
    std::vector<Event> events;
    const std::string& known = ledger.panel().fingerprint;
    if (fingerprint.empty() || fingerprint == known) {
        return events;
    }
    if (!known.empty()) {
        constexpr std::size_t kShown = 16;
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.other",
            fmt::format(
                "the event store belongs to the panel {}, but the configuration names the panel {}",
                known.substr(0, kShown),
                fingerprint.substr(0, kShown)
            ),
            "name the panel's own database and key, or another store.path for this panel"
        ));
    }
    events.emplace_back(PanelIdentified{fingerprint});
    return events;
}

}  // namespace bn
