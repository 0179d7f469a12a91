#include "controller/pass/adoption.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "controller/pass/planning.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/plan/claims.hpp"
#include "reconciler/plan/diff.hpp"

namespace bn::controller {

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

// What is closed is not taken over: a retention would begin, and end in a deletion. But what was
// ours is so again by a person's word, closed or not.
bool takes_over(const Action& action, const DesiredTable& rows, const Ledger& ledger) {
    if (action.kind != ActionKind::kAdopt) {
        return false;
    }
    const std::size_t row = rows.find(action.item);
    const LedgerItem* known = ledger.item(action.item);
    return (known != nullptr && owns(*known)) ||
           (row != DesiredTable::npos && rows.record(row).wanted != Wanted::kAbsent);
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

AdoptPlan adopt_plan(
    const Observation& observation,
    const ServerObservation& seen,
    const AdoptChoice& choice,
    const Ledger& ledger,
    const Config& config,
    Time now
) {
    const DesiredSnapshot& desired = *observation.desired;
    const DesiredServer& server = *desired.server(seen.server);
    const DiffOptions options = diff_options(config, config.server(seen.server), now);
    AdoptPlan made;
    made.plan = diff({server, desired, *seen.actual, ledger, observation.identities()}, options);
    const auto unproved = [&](const HeldAction& held) {
        return only_unproved(held, server.accounts, ledger, config.panel.login_template);
    };
    choose(made.plan, choice.items, [&](const HeldAction& held) {
        return !choice.items.empty() || (choice.unproved && unproved(held));
    });
    made.unproved = static_cast<std::uint64_t>(std::ranges::count_if(made.plan.held, unproved));
    std::ranges::copy_if(
        made.plan.actions,
        std::back_inserter(made.adopt),
        [&](const Action& action) { return takes_over(action, server.accounts, ledger); }
    );
    std::ranges::sort(made.adopt, {}, &Action::item);
    return made;
}

std::uint64_t Adoptions::count() const {
    std::uint64_t all = 0;
    for (const auto& [id, actions] : adopt) {
        all += actions.size();
    }
    return all;
}

std::string Adoptions::checksum() const {
    Plan plan;
    for (const auto& [id, actions] : adopt) {
        ServerPlan& server = plan.servers.emplace_back();
        server.server = id;
        server.actions = actions;
    }
    return plan_checksum(plan);
}

std::vector<Event> Adoptions::events(
    const Observation& observation, const Ledger& ledger, const std::string& reason
) const {
    std::vector<Event> events;
    for (const auto& [id, actions] : adopt) {
        const DesiredServer& rows = *observation.desired->server(id);
        std::ranges::move(
            decide_adoptions(ledger, rows, *observation.server(id), actions),
            std::back_inserter(events)
        );
    }
    if (!events.empty() && !reason.empty()) {
        std::ranges::move(decide_asked("adopt", reason), std::back_inserter(events));
    }
    return events;
}

Error adoptions_moved() {
    return {
        NextMove::kHuman,
        "adopt.moved",
        "the panel or a cloud has changed since you were asked; nothing was recorded",
        "look at `bill-nextcloud adopt --plan` again"};
}

Adoptions adoptions_in(
    const Observation& observation,
    const AdoptChoice& choice,
    const Ledger& ledger,
    const Config& config,
    Time now
) {
    Adoptions all;
    for (const ServerObservation& seen : observation.servers) {
        if (unreadable(seen, *observation.desired).empty()) {
            AdoptPlan made = adopt_plan(observation, seen, choice, ledger, config, now);
            if (!made.adopt.empty()) {
                all.adopt.emplace(seen.server, std::move(made.adopt));
            }
        }
    }
    return all;
}

}  // namespace bn::controller
