// A panel, a cloud and a controller as small models, for property and scenario tests: the pure core
// is run against them as the shell would run it, without any I/O. The cloud behaves as recorded
// (tests/golden/ocs): it keeps canonical quotas, refuses a second account of one key and unknown
// groups, and repeats are harmless.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/decide/action.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/plan/guard.hpp"

namespace bn::testing {

struct ModelAccount {
    std::string login;
    std::string email;
    std::string display_name;
    Quota quota;
    std::set<std::string> groups;
    bool enabled = true;
    bool local = true;
    bool details = true;
    bool has_files = false;
    std::optional<std::uint64_t> used = 0;
    Time last_login{};
    int born = 0;  // which creation made it: a re-created account is another one

    friend bool operator==(const ModelAccount&, const ModelAccount&) = default;
};

class ModelCloud {
  public:
    std::map<std::string, ModelAccount> accounts;  // by key
    std::vector<std::string> groups{"admin"};
    std::string own_login = "root";
    bool names = false;  // its readings keep display names
    bool complete = true;
    int births = 0;

    ModelCloud() {
        ModelAccount own;
        own.login = own_login;
        own.groups = {"admin"};
        own.quota = Quota::unlimited();
        add(own);
    }

    void add(ModelAccount account) {
        account.born = ++births;
        accounts[login_key(account.login)] = std::move(account);
    }

    // `seed` shuffles the order in which the accounts are read.
    [[nodiscard]] ActualSnapshot observe(ServerId server, Time now, std::uint32_t seed) const {
        ActualSnapshot snapshot;
        snapshot.server = server;
        snapshot.taken_at = now;
        snapshot.complete = complete;
        snapshot.incomplete_reason = complete ? "" : "page 3 timed out";
        snapshot.groups = groups;
        snapshot.own_login = own_login;
        std::vector<const ModelAccount*> order;
        for (const auto& [key, account] : accounts) {
            order.push_back(&account);
        }
        std::shuffle(order.begin(), order.end(), std::mt19937(seed));
        ActualTable::Builder builder;
        if (names) {
            builder.keep_names();
        }
        for (const ModelAccount* model : order) {
            ActualAccount account;
            account.login = model->login;
            account.email = model->email;
            account.display_name = model->display_name;
            account.quota = model->quota;
            account.groups.assign(model->groups.begin(), model->groups.end());
            account.enabled = model->enabled;
            account.admin = model->groups.contains("admin");
            account.local_backend = model->local;
            account.details_known = model->details;
            account.has_files = model->has_files;
            account.used = model->used;
            builder.add(account);
        }
        snapshot.accounts = std::move(builder).finish();
        return snapshot;
    }

    [[nodiscard]] Look look(const std::string& login) const {
        const auto found = accounts.find(login_key(login));
        if (found == accounts.end()) {
            return std::nullopt;
        }
        OwnedActualAccount account;
        account.login = found->second.login;
        account.email = found->second.email;
        account.display_name = found->second.display_name;
        account.quota = found->second.quota;
        account.groups.assign(found->second.groups.begin(), found->second.groups.end());
        account.enabled = found->second.enabled;
        account.admin = found->second.groups.contains("admin");
        account.local_backend = found->second.local;
        account.details_known = found->second.details;
        account.has_files = found->second.has_files;
        account.used = found->second.used;
        account.last_login = found->second.last_login;
        return account;
    }

    // True when the call had its effect or it was so before.
    bool apply(const Action& action) {
        const std::string key = login_key(action.login);
        const auto found = accounts.find(key);
        if (action.kind == ActionKind::kMakeGroup) {
            if (!has_group_or_none(action.value)) {
                groups.push_back(action.value);
            }
            return true;
        }
        if (action.kind == ActionKind::kCreate) {
            if (found != accounts.end() || !has_group_or_none(action.create->group)) {
                return false;
            }
            ModelAccount account;
            account.login = action.login;
            account.email = action.create->email;
            account.display_name = action.create->display_name;
            account.quota = canonical(action.create->quota);
            if (!action.create->group.empty()) {
                account.groups = {action.create->group};
            }
            add(std::move(account));
            return true;
        }
        if (found == accounts.end()) {
            return false;
        }
        if (action.kind == ActionKind::kDelete) {
            accounts.erase(found);
            return true;
        }
        return change(found->second, action);
    }

  private:
    [[nodiscard]] bool has_group_or_none(const std::string& group) const {
        return group.empty() || std::find(groups.begin(), groups.end(), group) != groups.end();
    }

