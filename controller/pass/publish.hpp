// What passes and the ledger show: metrics and log lines. No I/O but through arguments.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/time.hpp"

namespace bn::controller {

// Actions of a server's plan that are not done yet. REQUIRES: it has a plan.
std::uint64_t backlog_of(const PassReport& report, const ServerObservation& server);

// What only the pass itself knows.
void publish_pass(Metrics& metrics, const PassReport& report, Duration took);

// What the ledger says at this moment, for a scrape.
void publish_ledger(Metrics& metrics, const Moment& at, const Config& config);

// What passes say in the log. Not thread-safe.
class PassLog {
  public:
    // A line for each server. A whole pass that had nothing to do, and found as many as the one
    // before it, is said once an hour, and else only where the log has everything (debug).
    void add(const Log& log, const PassReport& report, Steady now);

  private:
    struct Said {
        std::string found;
        Steady at{};
        std::uint64_t unsaid = 0;
    };

    void add_found(
        const Log& line,
        const PassReport& report,
        const ServerPlan& plan,
        const ExecutionReport& done,
        Steady now
    );

    std::map<ServerId, Said> said_;
};

}  // namespace bn::controller
