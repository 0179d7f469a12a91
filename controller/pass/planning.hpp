// From one server's two snapshots and the configuration to its plan. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/config/config.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/guard.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

DiffOptions diff_options(const Config& config, Time now);
GuardOptions guard_options(const Config& config, const ServerSettings& settings, Time now);

// REQUIRES: settings.policy. `items` not empty: the plan of these items only (a narrow reading).
ServerPlan plan_server(
    const DesiredSnapshot& desired,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const Config& config,
    const ServerSettings& settings,
    const std::vector<ItemId>& items,
    Time now
);

// The logins under which these items have, or want, an account on this server.
std::vector<std::string> logins_of_items(
    const std::vector<ItemId>& items, const DesiredServer& server, const Ledger& ledger
);

// True when a reading of one serves for the other: same address, same login, same password.
bool same_access(const DesiredServer& a, const DesiredServer& b);

// Why a cloud cannot be worked with now, by what it says of itself.
std::optional<Error> unfit_cloud(const CloudInfo& info, const DesiredServer& server);

// What to say when the panel names another address for a server with accounts of ours.
Error moved_address(const DesiredServer& server, const LedgerServer& known);

// Why nothing is asked of a server: no policy, settings that cannot be used, another cloud's
// address.
std::optional<Error> unusable_server(
    const DesiredServer& server, const ServerSettings& settings, const Ledger& ledger
);

// Why a reading of the panel without any service is not believed.
std::optional<Error> emptied_panel(const DesiredSnapshot& desired, const Ledger& ledger);

}  // namespace bn::controller
