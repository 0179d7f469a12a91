// What passes and the ledger show: metrics and log lines. No I/O but through arguments.
#pragma once

#include <cstdint>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn::controller {

// Actions of a server's plan that are not done yet. REQUIRES: it has a plan.
std::uint64_t backlog_of(const PassReport& report, const ServerObservation& server);

// What only the pass itself knows.
void publish_pass(Metrics& metrics, const PassReport& report, Duration took);

// What the ledger says at this moment, for a scrape.
void publish_ledger(Metrics& metrics, const Moment& at, const Config& config);

void log_pass(const Log& log, const PassReport& report);

}  // namespace bn::controller
