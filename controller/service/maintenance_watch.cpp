#include "controller/service/maintenance_watch.hpp"

#include <utility>

#include <boost/asio/awaitable.hpp>

#include "controller/at_end.hpp"

namespace bn::controller {

Duration MaintenanceWatch::period() const {
    return context_.world->maintenance().on_this_host ? Duration(std::chrono::seconds(1))
                                                      : Duration(std::chrono::seconds(30));
}

Task<bool> MaintenanceWatch::look() {
    const std::shared_ptr<World> world = context_.world;  // a reload may replace it meanwhile
    if (context_.store_trouble()) {
        co_return true;
    }
    if (!world->maintenance().look) {
        SwitchHeard nobody;
        co_await note(std::move(nobody), Duration(0));  // silence says nothing then
        co_return true;
    }
    const Result<bool> on = co_await world->look_at_switch();
    looked_ = true;
    if (!on && unknown_ != on.error().text()) {
        unknown_ = on.error().text();
        context_.log.warning("whether the panel is in maintenance is not known: {}", unknown_);
    }
    SwitchHeard heard;
    if (on) {
        unknown_.clear();
        heard.on = *on;
        heard.what = world->maintenance().where;
    } else {
        heard.what = on.error().text();
        heard.silent = context_.steady() - known_at_;
    }
    co_await note(std::move(heard), context_.config.panel.maintenance_unknown);
    co_return on.has_value();
}

Task<void> MaintenanceWatch::look_before() {
    if (!looked_ || context_.world->maintenance().on_this_host) {
        co_await look();
    }
}

Task<void> MaintenanceWatch::heard(bool on) {
    if (context_.world->maintenance().on_this_host || context_.store_trouble()) {
        co_return;
    }
    SwitchHeard heard;
    heard.on = on;
    heard.what = "the panel's module says that etc/billmgr.DoNothing exists";
    co_await note(std::move(heard), context_.config.panel.maintenance_unknown);
}

Task<void> MaintenanceWatch::note(SwitchHeard heard, Duration patience) {
    // One word after the other: each is judged by what the one before has recorded.
    while (noting_) {
        co_await context_.clock.sleep_until(
            context_.steady() + std::chrono::milliseconds(10), nullptr
        );
    }
    noting_ = true;
    const AtEnd noted([this] { noting_ = false; });
    if (heard.on) {
        known_at_ = context_.steady();
    }
    const LedgerPanel& panel = context_.ledger().panel();
    const bool was = panel.maintenance.has_value();
    std::vector<Event> events = decide_maintenance(panel, heard, patience);
    if (!events.empty()) {
        const Result<void> recorded = co_await context_.record(std::move(events));
        if (!recorded) {
            context_.log.error("the panel's maintenance: {}", recorded.error().text());
        }
    }
    const std::optional<Pause>& now = context_.ledger().panel().maintenance;
    if (now && !was) {
        context_.log.warning(
            "the panel is in maintenance: {}; nothing is changed and the panel is told nothing",
            now->reason
        );
    } else if (!now && was) {
        context_.log.info("the panel is no longer in maintenance: what waited goes on");
        ended_();
    }
}

}  // namespace bn::controller
