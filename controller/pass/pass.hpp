// One pass: observe both sides, plan, record, apply, tell.
//
// Level-triggered: a request says where to look, never what happened. The same code makes the dry
// run (observe only) and the service's work. Runs on the loop's thread. What is decided, is decided
// in reconciler/; here is the order of things.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "controller/pass/journal.hpp"
#include "controller/pass/publish.hpp"
#include "controller/pass/world.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/ports/clock.hpp"

namespace bn::controller {

// Where a pass may tell how far it is. All members optional.
struct PassHooks {
    std::function<void(std::string_view doing)> on_step;
    std::function<void(ServerId, std::uint64_t accounts)> on_read;
    std::function<void(ServerId, const ExecutionProgress&)> on_progress;
    std::function<bool()> stopping;
    // Items that another pass has looked at since this one began: its plan for them is stale.
    std::function<bool(ItemId)> skip_item;
    // Tells the panel what has come of the pass.
    std::function<Task<void>(const PassReport&)> tell;
    Metrics* metrics = nullptr;
    bool wait_for_budget = false;

    PassHooks() = default;
};

class PassRunner {
  public:
    // All references outlive the runner.
    PassRunner(
        const boost::asio::any_io_executor& executor,
        const Config& config,
        World& world,
        Clock& clock,
        Log log
    )
        : executor_(executor),
          config_(config),
          world_(world),
          clock_(clock),
          log_(std::move(log)) {}

    // Reads and plans; records nothing, changes nothing. The error is the panel's.
    Task<Result<Observation>> dry_run(PassRequest request, const Ledger& ledger, PassHooks hooks);

    // The first half of `run`: settles what is in doubt, reads and plans.
    Task<Result<Observation>> observe(
        PassRequest request, RecordContext context, Journal& journal, PassHooks hooks
    );

    // A whole pass with its events. With `planned`, exactly what was observed and planned before.
    // Errors: the panel's, or the store's: then nothing was done after it; "pass.stopped": a stop
    // came while it was still reading.
    Task<Result<PassReport>> run(
        PassRequest request,
        std::optional<Observation> planned,
        RecordContext context,
        Journal& journal,
        PassHooks hooks
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
    Clock& clock_;
    Log log_;
    PassLog pass_log_;
};

}  // namespace bn::controller