    bool change(ModelAccount& account, const Action& action) const {
        switch (action.kind) {
            case ActionKind::kDisable:
                account.enabled = false;
                return true;
            case ActionKind::kEnable:
                account.enabled = true;
                return true;
            case ActionKind::kSetQuota:
                account.quota = canonical(parse_cloud_text(wire_text(action.quota)).value());
                return true;
            case ActionKind::kSetEmail:
                account.email = action.value;
                return true;
            case ActionKind::kSetName:
                account.display_name = action.value;
                return true;
            case ActionKind::kAddGroup:
                if (!has_group_or_none(action.value)) {
                    return false;
                }
                account.groups.insert(action.value);
                return true;
            case ActionKind::kRemoveGroup:
                account.groups.erase(action.value);
                return true;
            case ActionKind::kAdopt:
            case ActionKind::kMakeGroup:
            case ActionKind::kCreate:
            case ActionKind::kSetPassword:
            case ActionKind::kDelete:
                break;
        }
        return false;
    }
};

struct ModelItem {
    ItemId id;
    std::string login;
    std::string email;
    std::string display_name;
    std::string group;
    std::uint32_t tariff = 0;
    Quota quota = Quota::bytes(std::int64_t{5} << 30);
    Wanted wanted = Wanted::kEnabled;
    std::uint32_t client = 1;
    bool login_saved = false;
    bool in_progress = false;
    bool maybe_unpaid = false;
    bool understood = true;    // false: the reader holds it (a status that says nothing)
    bool login_can_be = true;  // false: no account can have it ("user_1:")
};

class ModelPanel {
  public:
    std::map<ItemId, ModelItem> items;
    std::vector<std::string> managed_groups;
    bool complete = true;
    PanelMark mark;

    // An open service with the login "user_<id>".
    ModelItem& sell(std::uint32_t id, bool login_saved = false) {
        ModelItem item;
        item.id = ItemId(id);
        item.login = "user_" + std::to_string(id);
        item.login_saved = login_saved;
        return items[item.id] = item;
    }

    // `seed` shuffles the order in which the rows are read.
    [[nodiscard]] DesiredSnapshot read(ServerId server, Time now, std::uint32_t seed) const {
        DesiredSnapshot snapshot;
        snapshot.taken_at = now;
        snapshot.complete = complete;
        snapshot.mark = mark;
        snapshot.incomplete_reason = complete ? "" : "connection lost";
        DesiredServer& one = snapshot.servers.emplace_back();
        one.id = server;
        one.name = "cloud";
        one.managed_groups = managed_groups;
        std::vector<const ModelItem*> order;
        for (const auto& [id, item] : items) {
            snapshot.items.push_back(id);
            order.push_back(&item);
        }
        std::shuffle(order.begin(), order.end(), std::mt19937(seed));
        DesiredTable::Builder builder;
        for (const ModelItem* item : order) {
            if (!item->login_can_be) {
                without_login(snapshot, *item, server);
                continue;
            }
            DesiredAccount account;
            account.item = item->id;
            account.login = item->login;
            account.email = item->email;
            account.display_name = item->display_name;
            if (wants_account(item->wanted)) {  // as the reader: of others it asks no tariff
                account.group = item->group;
                account.tariff = item->tariff;
                account.quota = item->quota;
            }
            account.wanted = item->wanted;
            account.client = item->client;
            account.login_saved = item->login_saved;
            account.maybe_unpaid = item->maybe_unpaid;
            account.in_progress = item->in_progress;
            account.held = !item->understood;
            if (account.held) {
                snapshot.holds.emplace_back(
                    item->id,
                    server,
                    HoldCode::kUnknownStatus,
                    "item",
                    "Status 5 without an operation.",
                    "Look at the item in the panel."
                );
            }
            builder.add(account);
        }
        one.accounts = std::move(builder).finish();
        std::ranges::sort(snapshot.holds, {}, &Hold::item);
        std::ranges::sort(snapshot.closed, {}, &ClosedRow::item);
        return snapshot;
    }

  private:
    static void without_login(DesiredSnapshot& snapshot, const ModelItem& item, ServerId server) {
        if (item.wanted == Wanted::kAbsent) {
            snapshot.closed.push_back({item.id, item.client, item.login_saved});
        } else if (wants_account(item.wanted)) {
            snapshot.holds.emplace_back(
                item.id, server, HoldCode::kBadLogin, "item", "The login cannot be.", "Correct it."
            );
        }
    }
};

// For what is about something else.
inline LimitRules no_limits() {
    LimitRules rules;
    for (HarmLimits* limits : {&rules.server, &rules.all}) {
        limits->of.fill({{1'000'000}, {1'000'000}});
    }
    return rules;
}

// What the shell does with one server, without the shell.
class ModelController {
  public:
    static inline const ServerId kServer{3};
    static constexpr Duration kLongest = std::chrono::hours(1);

    ModelPanel panel;
    ModelCloud cloud;
    Ledger ledger;
    std::vector<Envelope> log;
    PlanOptions options{Policy::kSync};
    Time now{std::chrono::hours(24 * 365 * 50)};
    std::uint32_t seed = 1;
    std::map<ServerId, std::string> identities;  // what the cloud shows of itself
    bool restarts = false;  // after each event: nothing is known but what the events say

