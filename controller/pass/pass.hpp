// One pass: observe both sides, diff, policy, guards, record, apply, record.
//
// Level-triggered: a request says where to look, never what happened. The same code makes the dry
// run (observe only) and the service's work. Runs on the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/config/config.hpp"
#include "controller/pass/executor.hpp"
#include "controller/pass/journal.hpp"
#include "controller/pass/world.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::controller {

struct PassRequest {
    std::string trigger = "periodic";
    std::optional<ServerId> only_server;
    // Only these items: each of their accounts is read alone, nothing else is.
    std::vector<ItemId> items;
    // A person asked: look at servers that are in quarantine, too.
    bool ignore_quarantine = false;

    PassRequest() = default;

    [[nodiscard]] bool narrow() const { return !items.empty(); }
};

// One server as a pass saw it.
struct ServerObservation {
    ServerId server;
    std::string name;
    std::string address;
    ServerSettings settings;
    std::optional<Error> error;  // why there is no plan
    bool quarantined = false;    // not looked at for this reason
    std::optional<CloudInfo> info;
    std::optional<ActualSnapshot> actual;
    std::vector<OwnedActualAccount> looked;  // narrow: with what a table does not keep
    std::optional<ServerPlan> plan;
    Duration took{};

    ServerObservation() = default;
};

struct Observation {
    Time started_at{};
    std::shared_ptr<const DesiredSnapshot> desired;
    std::vector<ServerObservation> servers;  // sorted by id

    [[nodiscard]] Plan plan() const;
    [[nodiscard]] std::map<ServerId, PutBudget> budgets() const;
    [[nodiscard]] const ServerObservation* server(ServerId id) const;
    // Servers without a plan, or with one that an incomplete reading made: it proves nothing.
    [[nodiscard]] std::uint64_t error_count() const;
};

// Where a pass may tell how far it is. All members optional.
struct PassHooks {
    std::function<void(std::string_view doing)> on_step;
    std::function<void(ServerId, std::uint64_t accounts)> on_read;
    std::function<void(ServerId, const ExecutionProgress&)> on_progress;
    std::function<bool()> stopping;
    // Items that another pass has looked at since this one began: its plan for them is stale.
    std::function<bool(ItemId)> skip_item;
    bool wait_for_budget = false;

    PassHooks() = default;
};

struct PassReport {
    std::string id;
    Observation observation;
    std::map<ServerId, ExecutionReport> executions;
    std::map<ItemId, std::uint64_t> calls_done;  // calls to a cloud that took effect, or were so

    [[nodiscard]] bool failed() const;
};

class PassRunner {
  public:
    PassRunner(
        const boost::asio::any_io_executor& executor,
        const Config& config,
        World& world,
        Log log,
        std::function<Time()> now
    );

    // Reads and plans; records nothing, changes nothing. The error is the panel's.
    Task<Result<Observation>> dry_run(PassRequest request, const Ledger& ledger, PassHooks hooks);

    // The first half of `run`: settles what is in doubt, reads and plans.
    Task<Result<Observation>> observe(
        PassRequest request, std::string pass_id, Journal& journal, Actor actor, PassHooks hooks
    );

    // A whole pass with its events. `metrics` may be null. Errors: the panel's, or the store's:
    // then nothing was done after it; "pass.stopped": a stop came while it was still reading.
    Task<Result<PassReport>> run(
        PassRequest request, Journal& journal, Actor actor, PassHooks hooks, Metrics* metrics
    );

    // Executes what `observation` planned; the second half of `run`, also used by `apply`.
    Task<Result<PassReport>> execute(
        PassRequest request,
        Observation observation,
        std::string pass_id,
        Journal& journal,
        Actor actor,
        PassHooks hooks,
        Metrics* metrics
    );

    // A stop was asked for: readings are given up at once, as nothing came of them yet; what is
    // being carried out is finished by its own pass. Call it when `PassHooks::stopping` is true.
    void stop();

  private:
    struct Run;

    std::uint32_t executing_ = 0;
    bool stopping_ = false;
    const boost::asio::any_io_executor& executor_;
    const Config& config_;
    World& world_;
    Log log_;
    std::function<Time()> now_;
};

}  // namespace bn::controller
