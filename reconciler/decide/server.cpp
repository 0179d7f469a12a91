#include "reconciler/decide/server.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "reconciler/decide/action.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn {

namespace {

// How long a failing server is left alone: growing, jittered, never less than it asked for. What a
// person must mend is looked at again as well, so that mending it is enough.
// An outage is looked at every few minutes: it costs one call, and paid orders may be waiting.
Duration quarantine_time(
    const Error& error, std::uint32_t failures, ServerId server, Duration longest
) {
    const bool person = error.move == NextMove::kHuman;
    const Duration first = person ? std::chrono::minutes(5) : std::chrono::seconds(15);
    const Duration cap = person ? std::chrono::hours(1) : std::chrono::minutes(5);
    BackoffOptions options;
    options.first = std::min(first, longest);
    options.cap = std::min(cap, longest);
    const Duration delay = backoff_delay(failures, server.value + failures * 7919ULL, options);
    if (!error.wait) {
        return delay;
    }
    return std::max(error.wait_is_ours ? std::min(*error.wait, options.cap) : *error.wait, delay);
}

// The same number, another cloud: accounts of the same names there would be somebody else's.
Error moved_address(const DesiredServer& server, const LedgerServer& known) {
    const std::string number = std::to_string(server.id.value);
    const std::string proof =
        known.identity.empty() ? "" : " (it must then show the instance id " + known.identity + ")";
    return Error(
        Concern::kServer,
        NextMove::kHuman,
        "server.address",
        "server " + number + " was at " + known.address + ", the panel now says " +
            server.base_url + "; the accounts that are ours are on the former",
        "if it is the same cloud under a new address: say `bill-nextcloud accept-address " +
            number + "`" + proof +
            "; if not, give the new cloud a processing module "
            "of its own"
    );
}

// What is recorded of this server's cloud concerns somebody: accounts, calls in doubt, or what its
// first whole reading proved of services that were opened before it.
bool tied(const Ledger& ledger, ServerId server) {
    return ledger.owned_count(server) > 0 || was_read_whole(ledger, server) ||
           !doubts_of(ledger, server).empty();
}

bool differs(const std::string& known, const std::string& shown) {
    return !known.empty() && !shown.empty() && known != shown;
}

Error other_cloud(const CloudInfo& info, const DesiredServer& server, const LedgerServer& known) {
    return Error(
        Concern::kServer,
        NextMove::kHuman,
        "server.identity",
        fmt::format(
            "another cloud answers at {} (server {}): its instance id is {}, our accounts are on "
            "{}; nothing is done there",
            server.base_url,
            server.id.value,
            info.identity,
            known.identity
        ),
        fmt::format(
            "let the address lead to {0} again; if {1} has the same accounts with their files, "
            "say `bill-nextcloud accept-cloud {2}`; else give it a "
            "processing module of its own",
            known.identity,
            info.identity,
            server.id.value
        )
    );
}

// Accounts that were made since the backup are gone, deleted ones are back, passwords and owners
// may be those of another day: what the ledger says of this cloud is not proved any more.
Error restored_cloud(
    const CloudInfo& info, const DesiredServer& server, const LedgerServer& known
) {
    return Error(
        Concern::kServer,
        NextMove::kHuman,
        "server.restored",
        fmt::format(
            "the cloud of server {} was restored from a backup: its data fingerprint is {}, it was "
            "{}; nothing is done there",
            server.id.value,
            info.data_fingerprint,
            known.data_fingerprint
        ),
        fmt::format(
            "see which accounts are missing or back there; then say `bill-nextcloud accept-cloud "
            "{0}`, "
            "or `bill-nextcloud apply --accept-cloud {0}`, which shows what it would do and asks",
            server.id.value
        )
    );
}

// What the cloud and the panel's row say of a server, where that is news.
void say_server(
    std::vector<Event>& events, const LedgerServer* known, const ServerObservation& seen
) {
    if (!seen.info) {
        return;
    }
    const CloudInfo& info = *seen.info;
    const auto news = [](const std::string& before, const std::string& now) {
        return !now.empty() && before != now;
    };
    if (known == nullptr || known->name != seen.name || known->address != seen.address ||
        known->product != info.product || known->version != info.version ||
        news(known->identity, info.identity) ||
        news(known->data_fingerprint, info.data_fingerprint)) {
        events.emplace_back(ServerObserved{
            seen.server,
            seen.name,
            info.product,
            info.version,
            seen.address,
            info.identity,
            info.data_fingerprint});
    }
}

}  // namespace

ServerAdmission admit_server(
    const Moment& at,
    const DesiredServer& server,
    const std::optional<Error>& unconfigured,
    bool ignore_quarantine
) {
    if (unconfigured) {
        return {Admission::kUnconfigured, *unconfigured};
    }
    if (!server.problem.empty()) {
        return {
            Admission::kRefused,
            Error(
                Concern::kServer, NextMove::kHuman, "panel.server", server.problem, server.remedy
            )};
    }
    const LedgerServer* known = at.ledger.server(server.id);
    if (known == nullptr) {
        return {};
    }
    if (!known->address.empty() && known->address != server.base_url &&
        tied(at.ledger, server.id)) {
        return {Admission::kRefused, moved_address(server, *known)};
    }
    if (!ignore_quarantine && known->quarantined_until && *known->quarantined_until > at.now) {
        return {
            Admission::kLeftAlone,
            Error(
                Concern::kServer,
                NextMove::kWait,
                "server.quarantined",
                "the server is left alone until " + format_time(*known->quarantined_until) +
                    " after: " + known->last_error
            )};
    }
    return {};
}

