// What a pass shows: metrics and log lines. No I/O but through arguments.
#pragma once

#include <cstdint>

#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn::controller {

// Actions of a server's plan that are not done yet. REQUIRES: it has a plan.
std::uint64_t backlog_of(const PassReport& report, const ServerObservation& server);

void publish_pass(Metrics& metrics, const PassReport& report, const Moment& at, Duration took);

void log_pass(const Log& log, const PassReport& report);

}  // namespace bn::controller
