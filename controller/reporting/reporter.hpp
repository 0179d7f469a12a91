// The way back: what the panel is owed, and its delivery.
//
// After each pass the operations that the panel waits for are judged. What came to its end is owed
// to the panel: an event first, then the calls, one item strictly in order, then the event that the
// panel has it. A panel that is away is asked again, patiently; a restart goes on where the events
// stand. Runs on the loop's thread; the calls run on threads of the panel link.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "controller/pass/journal.hpp"
#include "controller/pass/pass.hpp"
#include "controller/pass/world.hpp"
#include "controller/reporting/panel_link.hpp"
#include "controller/task_group.hpp"
#include "reconciler/report/verdict.hpp"

namespace bn::controller {

// The newest word about an item's operation.
struct JudgedOperation {
    PendingOperation operation;
    OperationVerdict verdict;
    Time at{};          // start of the pass that it was judged by
    bool told = false;  // the panel has it, or there is nothing to tell

    JudgedOperation() = default;
};

class PanelReporter {
  public:
    struct Parts {
        const Config& config;
        Journal& journal;
        std::shared_ptr<World> world;
        std::shared_ptr<PanelLink> link;  // null: results are not written back
        Log log;
        Metrics* metrics = nullptr;  // may be null
        std::function<Time()> now;
        std::function<void()> changed;  // called when something was judged or told; may be empty
    };

    PanelReporter(const boost::asio::any_io_executor& executor, Parts parts);
    PanelReporter(const PanelReporter&) = delete;
    PanelReporter& operator=(const PanelReporter&) = delete;
    ~PanelReporter();

    // Judges these operations by the pass, records what is owed and begins to deliver it.
    // `operations` were read before the pass read the panel's rows.
    Task<void> after_pass(
        const PassReport& report,
        const PassRequest& request,
        std::vector<PendingOperation> operations
    );

    // Begins deliveries and problem reports that are due. Cheap; called often.
    void wake();
    // When `wake` has something to do again; nothing: only after a new pass.
    [[nodiscard]] std::optional<Time> next_due() const;

    // The newest word about an item that is not older than `since`.
    [[nodiscard]] const JudgedOperation* judged(ItemId item, std::string_view command, Time since)
        const;

    // True while the panel's API does not answer.
    [[nodiscard]] bool panel_away() const;

    // No new deliveries; the returned task ends when those under way have ended.
    Task<void> stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::controller
