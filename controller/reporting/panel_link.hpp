// The panel's API for the loop: blocking calls on threads of their own.
#pragma once

#include <memory>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "reconciler/ports/panel_api.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {

class PanelLink {
  public:
    // Null when the configuration turns the way back off. Errors (kHuman): the password file.
    static Result<std::shared_ptr<PanelLink>> open(const Config& config, SecretRegistry* secrets);
    // With an API of the caller's: tests.
    PanelLink(std::unique_ptr<PanelApi> api, std::unique_ptr<UsageSink> sink, std::size_t parallel);
    ~PanelLink();
    PanelLink(const PanelLink&) = delete;
    PanelLink& operator=(const PanelLink&) = delete;

    Task<Result<PanelAnswer>> call(PanelCall call);
    // Writes one day into itemstat; see UsageSink.
    Task<Result<void>> replace_usage(std::string day, std::vector<ItemUsageRow> rows);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::controller
