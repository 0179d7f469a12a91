#include "reconciler/decide/pass_facts.hpp"

namespace bn {

namespace {

// What of an account is not known while this holds its item: the reading names it and says nothing
// more, or a call may have changed it since.
constexpr bool hides_account(HoldCode code, bool narrow) {
    return code == HoldCode::kIncompleteRead || code == HoldCode::kInDoubt ||
           (narrow && code == HoldCode::kIncompleteSnapshot);  // a lone look proves no absence
}

Unknown unread_accounts(const ServerObservation& server, bool narrow) {
    Unknown unread{server.server, server.name, {}, true, false, {}};
    for (const HeldAction& held : server.plan->held) {
        if (!hides_account(held.hold.code, narrow)) {
            continue;
        }
        if (unread.items.empty()) {
            unread.why = Error(
                NextMove::kRedoPass,
                std::string(to_string(held.hold.code)),
                held.hold.detail,
                held.hold.remedy
            );
        }
        unread.items.push_back(held.hold.item);
    }
    return unread;
}

Error cut_short(const std::string& side, const std::string& why) {
    return Error(
        NextMove::kRedoPass,
        "plan.incomplete",
        "the plan is not whole, for " + side + " was not read completely: " + why,
        "wait for the next reading; nothing is taken away on the strength of this one"
    );
}

}  // namespace

std::vector<Unknown> Observation::unknown() const {
    std::vector<Unknown> all;
    if (desired && desired->servers.empty()) {
        Error none(
            NextMove::kHuman,
            "panel.no_module",
            "the panel has no processing module of ours",
            "compare panel.module in the configuration with the module that the panel's services "
            "name"
        );
        all.push_back({ServerId(), "", {}, false, false, std::move(none)});
    }
    for (const ServerObservation& seen : servers) {
        if (seen.error) {
            all.push_back({seen.server, seen.name, {}, false, false, *seen.error});
            continue;
        }
        if (!seen.plan) {
            continue;
        }
        if (!seen.plan->actual_complete) {
            Error why = cut_short("the cloud", seen.actual ? seen.actual->incomplete_reason : "");
            all.push_back({seen.server, seen.name, {}, true, false, std::move(why)});
        } else if (!seen.plan->desired_complete) {
            Error why = cut_short("the panel", desired ? desired->incomplete_reason : "");
            all.push_back({seen.server, seen.name, {}, true, false, std::move(why)});
        } else if (Unknown unread = unread_accounts(seen, request.narrow());
                   !unread.items.empty()) {
            all.push_back(std::move(unread));
        }
    }
    if (request.narrow() || request.only_server) {
        all.insert(all.end(), off.begin(), off.end());
    }
    return all;
}

}  // namespace bn
