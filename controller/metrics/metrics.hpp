// Everything that Prometheus may see, declared in one place.
//
// Every series of a server exists from add_server on, with 0. Labels are bounded: server ids and
// fixed lists, never logins, items or texts. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/action.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

enum class PassResult { kOk, kIncomplete, kError };
enum class AccountSide { kDesired, kActual, kUnmanaged };
// What there is one number of for a server.
enum class ServerGauge {
    kOldestDriftAge,  // 0: no drift
    kLastAttempt,
    kLastSuccess,
    kInDoubt,
    kBacklog,
    kQuarantined,
    kPlanStopped,
    kPutBudgetWait,
    kPaused,
    kDeletionsDue,
    kParked,
    kUnknown,
};

class Metrics final : public CloudObserver {
  public:
    explicit Metrics(std::string_view version);
    ~Metrics() override;

    // Makes all series of a server, at 0. Does nothing for a known one.
    void add_server(ServerId server);
    // Drops the series of a server that the panel no longer has.
    void remove_server(ServerId server);

    // ---- passes
    void pass_done(ServerId server, PassResult result, Duration took, Time started_at);

    // ---- state after a pass
    void set(ServerGauge gauge, ServerId server, std::uint64_t count);
    void set(ServerGauge gauge, ServerId server, Duration time);
    void set(ServerGauge gauge, ServerId server, std::optional<Time> at);  // nothing: stays
    void set_drift(ServerId server, DriftField field, std::uint64_t count);
    // All others: 0.
    void set_held(ServerId server, const std::map<HoldCode, std::uint64_t>& counts);
    void set_accounts(ServerId server, AccountSide side, std::uint64_t count);

    // ---- actions and calls
    void action_done(ServerId server, ActionKind kind, OutcomeKind outcome);
    void on_call(
        ServerId server, std::string_view endpoint, std::string_view outcome, Duration took
    ) override;

    // ---- panel, store, service
    void panel_read(Duration took);
    // A result that the panel was told, or could not be told, by the command of its operation.
    void panel_result(std::string_view command, bool delivered);
    void set_panel_owed(std::uint64_t items);
    void set_panel_behind(bool behind);
    void set_panel_maintenance(bool on);
    void set_usage(ServerId server, std::uint64_t bytes, std::uint64_t close, std::uint64_t over);
    void panel_error(const Error& error);  // counted by its next move
    void set_event_store(std::uint64_t bytes, std::uint64_t events);
    void set_store_in_doubt(bool in_doubt);
    void event_append(Duration took);
    void config_reload(bool ok);

    // The text for GET /metrics.
    [[nodiscard]] std::string expose() const;

  private:
    struct Series;
    std::unique_ptr<Series> series_;
};

}  // namespace bn::controller
