// The use of space: measured once a day or when asked, written for billing, told to the panel. When
// a day is due is decided in reconciler/decide/usage, by the ledger. Of the loop's thread.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/tasks.hpp"
#include "controller/reporting/usage_params.hpp"
#include "controller/service/context.hpp"
#include "protocol/request.hpp"
#include "reconciler/decide/usage.hpp"

namespace bn::controller {

class Statistics {
  public:
    explicit Statistics(ServiceContext& context)
        : context_(context), params_(context), background_(context.executor) {}

    // A measurement for somebody who waits for it; the answer of the control socket. Asked for
    // while it is under way already, the same measurement serves both.
    Task<std::string> answer(protocol::Request request);

    // One look: days that the panel did not take are offered again; with `statistics.daily`, a new
    // day is measured when its time has come. What was measured is told as params of the services.
    Task<void> look();

    // Ends when the measurements under way have ended.
    Task<void> finished() { return background_.join(); }

  private:
    Task<Result<std::uint64_t>> measure(ServerId id, std::string day);
    Task<Result<UsageReading>> read_usage(
        std::shared_ptr<World> held, std::shared_ptr<const DesiredSnapshot> desired, ServerId id
    );
    Task<void> measure_and_post(ServerId id, std::string day, bool asked_for);
    Task<bool> post_day(ServerId id, std::string day);
    Task<void> post_days(ServerId id, std::string asked);
    [[nodiscard]] bool may_post() const;
    [[nodiscard]] bool due(const LedgerServer& server) const;

    ServiceContext& context_;
    UsageParams params_;
    base::TaskGroup background_;
    std::set<ServerId> measuring_;
    std::set<ServerId> posting_;  // their owed days are being told to the panel
    std::map<ServerId, Result<std::uint64_t>> measured_;  // items, of the last measurement
};

}  // namespace bn::controller
