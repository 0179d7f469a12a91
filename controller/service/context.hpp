// What the parts of the service share: the configuration and the two sides, which a reload
// replaces, where they record, and how they wake each other. The composition root owns it; it
// outlives the parts. Of the loop's thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "controller/pass/journal.hpp"
#include "controller/pass/world.hpp"
#include "reconciler/ports/clock.hpp"

namespace bn::controller {

struct ServiceContext {
    Config config;
    boost::asio::any_io_executor executor;
    Clock& clock;
    Journal& journal;
    Metrics& metrics;
    SecretRegistry& secrets;
    Log log;
    std::string version = {};
    std::shared_ptr<World> world = {};  // shared: a look may outlive a reload
    bool stopping = false;
    std::function<std::string()> status = {};  // the document of /status.json

    [[nodiscard]] Time now() const { return clock.now(); }

    [[nodiscard]] Steady steady() const { return clock.steady(); }

    // When it will be this time, as the clock goes now; what is past is now.
    [[nodiscard]] Steady steady_at(Time at) const {
        return steady() + std::max(at - now(), Duration{0});
    }

    [[nodiscard]] const Ledger& ledger() const { return journal.ledger(); }

    [[nodiscard]] Moment moment() const { return {ledger(), now()}; }

    // Why nothing may be done now: passes only look.
    [[nodiscard]] std::optional<Error> store_trouble() const { return journal.store().trouble(); }

    // Nothing may be changed, neither in a cloud nor in the panel, and the panel is told nothing.
    [[nodiscard]] bool hands_off() const {
        return store_trouble() || ledger().panel().maintenance.has_value();
    }

    // Something was judged, told or measured: whoever waits for news looks again.
    void tell_news() { clock.wake(this); }

    // Ends at news, or at `until`.
    Task<void> wait_for_news(Steady until) { return clock.sleep_until(until, this); }

    // Events of the service's own; an error is the store's.
    Task<Result<void>> record(std::vector<Event> events) {
        return journal.record(std::move(events), RecordContext(clock.id()));
    }
};

}  // namespace bn::controller
