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
#include "controller/metrics/metrics.hpp"
#include "controller/service/status_view.hpp"
#include "reconciler/ports/event_store.hpp"

namespace bn::controller {

struct ServiceOptions {
    Config config;
    std::string config_path;  // read again on SIGHUP
    std::string version;

    ServiceOptions() = default;
};

class Service {
  public:
    // `store` and `secrets` outlive the service. `ledger` is the store's ledger.
    Service(
        ServiceOptions options,
        EventStore& store,
        Ledger ledger,
        std::shared_ptr<LogSink> sink,
        SecretRegistry& secrets
    );
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // Runs until SIGTERM or SIGINT, or until the store fails. Returns the exit code.
    int run();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The status as the ledger knows it; the service adds what it is doing.
StatusView status_from_ledger(
    const Ledger& ledger, const Config& config, const EventStore& store, Time now
);

}  // namespace bn::controller
