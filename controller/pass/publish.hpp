// What a pass shows: metrics and log lines. No I/O but through arguments.
#pragma once

#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn::controller {

void publish_pass(Metrics& metrics, const PassReport& report, const Moment& at);

void log_pass(const Log& log, const PassReport& report);

}  // namespace bn::controller
