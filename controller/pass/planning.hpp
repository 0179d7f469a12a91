// From one server's two snapshots and the configuration to its plan, and the plan's name. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/config/config.hpp"
#include "reconciler/decide/action.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/guard.hpp"
#include "reconciler/plan/limits.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

// What people approve: a hash of the plan's canonical text, it names exactly what would be done. 64
// hex digits.
std::string plan_checksum(const Plan& plan);
// The same of one server's part: what PlanStopped, PlanApproved and `approve` name.
std::string plan_checksum(const ServerPlan& plan);

DiffOptions diff_options(const Config& config, const ServerSettings& settings, Time now);
LimitRules limit_rules(const Config& config, const ServerSettings& settings);
// Display names are compared, and have to be read.
bool keeps_names(const ServerSettings& settings);
Retention retention_rules(const Config& config);
PassRules pass_rules(const Config& config);
PaceRules pace_rules(const Config& config);
ActionRules action_rules(const Config& config, const ServerSettings& settings);

// Nobody said what may be done to this server; nothing: somebody did.
std::optional<Error> unconfigured(ServerId server, const ServerSettings& settings);

// The server has rows and a policy. `items` not empty: the plan of these items only (a narrow
// reading).
ServerPlan plan_server(
    const DesiredSnapshot& desired,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const Config& config,
    const ServerSettings& settings,
    const std::vector<ItemId>& items,
    Time now,
    std::map<ServerId, std::string> identities = {}
);

// The keys of the logins under which these items have, or want, an account on this server.
std::set<std::string> logins_of_items(
    const std::vector<ItemId>& items, const DesiredServer& server, const Ledger& ledger
);

// What is in force for a server: what the configuration says, in its own section or in [defaults],
// then what its form in the panel says. The file is of whoever has the controller's host.
ServerSettings settings_in_force(const Config& config, const DesiredServer& server);

// Why nobody checks whether it is this cloud that gets the administrator's password; empty: it is
// checked.
std::string why_unverified(const Config& config, const DesiredServer& server);

DesiredServer without_accounts(const DesiredServer& server);

// True when a reading of one serves for the other: same address, same login, same password.
bool same_access(const DesiredServer& a, const DesiredServer& b);

}  // namespace bn::controller
