// What a person's word takes over of what stands in the clouds: which accounts, and the name of
// exactly these. Pure. The command shows it; the service, told to record it, sees by the name that
// it is still what was shown.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/config.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::controller {

// What a person says: accounts that only his word gives to their items.
struct AdoptChoice {
    std::set<ItemId> items;  // these, and nothing else; empty: all
    // All that the panel calls opened and that have the very login that the template gives to their
    // item: nothing proves when they were opened, as after an upgrade from a version that did not
    // record it.
    bool unproved = false;
};

// The item that a login of this template names: 0 when the template has no {item}, nothing when the
// login does not look like the template. Case does not count, as in the clouds.
std::optional<ItemId> item_of_login(std::string_view login_template, std::string_view login);

// Why nothing can be said of this server; empty: something can. An incomplete reading proves
// neither that an account is missing nor that it is nobody's.
std::string unreadable(const ServerObservation& server, const DesiredSnapshot& desired);

// One server's plan as it would be right before any policy, for adopting is a record of ours and
// changes nothing: what is chosen is an action, what is not named is left out.
struct AdoptPlan {
    ServerPlan plan;
    std::vector<Action> adopt;   // what would be taken over, by item
    std::uint64_t unproved = 0;  // of what stays held: AdoptChoice::unproved takes it over
};

// REQUIRES: `seen` is not `unreadable`.
AdoptPlan adopt_plan(
    const Observation& observation,
    const ServerObservation& seen,
    const AdoptChoice& choice,
    const Ledger& ledger,
    const Config& config,
    Time now
);

// What all servers that can be read would have taken over.
struct Adoptions {
    std::map<ServerId, std::vector<Action>> adopt;

    [[nodiscard]] std::uint64_t count() const;
    // 64 hex digits: names exactly these accounts of these items.
    [[nodiscard]] std::string checksum() const;
    // All of it, and why a person says so (empty: he does not).
    [[nodiscard]] std::vector<Event> events(
        const Observation& observation, const Ledger& ledger, const std::string& reason
    ) const;
};

// They are not what was shown any more.
Error adoptions_moved();

Adoptions adoptions_in(
    const Observation& observation,
    const AdoptChoice& choice,
    const Ledger& ledger,
    const Config& config,
    Time now
);

}  // namespace bn::controller
