#include "cli/adopt/adopt_view.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "controller/pass/planning.hpp"
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

class ServerJudge {
  public:
    ServerJudge(
        const ServerObservation& seen,
        const DesiredSnapshot& desired,
        const Ledger& ledger,
        const Config& config,
        const Places& places,
        Time now
    )
        : seen_(seen),
          desired_(desired),
          server_(*desired.server(seen.server)),
          ledger_(ledger),
          config_(config),
          places_(places),
          plan_(diff(server_, desired, *seen.actual, ledger, diff_options(config, now))) {}

    void fill(AdoptServer& out) {
        out.ours = ledger_.owned_count(seen_.server);
        out.actual = seen_.actual->accounts.size();
        adoptions(out);
        losses(out);
        clashes(out);
        orphans(out);
        positions(out);
    }

  private:
    [[nodiscard]] const DesiredTable::Record* row(ItemId item) const {
        const auto found = places_.find(item);
        return found == places_.end() || found->second.server != seen_.server
                   ? nullptr
                   : &server_.accounts.record(found->second.row);
    }

    [[nodiscard]] bool owned(ItemId item) const {
        const LedgerItem* known = ledger_.item(item);
        return known != nullptr && owns(*known);
    }

    void adoptions(AdoptServer& out) {
        std::unordered_map<ItemId, DriftMask> drift;
        for (const Drift& one : plan_.drift) {
            drift[one.item] = one.mask();
        }
        for (const Action& action : plan_.actions) {
            if (action.kind != ActionKind::kAdopt) {
                continue;
            }
            judged_.insert(action.item);
            const DesiredTable::Record* wanted = row(action.item);
            if (wanted == nullptr || wanted->wanted == Wanted::kAbsent) {
                orphan(out, action.item, action.login, OrphanReason::kClosed);
                continue;
            }
            AdoptRow one;
            one.item = action.item;
            one.login = action.login;
            one.evidence = action.reason;
            one.drift = drift[action.item];
            out.adopt.push_back(std::move(one));
        }
        std::sort(out.adopt.begin(), out.adopt.end(), [](const AdoptRow& a, const AdoptRow& b) {
            return a.item < b.item;
        });
    }

    void losses(AdoptServer& out) {
        for (const Drift& one : plan_.drift) {
            if (!has(one.mask(), DriftField::kMissing)) {
                continue;
            }
            judged_.insert(one.item);
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

    void clashes(AdoptServer& out) {
        for (const HeldAction& held : plan_.held) {
            const ItemId item = held.hold.item;
            if (!judged_.contains(item) && !owned(item)) {
                out.clashes.push_back(held.hold);
            }
        }
    }

    void orphan(AdoptServer& out, ItemId item, std::string_view login, OrphanReason reason) {
        OrphanRow one;
        one.item = item;
        one.login = login;
        one.reason = reason;
        const std::size_t at = seen_.actual->accounts.find(login_key(login));
        if (at != ActualTable::npos) {
            const std::uint16_t flags = seen_.actual->accounts.record(at).flags;
            one.enabled = (flags & ActualTable::kEnabled) != 0;
            one.has_files = (flags & ActualTable::kHasFiles) != 0;
        }
        out.orphaned.push_back(std::move(one));
    }

    // Accounts that nobody owns and no row that wants one names.
    void orphans(AdoptServer& out) {
        const ActualTable& accounts = seen_.actual->accounts;
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            const std::string_view key = accounts.key(i);
            const LedgerItem* owner = ledger_.owner_of(seen_.server, key);
            if (key == seen_.actual->own_login || (owner != nullptr && owns(*owner))) {
                continue;
            }
            const std::optional<ItemId> item =
                item_of_login(config_.panel.login_template, accounts[i].login);
            if (!item || judged_.contains(*item)) {
                continue;
            }
            if (const std::optional<OrphanReason> reason = reason_of(key, *item)) {
                orphan(out, *item, accounts[i].login, *reason);
            }
        }
        std::sort(
            out.orphaned.begin(),
            out.orphaned.end(),
            [](const OrphanRow& a, const OrphanRow& b) {
                return std::pair(a.item, a.login) < std::pair(b.item, b.login);
            }
        );
    }

    // Nothing: a row that wants an account names it, so it is judged there.
    [[nodiscard]] std::optional<OrphanReason> reason_of(std::string_view key, ItemId item) const {
        const DesiredTable& rows = server_.accounts;
        std::optional<OrphanReason> reason;
        for (std::size_t at = rows.find(key); at < rows.size() && rows.key(at) == key; ++at) {
            const Wanted wanted = rows.record(at).wanted;
            if (wanted == Wanted::kEnabled || wanted == Wanted::kDisabled) {
                return std::nullopt;
            }
            reason = wanted == Wanted::kAbsent ? OrphanReason::kClosed : OrphanReason::kUnpaid;
        }
        if (reason) {
            return reason;
        }
        if (const auto place = places_.find(item); place != places_.end()) {
            return place->second.server == seen_.server ? OrphanReason::kOtherLogin
                                                        : OrphanReason::kOtherServer;
        }
        if (!desired_.has_row(item)) {
            return OrphanReason::kNoService;
        }
        const bool held =
            std::any_of(desired_.holds.begin(), desired_.holds.end(), [item](const Hold& hold) {
                return hold.item == item;
            });
        return held ? OrphanReason::kUnclear : OrphanReason::kNoServer;
    }

    // The account of this row is in the group.
    [[nodiscard]] bool member(std::size_t at, const std::string& group) const {
        const ActualTable& accounts = seen_.actual->accounts;
        const std::size_t found = accounts.find(server_.accounts.key(at));
        if (found == ActualTable::npos) {
            return false;
        }
        const std::vector<std::string_view> groups = accounts[found].groups;
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    }

    void positions(AdoptServer& out) const {
        std::map<std::string_view, std::size_t> places;  // in out.positions
        for (const std::string& stored : server_.managed_groups) {
            const ResolvedGroup group = resolve_group(stored, seen_.actual->groups);
            const bool found = group.state == GroupState::kFound;
            if (!std::all_of(stored.begin(), stored.end(), is_digit) ||
                (found && group.name == stored)) {
                continue;  // a name, perhaps one of digits
            }
            PositionRow row;
            row.stored = stored;
            row.name = found ? group.name : std::string();
            places[stored] = out.positions.size();
            out.positions.push_back(std::move(row));
        }
        const DesiredTable& rows = server_.accounts;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const DesiredTable::Record& record = rows.record(i);
            const auto place = places.find(rows.groups().name(record.group));
            if (place == places.end() ||
                (record.wanted != Wanted::kEnabled && record.wanted != Wanted::kDisabled)) {
                continue;
            }
            PositionRow& row = out.positions[place->second];
            ++row.services;
            row.members += !row.name.empty() && member(i, row.name) ? 1U : 0U;
        }
    }

    const ServerObservation& seen_;
    const DesiredSnapshot& desired_;
    const DesiredServer& server_;
    const Ledger& ledger_;
    const Config& config_;
    const Places& places_;
    ServerPlan plan_;
    std::unordered_set<ItemId> judged_;
};

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
        out.plain_services = passwords == plain.passwords.end() ? 0 : passwords->second;
        out.error = unreadable(seen, desired);
        if (out.error.empty()) {
            ServerJudge(seen, desired, ledger, config, places, now).fill(out);
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
