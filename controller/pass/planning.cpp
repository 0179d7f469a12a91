#include "controller/pass/planning.hpp"

#include <algorithm>
#include <set>

#include "controller/pass/plan_checksum.hpp"
#include "reconciler/plan/pass.hpp"

namespace bn::controller {

namespace {

// The server with these items only; what the plan of a narrow reading is made of.
DesiredServer narrowed(const DesiredServer& server, const std::vector<ItemId>& items) {
    const std::set<ItemId> wanted(items.begin(), items.end());
    DesiredServer part;
    part.id = server.id;
    part.name = server.name;
    part.base_url = server.base_url;
    part.login = server.login;
    part.active = server.active;
    part.managed_groups = server.managed_groups;
    DesiredTable::Builder builder;
    for (std::size_t i = 0; i < server.accounts.size(); ++i) {
        if (wanted.contains(server.accounts.record(i).item)) {
            builder.add(server.accounts[i]);
        }
    }
    part.accounts = std::move(builder).finish();
    return part;
}

// Holds of items whose rows give no account at all are not part of a narrow plan by themselves.
void add_reader_holds(
    ServerPlan& plan, const DesiredSnapshot& desired, const std::vector<ItemId>& items
) {
    for (const Hold& hold : desired.holds) {
        const auto same = [&hold](const HeldAction& held) { return held.hold == hold; };
        if (hold.server == plan.server &&
            std::find(items.begin(), items.end(), hold.item) != items.end() &&
            std::none_of(plan.held.begin(), plan.held.end(), same)) {
            HeldAction held;
            held.hold = hold;
            plan.held.push_back(std::move(held));
        }
    }
    std::stable_sort(plan.held.begin(), plan.held.end(), [](const auto& a, const auto& b) {
        return a.hold.item < b.hold.item;
    });
}

}  // namespace

DiffOptions diff_options(const Config& config, Time now) {
    DiffOptions options;
    options.now = now;
    options.retention = config.service.retention;
    options.vanished_passes = config.service.vanished_passes;
    options.fight_limit = config.service.fight_limit;
    options.fight_window = config.service.fight_window;
    options.manage_email = config.service.manage_email;
    options.manage_groups = config.service.manage_groups;
    options.manage_quota = config.service.manage_quota;
    return options;
}

GuardOptions guard_options(const Config& config, const ServerSettings& settings, Time now) {
    GuardOptions options;
    options.now = now;
    options.max_destructive = settings.max_destructive;
    options.max_destructive_share = settings.max_destructive_share;
    options.always_allowed = settings.always_allowed;
    options.max_shrink = config.service.max_shrink;
    options.shrink_from = config.service.shrink_from;
    options.max_age = config.service.max_snapshot_age;
    options.checksum = [](const ServerPlan& plan) { return plan_checksum(plan); };
    return options;
}

ServerPlan plan_server(
    const DesiredSnapshot& desired,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const Config& config,
    const ServerSettings& settings,
    const std::vector<ItemId>& items,
    Time now
) {
    const DesiredServer* server = desired.server(actual.server);
    PlanOptions options(*settings.policy);
    options.diff = diff_options(config, now);
    options.guards = guard_options(config, settings, now);
    if (items.empty()) {
        return make_server_plan(*server, desired, actual, ledger, options);
    }
    ServerPlan plan = make_server_plan(narrowed(*server, items), desired, actual, ledger, options);
    add_reader_holds(plan, desired, items);
    return plan;
}

std::vector<std::string> logins_of_items(
    const std::vector<ItemId>& items, const DesiredServer& server, const Ledger& ledger
) {
    const std::set<ItemId> wanted(items.begin(), items.end());
    std::vector<std::string> logins;
    if (wanted.empty()) {
        return logins;
    }
    for (std::size_t i = 0; i < server.accounts.size(); ++i) {
        if (wanted.contains(server.accounts.record(i).item)) {
            logins.emplace_back(server.accounts[i].login);
        }
    }
    for (const ItemId item : wanted) {
        const LedgerItem* known = ledger.item(item);
        if (known != nullptr && known->server == server.id && !known->login.empty()) {
            logins.push_back(known->login);
        }
    }
    return logins;
}

bool same_access(const DesiredServer& a, const DesiredServer& b) {
    return a.base_url == b.base_url && a.login == b.login &&
           a.password.reveal() == b.password.reveal() && a.problem == b.problem;
}

std::optional<Error> unfit_cloud(const CloudInfo& info, const DesiredServer& server) {
    if (info.maintenance) {
        return Error(
            Concern::kServer,
            NextMove::kWait,
            "ocs.maintenance",
            "server " + server.name + " is in maintenance mode",
            "switch it off with `occ maintenance:mode --off`; it is looked at again by itself"
        );
    }
    if (info.needs_upgrade) {
        return Error(
            Concern::kServer,
            NextMove::kWait,
            "ocs.upgrade",
            "server " + server.name + " waits for its database upgrade",
            "run `occ upgrade` there; it is looked at again by itself"
        );
    }
    if (!info.admin) {
        return Error(
            NextMove::kHuman,
            "ocs.not_admin",
            "the login " + server.login + " is not an administrator of server " + server.name,
            "add it to the group admin, or give another login in the panel's server form"
        );
    }
    return std::nullopt;
}

// The same number, another cloud: accounts of the same names there would be somebody else's.
Error moved_address(const DesiredServer& server, const LedgerServer& known) {
    const std::string number = std::to_string(server.id.value);
    return Error(
        NextMove::kHuman,
        "server.address",
        "server " + number + " was at " + known.address + ", the panel now says " +
            server.base_url + "; the accounts that are ours are on the former",
        "if it is the same cloud under a new address: stop the service and run `bill-nextcloud "
        "apply --accept-address " +
            number +
            "`; if not, give the new cloud a processing module "
            "of its own"
    );
}

std::optional<Error> unusable_server(
    const DesiredServer& server, const ServerSettings& settings, const Ledger& ledger
) {
    if (!settings.policy) {
        return Error(NextMove::kHuman, "config.policy", missing_policy(server.id));
    }
    if (!server.problem.empty()) {
        return Error(NextMove::kHuman, "panel.server", server.problem, server.remedy);
    }
    const LedgerServer* known = ledger.server(server.id);
    if (known != nullptr && !known->address.empty() && known->address != server.base_url &&
        ledger.owned_count(server.id) > 0) {
        return moved_address(server, *known);
    }
    return std::nullopt;
}

// An empty panel is no news of closed services; "nothing to do" would be a wrong claim.
std::optional<Error> emptied_panel(const DesiredSnapshot& desired, const Ledger& ledger) {
    if (!desired.items.empty() || ledger.items().empty()) {
        return std::nullopt;
    }
    return Error(
        NextMove::kHuman,
        "panel.empty",
        "the panel has no service at all, but " + std::to_string(ledger.items().size()) +
            " are known to us",
        "look at the database that [panel] names: is it the right one, and is it whole?"
    );
}

}  // namespace bn::controller
