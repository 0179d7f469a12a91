// Whether a server, and the panel, may be worked with; what a look at a server tells. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

struct ServerAdmission {
    Admission admission = Admission::kOpen;
    std::optional<Error> error;  // why not; empty for kOpen

    ServerAdmission() = default;

    ServerAdmission(Admission a, Error e) : admission(a), error(std::move(e)) {}
};

// Before any call to the server. `unconfigured`: the configuration has no policy for it.
// A server of the same number at another address is another cloud while accounts of ours are on the
// former one: accounts of the same names there would be somebody else's.
ServerAdmission admit_server(
    const Moment& at,
    const DesiredServer& server,
    const std::optional<Error>& unconfigured,
    bool ignore_quarantine
);

// Which cloud a port to this server must believe (CloudSettings::identity): the one that accounts
// of ours, or calls in doubt, are on. Empty: nothing is tied to any, or it was never seen which it
// is.
std::string expected_identity(const Ledger& ledger, ServerId server);

// After the first look: another cloud than the one that our accounts are on, or one that was
// restored from a backup (both wait for a person's word, accept_cloud); in maintenance, waiting for
// an upgrade, or a login without rights. What a cloud does not show decides nothing.
std::optional<Error> unfit_cloud(
    const CloudInfo& info, const DesiredServer& server, const Ledger& ledger
);

// A panel without any service, where services are known, is no news of closed services; "nothing to
// do" would be a wrong claim.
std::optional<Error> emptied_panel(const DesiredSnapshot& desired, const Ledger& ledger);

// True when further calls to the server, or of anything, would only repeat this failure.
bool ends_turn_of_server(const Error& error);

// How long a server is left alone after `error`: growing with the failures, jittered, never less
// than the server asked for, never longer than `longest` where the pause is our own choice.
ServerQuarantined decide_quarantine(
    const Moment& at, ServerId server, const Error& error, Duration longest
);

// What a look at a server tells that the ledger does not know yet.
std::vector<Event> decide_server(const Moment& at, const ServerObservation& seen, Duration longest);

// Accounts that an earlier module opened become ours: a record, no call. `adoptions` are actions of
// this kind on one server, each with its evidence as reason. The server is recorded first where
// that is news: an address that changes later is noticed.
// What was sold of these items is recorded with it: whose client they are.
std::vector<Event> decide_adoptions(
    const Ledger& ledger,
    const DesiredServer& rows,
    const ServerObservation& seen,
    const std::vector<Action>& adoptions
);

// What is to be recorded before anything of this reading is believed; nothing when it is known.
// Another panel is the error "panel.other" (kHuman, kPanel): nothing may be done. An empty
// fingerprint (nothing certain is known) decides nothing.
Result<std::vector<Event>> decide_panel_identity(
    const Ledger& ledger, const std::string& fingerprint
);

// What the panel's counters tell that the ledger does not know yet: they have grown, its data is
// older than what was seen before, or no longer. An incomplete reading tells nothing.
std::vector<Event> decide_panel_mark(const Ledger& ledger, const DesiredSnapshot& desired);

}  // namespace bn
