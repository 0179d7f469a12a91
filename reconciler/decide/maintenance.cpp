#include "reconciler/decide/maintenance.hpp"

#include <chrono>

#include "reconciler/model/hold.hpp"

namespace bn {

std::vector<Event> decide_maintenance(
    const LedgerPanel& panel, const SwitchHeard& heard, Duration patience
) {
    const bool patient = patience == Duration{0};
    const bool silence = !heard.on && !patient && heard.silent >= patience;
    if (heard.on.value_or(silence)) {
        std::string reason =
            heard.on ? heard.what : "nobody could tell for too long whether it is: " + heard.what;
        // Who says it first is enough, and what is known is not overwritten by what is not.
        const bool told = panel.maintenance && (silence || !panel.maintenance_by_silence);
        return told ? std::vector<Event>()
                    : std::vector<Event>{PanelMaintenanceBegan{std::move(reason), silence}};
    }
    const bool ended = panel.maintenance && (heard.on || (patient && panel.maintenance_by_silence));
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
