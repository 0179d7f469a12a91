#include "reconciler/events/evolve_service.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/events/back_in_time.hpp"
#include "reconciler/events/causes.hpp"

namespace bn {

namespace {

// A former pass did not say what it believed: what fell by more than a fifth is not taken over.
std::uint64_t formerly_judged(std::uint64_t before, std::uint64_t now) {
    return before >= 20 && now < before - before / 5 ? before : now;
}

void end_stop(LedgerServer& server) {
    server.stopped_plan.clear();
    server.stopped_reason.clear();
    server.stopped_harms.clear();
    server.stopped_since.reset();
}

// What an event of the service changes: the panel, and servers as a pass saw them.
struct ServiceEvolver {
    Ledger& ledger;
    const Envelope& told;

    void operator()(const OnRecordOnly auto&) const {}

    void operator()(const PanelWentAway& e) const {
        LedgerPanel& panel = ledger.edit_panel();
        panel.away_since = panel.away_since.value_or(told.at);
        panel.what = e.what;
    }

    void operator()(const PanelCameBack&) const {
        ledger.edit_panel().away_since.reset();
        ledger.edit_panel().what.clear();
    }

    void operator()(const PanelMaintenanceBegan& e) const {
        std::optional<Pause>& maintenance = ledger.edit_panel().maintenance;
        const Time since = maintenance ? maintenance->since : told.at;
        maintenance = Pause{e.reason, since, std::nullopt};
        ledger.edit_panel().maintenance_by_silence = e.by_silence;
    }

    void operator()(const PanelMaintenanceEnded&) const { ledger.edit_panel().maintenance.reset(); }

    void operator()(const PanelCompletionFound& e) const {
        std::vector<KnownCompletion>& known = ledger.edit_panel().completions;
        std::erase_if(known, [&](const KnownCompletion& k) { return k.itemtype == e.itemtype; });
        known.push_back({e.itemtype, e.function});
    }

    void operator()(const PanelIdentified& e) const {
        ledger.edit_panel().fingerprint = e.fingerprint;
    }

    void operator()(const ClockJumped& e) const {
        for (const ServerId id : ids()) {
            LedgerServer& server = ledger.edit(id);
            server.clock_trust = Duration{0};
            if (server.seen_at && *server.seen_at <= e.from) {
                *server.seen_at += e.to - e.from;
            }
            for (HarmDone& done : server.harm_done) {
                done.at += e.to - e.from;  // a clock that is set ends no hour and no day
            }
        }
    }

    void operator()(const ClockWentBack& e) const {
        const BackInTime back{e.from, e.to};
        std::vector<ItemId> items;
        items.reserve(ledger.items().size());
        for (const auto& [id, item] : ledger.items()) {
            items.push_back(id);
        }
        for (const ItemId id : items) {
            ledger.change(id, back);
        }
        for (const ServerId id : ids()) {
            back(ledger.edit(id));
        }
        back(ledger.edit_panel().away_since);
        back(ledger.edit_panel().behind_since);
        back(ledger.edit_panel().verified_at);
        back(ledger.edit_panel().backed_up_at);
        ledger.edit_panel().recorded_at = e.to;
    }

    void operator()(const StoreChecked& e) const {
        LedgerPanel& panel = ledger.edit_panel();
        panel.verified_at = told.at;
        if (e.verb == "backup") {
            panel.backed_up_at = told.at;
        }
    }

    void operator()(const StoreAccepted&) const { ledger.edit_panel().events_lost = true; }

    void operator()(const PanelSeen& e) const {
        LedgerPanel& panel = ledger.edit_panel();
        panel.mark = latest(panel.mark, e.mark);
    }

    void operator()(const PanelWentBack&) const {
        LedgerPanel& panel = ledger.edit_panel();
        panel.behind_since = panel.behind_since.value_or(told.at);
    }

    void operator()(const PanelCaughtUp&) const { ledger.edit_panel().behind_since.reset(); }

    void operator()(const PanelDataAccepted& e) const {
        ledger.edit_panel().mark = e.after;
        ledger.edit_panel().behind_since.reset();
    }

    void operator()(const ServicePaused& e) const {
        ledger.edit_panel().paused = Pause{e.reason, told.at, e.until, told.actor.name};
    }

    void operator()(const ServicePauseEnded&) const { ledger.edit_panel().paused.reset(); }

    void operator()(const PassCompleted& e) const {
        for (const PassServerSummary& seen : e.servers) {
            LedgerServer& server = ledger.edit(seen.server);
            server.last_attempt_at = e.started_at;
            if (seen.complete || !seen.error.empty()) {
                server.last_error = seen.error;  // that an item could be read says nothing of all
            }
            if (seen.complete) {
                complete(server, e.started_at, seen);
            }
            if (seen.complete && seen.error.empty()) {
                server.last_success_at = told.at;
            }
            if (seen.complete && seen.stopped.empty()) {
                end_stop(server);
            }
            if (seen.complete && server.approved_at <= e.started_at) {
                server.approved_plan.clear();  // used, or what it named waits no more
            }
        }
    }

  private:
    [[nodiscard]] std::vector<ServerId> ids() const {
        std::vector<ServerId> ids;
        for (const auto& [id, server] : ledger.servers()) {
            ids.push_back(id);
        }
        return ids;
    }

    static void complete(LedgerServer& server, Time started_at, const PassServerSummary& seen) {
        ++server.complete_passes;
        server.observed += seen.observed.value_or(step_to(&server, started_at, longest_step({})));
        server.seen_at = started_at;
        server.clock_trust += seen.clock_trust;
        server.last_desired = seen.desired;
        server.last_actual = seen.actual;
        const std::uint64_t desired =
            seen.judged_desired.value_or(formerly_judged(server.judged_desired, seen.desired));
        const std::uint64_t actual =
            seen.judged_actual.value_or(formerly_judged(server.judged_actual, seen.actual));
        judge_by(server, desired, actual);
        server.panel_doubt = seen.panel_doubt;
        server.cloud_doubt = seen.cloud_doubt;
    }
};

}  // namespace

void judge_by(LedgerServer& server, std::uint64_t desired, std::uint64_t actual) {
    if (desired < server.judged_desired || actual < server.judged_actual) {
        server.sunk_at = server.observed;
    }
    server.judged_desired = desired;
    server.judged_actual = actual;
}

void evolve_service(Ledger& ledger, const Envelope& event) {
    const auto change = [&](const auto& e) {
        if constexpr (kStreamOf<std::decay_t<decltype(e)>> == StreamKind::kService) {
            ServiceEvolver{ledger, event}(e);
        }
    };
    std::visit(change, event.event);
}

}  // namespace bn
