// The panel's API for the loop: blocking calls, made elsewhere.
#pragma once

#include <memory>

#include "controller/sides.hpp"
#include "reconciler/ports/panel_api.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {

class PanelLink {
  public:
    // Takes the way back out of `sides`. REQUIRES: it is not turned off.
    PanelLink(Sides& sides, std::size_t parallel)
        : api_(std::move(sides.panel_api)),
          sink_(std::move(sides.usage)),
          callers_(sides.make_blocking(parallel)) {}

    PanelLink(const PanelLink&) = delete;
    PanelLink& operator=(const PanelLink&) = delete;

    // Null when the way back is turned off.
    static std::shared_ptr<PanelLink> open(Sides& sides, std::size_t parallel) {
        return sides.panel_api ? std::make_shared<PanelLink>(sides, parallel) : nullptr;
    }

    Task<Result<PanelAnswer>> call(PanelCall call);
    // Writes one day into itemstat; see UsageSink.
    Task<Result<void>> replace_usage(std::string day, std::vector<ItemUsageRow> rows);

  private:
    std::unique_ptr<PanelApi> api_;
    std::unique_ptr<UsageSink> sink_;
    std::unique_ptr<Blocking> callers_;  // first to go: its work uses the others
};

}  // namespace bn::controller
