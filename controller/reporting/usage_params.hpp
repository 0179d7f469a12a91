// The params of a service that show its client how full it is: what was measured, on its way to the
// panel. Which are due is decided in reconciler/decide/usage_params, by the ledger. Results that
// the panel is owed go first. What was measured is kept in memory only: after a restart the next
// measurement is told. Of the loop's thread.
#pragma once

#include <map>
#include <optional>

#include "controller/service/context.hpp"
#include "reconciler/decide/usage.hpp"
#include "reconciler/decide/usage_params.hpp"

namespace bn::controller {

class UsageParams {
  public:
    explicit UsageParams(ServiceContext& context) : context_(context) {}

    void measured(ServerId server, const UsageReport& report);

    // What is due, within `statistics.params_per_minute` calls a minute; the rest next time.
    Task<void> tell();

  private:
    [[nodiscard]] bool may_tell() const;
    void earn(std::uint32_t per_minute);
    Task<Result<void>> save(std::shared_ptr<World> held, MeasuredUsage seen);
    Task<bool> tell_item(ItemId id);

    ServiceContext& context_;
    MeasuredItems measured_;
    double calls_left_ = 0;
    std::optional<Steady> earned_at_;
    std::uint32_t refused_ = 0;  // in a row
};

}  // namespace bn::controller
