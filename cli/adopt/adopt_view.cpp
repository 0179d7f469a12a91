#include "cli/adopt/adopt_view.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "reconciler/plan/absence.hpp"
#include "reconciler/plan/groups.hpp"

namespace bn::cli {

namespace {

// Where each service is, over all servers.
struct Place {
    ServerId server;
    std::size_t row = 0;
};

using Places = std::unordered_map<ItemId, Place>;

// One server, by what a pass would plan there. Fills `out`.
struct ServerJudge {
    const ServerObservation& seen;
    const DesiredSnapshot& desired;
    const DesiredServer& server;
    const Ledger& ledger;
    const Places& places;
    AdoptPlan made;
    bool gone_at_once;  // more of ours than is believed
    AdoptServer& out;
    std::unordered_set<ItemId> judged{};  // items that have their row

    void judge(const std::string& login_template) {
        out.already_ours = ledger.owned_count(seen.server);
        out.actual_accounts = seen.actual->accounts.size();
        adoptions();
        losses();
        clashes();
        orphans(login_template);
        suggested_groups();
    }

    [[nodiscard]] const DesiredTable::Record* row(ItemId item) const {
        const auto found = places.find(item);
        return found == places.end() || found->second.server != seen.server
                   ? nullptr
                   : &server.accounts.record(found->second.row);
    }

    [[nodiscard]] bool owned(ItemId item) const {
        const LedgerItem* known = ledger.item(item);
        return known != nullptr && owns(*known);
    }

    void adoptions() {
        std::unordered_map<ItemId, DriftMask> drift;
        for (const Drift& one : made.plan.drift) {
            drift[one.item] = one.mask();
        }
        for (const Action& action : made.adopt) {
            judged.insert(action.item);
            out.adopt.push_back(
                {action.item,
                 action.login,
                 action.reason,
                 drift[action.item],
                 action.value,
                 owned(action.item)}
            );
        }
        for (const Action& action : made.plan.actions) {
            if (action.kind == ActionKind::kAdopt && judged.insert(action.item).second) {
                orphan(action.item, action.login, OrphanReason::kClosed);
            }
        }
    }

    void losses() {
        for (const Drift& one : made.plan.drift) {
            if (!has(one.mask(), DriftField::kMissing)) {
                continue;
            }
            judged.insert(one.item);
            const DesiredTable::Record* wanted = row(one.item);
            const bool opened =
                wanted != nullptr && (wanted->flags & DesiredTable::kLoginSaved) != 0;
            if (opened || owned(one.item)) {
                out.missing.push_back({one.item, one.login, gone_at_once && owned(one.item)});
            } else {
                ++out.to_open;
            }
        }
    }

    void clashes() {
        for (const HeldAction& held : made.plan.held) {
            const ItemId item = held.hold.item;
            // Of what is ours, only what a person may give to its item.
            const bool given = held.action && held.action->kind == ActionKind::kAdopt;
            if (!judged.contains(item) && (!owned(item) || given)) {
                out.clashes.push_back(held.hold);
            }
        }
    }

    void orphan(ItemId item, std::string_view login, OrphanReason reason) {
        const ActualTable& accounts = seen.actual->accounts;
        const std::size_t at = accounts.find(login_key(login));
        const auto flags = at == ActualTable::npos ? 0U : accounts.record(at).flags;
        out.orphaned.push_back(
            {item,
             std::string(login),
             reason,
             (flags & ActualTable::kEnabled) != 0,
             (flags & ActualTable::kHasFiles) != 0}
        );
    }

    // Accounts that nobody owns and no row that wants one names.
    void orphans(const std::string& login_template) {
        const ActualTable& accounts = seen.actual->accounts;
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            const std::string_view key = accounts.key(i);
            const LedgerItem* owner = ledger.owner_of(seen.server, key);
            if (key == seen.actual->own_login || (owner != nullptr && owns(*owner))) {
                continue;
            }
            const std::optional<ItemId> item =
                controller::item_of_login(login_template, accounts[i].login);
            if (!item || judged.contains(*item)) {
                continue;
            }
            if (const std::optional<OrphanReason> reason = reason_of(key, *item)) {
                orphan(*item, accounts[i].login, *reason);
            }
        }
        std::ranges::sort(out.orphaned, {}, [](const OrphanRow& one) {
            return std::pair(one.item, std::string_view(one.login));
        });
    }

