#include "cli/adopt/adopt_view.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "controller/pass/planning.hpp"
#include "reconciler/plan/claims.hpp"
#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/groups.hpp"

namespace bn::cli {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Matches one template against one login, with {item} and {account} as numbers.
struct TemplateMatch {
    std::optional<std::uint32_t> item;

    bool match(std::string_view pattern, std::string_view login) {
        for (const std::string_view place : {"{item}", "{account}"}) {
            if (pattern.starts_with(place)) {
                return match_number(place == "{item}", pattern.substr(place.size()), login);
            }
        }
        if (pattern.empty() || login.empty()) {
            return pattern.empty() && login.empty();
        }
        return pattern.front() == login.front() && match(pattern.substr(1), login.substr(1));
    }

  private:
    // The longest number first; what follows in the template may begin with a digit.
    bool match_number(bool names_item, std::string_view pattern, std::string_view login) {
        if (login.starts_with('0')) {
            return false;  // no id of the panel is written so
        }
        const auto* const end = std::find_if_not(login.begin(), login.end(), is_digit);
        for (auto length = static_cast<std::size_t>(end - login.begin()); length > 0; --length) {
            std::uint32_t number = 0;
            const auto [stop, error] = std::from_chars(login.data(), login.data() + length, number);
            if (error != std::errc() || stop != login.data() + length) {
                continue;
            }
            if (match(pattern, login.substr(length))) {
                item = names_item ? std::optional(number) : item;
                return true;
            }
        }
        return false;
    }
};

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
    ServerPlan plan;
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
        for (const Drift& one : plan.drift) {
            drift[one.item] = one.mask();
        }
        for (const Action& action : plan.actions) {
            if (action.kind != ActionKind::kAdopt) {
                continue;
            }
            judged.insert(action.item);
            const DesiredTable::Record* wanted = row(action.item);
            // What was ours is so again by a person's word, closed or not.
            if (!owned(action.item) && (wanted == nullptr || wanted->wanted == Wanted::kAbsent)) {
                orphan(action.item, action.login, OrphanReason::kClosed);
            } else {
                out.adopt.push_back(
                    {action.item, action.login, action.reason, drift[action.item], action.value}
                );
            }
        }
        std::ranges::sort(out.adopt, {}, &AdoptRow::item);
    }

    void losses() {
        for (const Drift& one : plan.drift) {
            if (!has(one.mask(), DriftField::kMissing)) {
                continue;
            }
            judged.insert(one.item);
            const DesiredTable::Record* wanted = row(one.item);
            const bool opened =
                wanted != nullptr && (wanted->flags & DesiredTable::kLoginSaved) != 0;
            if (opened || owned(one.item)) {
                out.missing.push_back({one.item, one.login});
            } else {
                ++out.to_open;
            }
        }
    }

    void clashes() {
        for (const HeldAction& held : plan.held) {
            const ItemId item = held.hold.item;
            if (!judged.contains(item) && !owned(item)) {
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
            const std::optional<ItemId> item = item_of_login(login_template, accounts[i].login);
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

// Held for want of a proof, and certainly its own by the panel's word and by its name. Not what is
// closed: a retention would begin, and end in a deletion.
bool only_unproved(
    const HeldAction& held,
    const DesiredTable& rows,
    const Ledger& ledger,
    std::string_view login_template
) {
    if (!held.action || held.action->kind != ActionKind::kAdopt ||
        held.hold.code != HoldCode::kNotOurs) {
        return false;
    }
    const ItemId item = held.hold.item;
    const LedgerItem* known = ledger.item(item);
    const std::size_t row = rows.find(login_key(held.action->login), item);
    return row != DesiredTable::npos && rows.record(row).wanted != Wanted::kAbsent &&
           (rows.record(row).flags & DesiredTable::kLoginSaved) != 0 &&
           (known == nullptr || !known->deleted) &&
           item_of_login(login_template, held.action->login) == item;
}

// What is held until a person says so becomes an adoption where he does. Of a plan with names, only
// what is named.
template <class Offered>
void choose(ServerPlan& plan, const std::set<ItemId>& named, const Offered& offered) {
    const auto other = [&](ItemId item) { return !named.empty() && !named.contains(item); };
    std::erase_if(plan.actions, [&](const Action& action) { return other(action.item); });
    std::erase_if(plan.held, [&](HeldAction& held) {
        const bool taken = !other(held.hold.item) && held.action &&
                           held.action->kind == ActionKind::kAdopt && offered(held);
        if (taken) {
            plan.actions.push_back(*std::move(held.action));
        }
        return taken || other(held.hold.item);
    });
}

// An incomplete reading proves neither that an account is missing nor that it is nobody's.
std::string unreadable(const ServerObservation& server, const DesiredSnapshot& desired) {
    if (server.error) {
        return server.error->text();
    }
    if (!desired.complete) {
        return "the panel was not read completely: " + desired.incomplete_reason;
    }
    if (!server.actual || !server.actual->complete) {
        return "the cloud was not read completely: " +
               (server.actual ? server.actual->incomplete_reason : std::string("no answer"));
    }
    return {};
}

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

std::optional<ItemId> item_of_login(std::string_view login_template, std::string_view login) {
    if (login_template.find('{') == std::string_view::npos) {
        return std::nullopt;  // one login for all: it says nothing
    }
    TemplateMatch match;
    if (!match.match(login_key(login_template), login_key(login))) {
        return std::nullopt;
    }
    return ItemId(match.item.value_or(0));
}

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
    const std::map<ServerId, std::string> identities = observation.identities();
    for (const ServerObservation& seen : observation.servers) {
        AdoptServer& out = view.servers.emplace_back();
        out.server = seen.server;
        out.name = seen.name;
        out.policy = seen.policy;
        out.plain_password = plain.servers.contains(seen.server);
        const auto passwords = plain.passwords.find(seen.server);
        out.plain_service_passwords = passwords == plain.passwords.end() ? 0 : passwords->second;
        out.error = unreadable(seen, desired);
        if (out.error.empty()) {
            const DesiredServer& server = *desired.server(seen.server);
            const DiffOptions options = diff_options(config, config.server(seen.server), now);
            ServerPlan plan = diff({server, desired, *seen.actual, ledger, identities}, options);
            const auto unproved = [&](const HeldAction& held) {
                return only_unproved(held, server.accounts, ledger, config.panel.login_template);
            };
            choose(plan, choice.items, [&](const HeldAction& held) {
                return !choice.items.empty() || (choice.unproved && unproved(held));
            });
            out.unproved = static_cast<std::uint64_t>(std::ranges::count_if(plan.held, unproved));
            ServerJudge judge{seen, desired, server, ledger, places, std::move(plan), out};
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