    ModelController() {
        options.guards.limits = no_limits();
        options.diff.vanished_after = std::chrono::minutes(30);  // three passes
    }

    [[nodiscard]] ServerPlan plan() const {
        PlanOptions timed = options;
        timed.diff.now = now;
        timed.guards.now = now;
        const DesiredSnapshot desired = panel.read(kServer, now, seed);
        const ActualSnapshot actual = cloud.observe(kServer, now, seed + 1);
        return make_server_plan(
            {desired.servers.front(), desired, actual, ledger, identities}, timed
        );
    }

    [[nodiscard]] std::vector<Event> observed(const ServerPlan& made) const {
        return decide_observation(ledger, made, panel.read(kServer, now, seed));
    }

    void record(Event event) {
        Envelope envelope;
        envelope.position = log.size() + 1;
        envelope.stream = stream_of(event);
        envelope.version = ++versions_[envelope.stream];
        envelope.at = now;
        envelope.event = std::move(event);
        evolve(ledger, envelope);
        log.push_back(std::move(envelope));
        if (restarts) {
            ledger = replayed();
        }
    }

    // The cloud shows that it is the one that is on record.
    void show_itself() {
        ServerObserved seen;
        seen.server = kServer;
        seen.identity = identities[kServer] = "ocours000000";
        record(Event(std::move(seen)));
    }

    // Observe, record, apply everything, record: by the same decisions as the shell. Returns the
    // plan that was applied.
    ServerPlan pass() {
        PassReport report;
        report.observation.started_at = now;
        report.observation.desired =
            std::make_shared<const DesiredSnapshot>(panel.read(kServer, now, seed));
        ServerObservation& seen = report.observation.servers.emplace_back();
        seen.server = kServer;
        seen.plan = plan();
        seen.actual = cloud.observe(kServer, now, seed);
        const ServerPlan made = *seen.plan;
        seen.checksum = made.canonical_text();
        record(decide_observed({ledger, now}, report.observation, rules()));
        for (const GoneAccount& account : made.gone) {
            record(decide_gone(ledger, kServer, account, cloud.look(account.login)));
        }
        if (!made.actions.empty()) {
            ExecutionReport& execution = report.executions[kServer];
            record(begin_plan(made, seen.checksum));
            for (const Action& action : made.actions) {
                perform(action);
                ++execution.progress.done;
            }
        }
        record(decide_completed({ledger, now}, report, rules()));
        now += std::chrono::minutes(10);
        ++seed;
        return made;
    }

    // Days on which the service ran and found nothing to do.
    void watch(int days) {
        for (int half = 0; half < 2 * days; ++half) {
            now += std::chrono::hours(12);
            look();
        }
    }

    // A complete pass that finds nothing to do.
    void look() {
        PassReport report;
        report.observation.started_at = now;
        ServerObservation& seen = report.observation.servers.emplace_back();
        seen.server = kServer;
        seen.plan.emplace();
        seen.plan->desired_complete = true;
        seen.plan->actual_complete = true;
        record(decide_completed({ledger, now}, report, rules()));
    }

    [[nodiscard]] PassRules rules() const { return {kLongest, options.diff.retention}; }

    [[nodiscard]] Ledger replayed() const {
        Ledger fresh;
        for (const Envelope& envelope : log) {
            evolve(fresh, envelope);
        }
        return fresh;
    }

  private:
    void record(std::vector<Event> events) {
        for (Event& event : events) {
            record(std::move(event));
        }
    }

    void perform(const Action& action) {
        const PendingAction intent{"a" + std::to_string(log.size()), action, "", now};
        const Look found = cloud.look(action.login);
        const DesiredSnapshot fresh = panel.read(kServer, now, seed);
        ActionRules rules;
        rules.retention = options.diff.retention;
        rules.limits = options.guards.limits;
        ActionStart start = start_action(ledger, intent, {&fresh, &found}, rules);
        if (start.move == StartMove::kLeave && start.events.empty()) {
            throw std::logic_error("a fresh plan was not to be done: " + start.error.text());
        }
        record(std::move(start.events));
        if (start.move != StartMove::kCall) {
            return;
        }
        if (!cloud.apply(action)) {
            throw std::logic_error(
                "the cloud refused " + std::string(to_string(action.kind)) + " of " + action.login
            );
        }
        const Outcome outcome(OutcomeKind::kDone, Error());
        record(finish_action({ledger, now}, intent, outcome, rules).events);
        if (action.kind == ActionKind::kCreate) {
            panel.items.at(action.item).login_saved = true;
        }
    }

    std::map<std::string, std::uint64_t> versions_;
};

}  // namespace bn::testing
