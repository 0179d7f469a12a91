#include "controller/pass/planning.hpp"

#include <algorithm>

#include "controller/sys/random.hpp"
#include "controller/sys/zones.hpp"
#include "reconciler/model/require.hpp"
#include "reconciler/plan/guard.hpp"

namespace bn::controller {

namespace {

// The server with these items only; what the plan of a narrow reading is made of.
DesiredServer narrowed(const DesiredServer& server, const std::vector<ItemId>& items) {
    const std::set<ItemId> wanted(items.begin(), items.end());
    DesiredServer part = without_accounts(server);
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
        if (hold.server == plan.server && std::ranges::find(items, hold.item) != items.end() &&
            std::ranges::find(plan.held, hold, &HeldAction::hold) == plan.held.end()) {
            plan.held.emplace_back().hold = hold;
        }
    }
    std::ranges::stable_sort(plan.held, {}, [](const HeldAction& held) { return held.hold.item; });
}

Overdue overdue_named(const std::string& name) {
    return from_name<Overdue>(name).value_or(Overdue::kDisable);
}

GuardOptions guard_options(const Config& config, const ServerSettings& settings, Time now) {
    GuardOptions options;
    options.now = now;
    options.limits = limit_rules(config, settings);
    options.windows = settings.windows;
    options.zone_offset = zone_offset;
    options.max_shrink = config.service.max_shrink;
    options.shrink_from = config.service.shrink_from;
    options.max_age = config.service.max_snapshot_age;
    options.checksum = [](const ServerPlan& plan) { return plan_checksum(plan); };
    return options;
}

}  // namespace

LimitRules limit_rules(const Config& config, const ServerSettings& settings) {
    return {settings.limits, config.defaults.limits, config.service.limits_over_all};
}

std::string plan_checksum(const Plan& plan) {
    return checksum(plan.canonical_text());
}

std::string plan_checksum(const ServerPlan& plan) {
    Plan one;
    one.servers.push_back(plan);
    return plan_checksum(one);
}

DiffOptions diff_options(const Config& config, const ServerSettings& settings, Time now) {
    DiffOptions options;
    options.now = now;
    options.retention = retention_rules(config);
    options.vanished_after = config.service.vanished_after;
    options.fight_limit = config.service.fight_limit;
    options.fight_window = config.service.fight_window;
    options.manage_email = config.service.manage_email;
    options.manage_groups = config.service.manage_groups;
    options.manage_quota = config.service.manage_quota;
    options.create_only = settings.create_only.mask;
    options.by_hand = settings.by_hand.mask;
    options.make_groups = settings.make_groups;
    options.keep_names = keeps_names(settings);
    options.overdue = overdue_named(settings.overdue);
    for (const auto& [tariff, own] : config.tariffs) {
        if (own.overdue) {
            options.overdue_of_tariff.emplace(tariff, overdue_named(*own.overdue));
        }
    }
    return options;
}

bool keeps_names(const ServerSettings& settings) {
    return settings.display_name == "equal";
}

Retention retention_rules(const Config& config) {
    Retention retention(config.service.retention);
    for (const auto& [tariff, own] : config.tariffs) {
        if (own.retention) {
            retention.by_tariff.emplace(tariff, *own.retention);
        }
    }
    return retention;
}

PassRules pass_rules(const Config& config) {
    PassRules rules;
    rules.longest = config.service.backoff_max;
    rules.retention = retention_rules(config);
    rules.clock_grace = config.service.clock_grace;
    rules.notice = config.service.retention_notice;
    rules.by_hand = config.defaults.by_hand.mask != 0;
    for (const auto& [id, server] : config.servers) {
        rules.by_hand = rules.by_hand || server.by_hand.mask != 0;
    }
    return rules;
}

PaceRules pace_rules(const Config& config) {
    return {2 * config.service.backoff_first};
}

ActionRules action_rules(const Config& config, const ServerSettings& settings) {
    ActionRules options;
    options.retention = retention_rules(config);
    options.backoff.first = config.service.backoff_first;
    options.backoff.cap = config.service.backoff_max;
    options.doubt_grace = config.service.doubt_grace;
    options.pace = pace_rules(config);
    options.limits = limit_rules(config, settings);
    options.windows = settings.windows;
    options.zone_offset = zone_offset;
    options.tries = config.service.tries;
    return options;
}

std::optional<Error> unconfigured(ServerId server, const ServerSettings& settings) {
    if (settings.policy) {
        return std::nullopt;
    }
    return Error(NextMove::kHuman, "config.policy", missing_policy(server));
}

ServerPlan plan_server(
    const DesiredSnapshot& desired,
    const ActualSnapshot& actual,
    const Ledger& ledger,
    const Config& config,
    const ServerSettings& settings,
    const std::vector<ItemId>& items,
    Time now,
    std::map<ServerId, std::string> identities
) {
    const DesiredServer* server = desired.server(actual.server);
    BN_REQUIRE(server != nullptr, "a server without rows in the panel has no plan");
    BN_REQUIRE(settings.policy.has_value(), "a server without a policy has no plan");
    PlanOptions options(*settings.policy);
    options.diff = diff_options(config, settings, now);
    options.guards = guard_options(config, settings, now);
    if (items.empty()) {
        return make_server_plan({*server, desired, actual, ledger, std::move(identities)}, options);
    }
    const DesiredServer some = narrowed(*server, items);
    ServerPlan plan =
        make_server_plan({some, desired, actual, ledger, std::move(identities)}, options);
    add_reader_holds(plan, desired, items);
    return plan;
}

std::set<std::string> logins_of_items(
    const std::vector<ItemId>& items, const DesiredServer& server, const Ledger& ledger
) {
    const std::set<ItemId> wanted(items.begin(), items.end());
    std::set<std::string> logins;
    for (std::size_t i = 0; !wanted.empty() && i < server.accounts.size(); ++i) {
        if (wanted.contains(server.accounts.record(i).item)) {
            logins.insert(login_key(server.accounts[i].login));
        }
    }
    for (const ItemId item : wanted) {
        const LedgerItem* known = ledger.item(item);
        if (known != nullptr && known->server == server.id && !known->login.empty()) {
            logins.insert(login_key(known->login));
        }
    }
    return logins;
}

ServerSettings settings_in_force(const Config& config, const DesiredServer& server) {
    ServerSettings settings = config.server(server.id);
    const auto left_open = [&](std::string_view key) {
        return !settings.said.contains(key) && !config.defaults.said.contains(key);
    };
    if (server.wishes.verify_tls && left_open("verify_tls")) {
        settings.verify_tls = *server.wishes.verify_tls;
    }
    if (server.wishes.timeout && left_open("timeout")) {
        settings.timeout = *server.wishes.timeout;
    }
    return settings;
}

std::string why_unverified(const Config& config, const DesiredServer& server) {
    if (settings_in_force(config, server).verify_tls) {
        return {};
    }
    return config.server(server.id).verify_tls
               ? "the server's certificate is not checked (verify_ssl is off in its form in the "
                 "panel)"
               : "the server's certificate is not checked (verify_tls = false)";
}

DesiredServer without_accounts(const DesiredServer& server) {
    return {
        server.id,
        server.name,
        server.base_url,
        server.login,
        server.password,
        server.wishes,
        server.active,
        server.problem,
        server.remedy,
        server.managed_groups,
        {}};
}

bool same_access(const DesiredServer& a, const DesiredServer& b) {
    return a.base_url == b.base_url && a.login == b.login &&
           a.password.reveal() == b.password.reveal() && a.problem == b.problem &&
           a.wishes == b.wishes;
}

}  // namespace bn::controller
