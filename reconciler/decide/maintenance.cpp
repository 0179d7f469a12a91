#include "reconciler/decide/maintenance.hpp"

#include <chrono>

#include "reconciler/model/hold.hpp"

namespace bn {

std::vector<Event> decide_maintenance(
    const LedgerPanel& panel, const SwitchHeard& heard, Duration patience
) {
    const bool silence = !heard.on && patience > Duration{0} && heard.silent >= patience;
    if (heard.on.value_or(silence)) {
        const std::string reason =
            heard.on ? heard.what
                     : "nobody could tell for too long whether it is: " + heard.what;
        // What is known of it is not overwritten by what is not.
        const bool told = panel.maintenance && (silence || panel.maintenance->reason == reason);
        return told ? std::vector<Event>() : std::vector<Event>{PanelMaintenanceBegan{reason}};
    }
    const bool ended = heard.on && panel.maintenance;
    return ended ? std::vector<Event>{PanelMaintenanceEnded{}} : std::vector<Event>();
}

std::optional<Error> in_maintenance(const Ledger& ledger) {
    const std::optional<Pause>& maintenance = ledger.panel().maintenance;
    if (!maintenance) {
        return std::nullopt;
    }
    return Error(
        NextMove::kWait,
        std::string(to_string(HoldCode::kMaintenance)),
        "the panel is in maintenance " + to_text(*maintenance) + "; nothing was changed",
        "end it in the panel (remove etc/billmgr.DoNothing on its host), then say it again"
    );
}

}  // namespace bn