std::string expected_identity(const Ledger& ledger, ServerId server) {
    const LedgerServer* known = ledger.server(server);
    return known != nullptr && tied(ledger, server) ? known->identity : std::string();
}

std::optional<Error> unfit_cloud(
    const CloudInfo& info, const DesiredServer& server, const Ledger& ledger
) {
    const LedgerServer* known = ledger.server(server.id);
    if (known != nullptr && tied(ledger, server.id)) {
        if (differs(known->identity, info.identity)) {
            return other_cloud(info, server, *known);
        }
        if (differs(known->data_fingerprint, info.data_fingerprint)) {
            return restored_cloud(info, server, *known);
        }
    }
    if (info.version.empty() && !info.identity.empty()) {
        return Error(
            Concern::kServer,
            NextMove::kRedoPass,
            "ocs.other_cloud",
            "another cloud than before answers for server " + server.name,
            "nothing of ours is there: it is looked at anew by itself"
        );
    }
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
            Concern::kServer,
            NextMove::kHuman,
            "ocs.not_admin",
            "the login " + server.login + " is not an administrator of server " + server.name,
            "add it to the group admin, or give another login in the panel's server form"
        );
    }
    return std::nullopt;
}

std::optional<Error> emptied_panel(const DesiredSnapshot& desired, const Ledger& ledger) {
    if (!desired.items.empty() || ledger.items().empty()) {
        return std::nullopt;
    }
    return Error(
        Concern::kPanel,
        NextMove::kHuman,
        "panel.empty",
        "the panel has no service at all, but " + std::to_string(ledger.items().size()) +
            " are known to us",
        "look at the database that [panel] names: is it the right one, and is it whole?"
    );
}

bool ends_turn_of_server(const Error& error) {
    return error.concern == Concern::kServer || error.concern == Concern::kStore;
}

ServerQuarantined decide_quarantine(
    const Moment& at, ServerId server, const Error& error, Duration longest
) {
    const LedgerServer* known = at.ledger.server(server);
    const std::uint32_t failures = known != nullptr ? known->failures + 1 : 1;
    return {
        .server = server,
        .code = error.code,
        .what = error.text(),
        .move = error.move,
        .until = at.now + quarantine_time(error, failures, server, longest),
        .failures = failures};
}

std::vector<Event> decide_server(
    const Moment& at, const ServerObservation& seen, Duration longest
) {
    std::vector<Event> events;
    const LedgerServer* known = at.ledger.server(seen.server);
    if (seen.error) {
        if (seen.admission != Admission::kLeftAlone && seen.admission != Admission::kUnconfigured) {
            events.emplace_back(decide_quarantine(at, seen.server, *seen.error, longest));
        }
        return events;
    }
    if (known != nullptr && known->quarantined_until) {
        events.emplace_back(ServerRecovered{seen.server});
    }
    say_server(events, known, seen);
    if (seen.plan && !seen.plan->stopped.empty() &&
        (known == nullptr || known->stopped_plan != seen.checksum)) {
        events.emplace_back(PlanStopped{
            seen.server,
            seen.checksum,
            seen.plan->stopped,
            seen.plan->staged().actions.size(),
            seen.plan->stopped_harms});
    }
    return events;
}

std::vector<Event> decide_adoptions(
    const Ledger& ledger,
    const DesiredServer& rows,
    const ServerObservation& seen,
    const std::vector<Action>& adoptions
) {
    std::vector<Event> events;
    if (adoptions.empty()) {
        return events;
    }
    say_server(events, ledger.server(seen.server), seen);
    std::vector<ItemId> items;
    items.reserve(adoptions.size());
    for (const Action& action : adoptions) {
        items.push_back(action.item);
    }
    std::ranges::move(decide_sold(ledger, rows, items), std::back_inserter(events));
    for (const Action& action : adoptions) {
        std::ranges::move(decide_adoption(action), std::back_inserter(events));
    }
    return events;
}

Result<std::vector<Event>> decide_panel_identity(
    const Ledger& ledger, const std::string& fingerprint
) {
    std::vector<Event> events;
    const std::string& known = ledger.panel().fingerprint;
    if (fingerprint.empty() || fingerprint == known) {
        return events;
    }
    if (!known.empty()) {
        constexpr std::size_t kShown = 16;
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.other",
            fmt::format(
                "the event store belongs to the panel {}, but the configuration names the panel {}",
                known.substr(0, kShown),
                fingerprint.substr(0, kShown)
            ),
            "name the panel's own database and key, or another store.path for this panel"
        ));
    }
    events.emplace_back(PanelIdentified{fingerprint});
    return events;
}

std::vector<Event> decide_panel_mark(const Ledger& ledger, const DesiredSnapshot& desired) {
    const LedgerPanel& known = ledger.panel();
    std::vector<Event> events;
    if (!desired.complete) {
        return events;
    }
    if (is_older(desired.mark, known.mark)) {
        if (!known.behind_since) {
            events.emplace_back(PanelWentBack{known.mark, desired.mark});
        }
        return events;
    }
    if (known.behind_since) {
        events.emplace_back(PanelCaughtUp{desired.mark});
    }
    if (latest(known.mark, desired.mark) != known.mark) {
        events.emplace_back(PanelSeen{desired.mark});
    }
    return events;
}

}  // namespace bn