    // Nothing: a row that wants an account names it, so it is judged there.
    [[nodiscard]] std::optional<OrphanReason> reason_of(std::string_view key, ItemId item) const {
        const DesiredTable& rows = server.accounts;
        std::optional<OrphanReason> reason;
        for (std::size_t at = rows.find(key); at < rows.size() && rows.key(at) == key; ++at) {
            const Wanted wanted = rows.record(at).wanted;
            if (wants_account(wanted)) {
                return std::nullopt;
            }
            reason = wanted == Wanted::kAbsent ? OrphanReason::kClosed : OrphanReason::kUnpaid;
        }
        if (reason) {
            return reason;
        }
        if (const auto place = places.find(item); place != places.end()) {
            return place->second.server == seen.server ? OrphanReason::kOtherLogin
                                                       : OrphanReason::kOtherServer;
        }
        if (!desired.has_row(item)) {
            return OrphanReason::kNoService;
        }
        const bool held =
            std::ranges::find(desired.holds, item, &Hold::item) != desired.holds.end();
        return held ? OrphanReason::kUnclear : OrphanReason::kNoServer;
    }

    // Of each tariff whose stored group says nothing: what most of its accounts are in.
    void suggested_groups() const {
        struct Seen {
            SuggestedGroup row;
            std::map<std::string, std::uint64_t, std::less<>> members;
        };

        const DesiredTable& rows = server.accounts;
        const ActualTable& accounts = seen.actual->accounts;
        std::map<std::uint32_t, Seen> by_tariff;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const DesiredTable::Record& record = rows.record(i);
            const std::string_view stored = rows.groups().name(record.group);
            if (!wants_account(record.wanted) ||
                resolve_group(stored, seen.actual->groups).state != GroupState::kUnsaid) {
                continue;
            }
            Seen& tariff = by_tariff[rows[i].tariff];
            tariff.row.stored = stored;
            ++tariff.row.services;
            const std::size_t found = accounts.find(rows.key(i));
            if (found == ActualTable::npos) {
                continue;
            }
            for (const std::string_view group : accounts[found].groups) {
                // `admin` and what is no group of the cloud is given to nobody.
                const ResolvedGroup given = resolve_group(group, seen.actual->groups);
                if (given.state == GroupState::kFound) {
                    ++tariff.members[given.name];
                }
            }
        }
        for (auto& [id, tariff] : by_tariff) {
            tariff.row.tariff = id;
            for (const auto& [name, members] : tariff.members) {
                if (members > tariff.row.members) {
                    tariff.row.name = name;
                    tariff.row.members = members;
                }
            }
            out.group_positions.push_back(std::move(tariff.row));
        }
    }
};

Places places_of(const DesiredSnapshot& desired) {
    Places places;
    for (const DesiredServer& server : desired.servers) {
        for (std::size_t i = 0; i < server.accounts.size(); ++i) {
            places[server.accounts.record(i).item] = Place{server.id, i};
        }
    }
    return places;
}

}  // namespace

AdoptView adopt_view(
    const Observation& observation,
    const AdoptChoice& choice,
    const Ledger& ledger,
    const Config& config,
    const bm_reader::PlainCredentials& plain,
    Time now
) {
    AdoptView view;
    view.now = now;
    const DesiredSnapshot& desired = *observation.desired;
    const Places places = places_of(desired);
    for (const ServerObservation& seen : observation.servers) {
        AdoptServer& out = view.servers.emplace_back();
        out.server = seen.server;
        out.name = seen.name;
        out.policy = seen.policy;
        out.plain_password = plain.servers.contains(seen.server);
        const auto passwords = plain.passwords.find(seen.server);
        out.plain_service_passwords = passwords == plain.passwords.end() ? 0 : passwords->second;
        out.error = controller::unreadable(seen, desired);
        if (out.error.empty()) {
            const DesiredServer& server = *desired.server(seen.server);
            AdoptPlan made = controller::adopt_plan(observation, seen, choice, ledger, config, now);
            out.unproved = made.unproved;
            const bool at_once =
                is_doubtful(absence_in(*seen.actual, seen.server, ledger), GuardOptions());
            ServerJudge judge{seen, desired, server, ledger, places, std::move(made), at_once, out};
            judge.judge(config.panel.login_template);
        }
    }
    for (const Hold& hold : desired.holds) {
        const LedgerItem* known = ledger.item(hold.item);
        if (hold.server.value == 0 && (known == nullptr || !owns(*known))) {
            view.unplaced.push_back(hold);
        }
    }
    return view;
}

}  // namespace bn::cli
