// The way back: what the panel is owed, and its delivery.
//
// After each pass the operations that the panel waits for are judged. What came to its end is owed
// to the panel: an event first, then the calls, one item strictly in order, then the event that the
// panel has it. What is owed and when it is told is decided in reconciler/decide/panel, by the
// ledger alone; a restart goes on where the events stand. Runs on the loop's thread; the calls run
// on threads of the world.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/tasks.hpp"
#include "controller/reporting/notices.hpp"
#include "controller/service/context.hpp"
#include "reconciler/decide/objectives.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/decide/verdict.hpp"

namespace bn::controller {

// The newest word about an item's operation.
struct JudgedOperation {
    PendingOperation operation;
    OperationVerdict verdict;
    Steady begun{};  // the pass that it was judged by

    JudgedOperation() = default;
};

class PanelReporter {
  public:
    explicit PanelReporter(ServiceContext& context);
    PanelReporter(const PanelReporter&) = delete;
    PanelReporter& operator=(const PanelReporter&) = delete;

    // Judges these operations by the pass, records what is owed and begins to deliver it.
    // `operations` were read before the pass read the panel's rows.
    Task<void> after_pass(const PassReport& report, std::vector<PendingOperation> operations);

    // Begins deliveries and problem reports that are due. Cheap; called often.
    void wake();

    // The newest word about an item that is not older than `since`.
    [[nodiscard]] const JudgedOperation* judged(ItemId item, std::string_view command, Steady since)
        const;
    // The panel has what is to be said of it, or there is nothing to tell.
    [[nodiscard]] bool told(const JudgedOperation& word) const;

    // No new deliveries until `resume`; the returned task ends when those under way have ended.
    Task<void> hold();
    void resume();

  private:
    // The panel's API does not answer.
    [[nodiscard]] bool panel_away() const {
        return context_.ledger().panel().away_since.has_value();
    }

    [[nodiscard]] bool tells(const PendingOperation& operation) const;
    // What was promised of a paid order, as it was kept.
    void measure_login(const JudgedOperation& word);
    void observe_order(Metric metric, const PendingOperation& operation, ServerId server);
    Task<void> deliver_item(ItemId item);
    Task<bool> deliver_first(ItemId item);
    Task<void> report_problem(ServerId server);
    Task<void> tell_notices();

    ServiceContext& context_;
    base::TaskGroup deliveries_;
    std::map<std::pair<ItemId, std::string>, JudgedOperation> judged_;  // by item and command
    std::set<ItemId> delivering_;
    SilentTimes silent_;
    std::set<ServerId> reporting_problem_;
    Notices notices_;
    bool noticing_ = false;
    Steady next_look_{};  // at a panel that is away
    bool held_ = false;
};

}  // namespace bn::controller
