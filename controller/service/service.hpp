// `serve`: passes at an interval, triggers from the panel's operations, status and metrics.
//
// Everything runs on one loop thread; the panel is read and events are written on threads of their
// own. A full pass and one pass of triggered items may run side by side: the full pass leaves out
// items that were triggered after it began.
#pragma once

#include <memory>
#include <string>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "reconciler/ports/event_store.hpp"

namespace bn::controller {

struct ServiceOptions {
    Config config;
    std::string config_path;  // read again on SIGHUP
    std::string version;
    EventStore& store;
    Ledger ledger;  // of the store
    std::shared_ptr<LogSink> sink;
    SecretRegistry& secrets;
};

// Runs until SIGTERM or SIGINT, or until the store fails; the exit code.
int run_service(ServiceOptions options);

}  // namespace bn::controller
