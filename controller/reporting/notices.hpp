// What the panel's staff is told of accounts that are nearly full: a task for the item, by calls
// that orders go before and that an hour bounds. What is owed is in the ledger. Of the loop's
// thread.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "controller/service/context.hpp"
#include "reconciler/decide/fullness.hpp"

namespace bn::controller {

// By the configuration; `told`: there is a way to the panel.
FullnessRules fullness_rules(const StatisticsConfig& config, bool way_back);

// What the staff reads: the item, its login, used and sold, and what helps; in both languages.
std::string notice_text(const LedgerItem& item, const OwedNotice& notice);

class Notices {
  public:
    explicit Notices(ServiceContext& context) : context_(context) {}

    [[nodiscard]] bool due() const { return !items_due().empty(); }

    // Tells one that is due now. True: look for the next.
    Task<bool> tell_next();

  private:
    [[nodiscard]] std::vector<ItemId> items_due() const;
    // True: it need not be told again.
    Task<bool> tell(ItemId id);
    Task<Result<PanelAnswer>> make_task(const LedgerItem& item, const OwedNotice& notice);

    ServiceContext& context_;
    std::deque<Steady> told_;  // within the last hour
};

}  // namespace bn::controller
