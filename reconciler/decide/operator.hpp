// What a person asks for, and the life of the service itself, as events. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn {

// What a word is about.
struct Scope {
    std::vector<ItemId> items;
    std::optional<ServerId> server;
    bool everything = false;
};

// What a person says, why, and until when (nothing: until somebody says otherwise).
struct Word {
    std::string reason;
    std::optional<Time> until;
};

// Nothing is changed there until the pause is over. What is paused so already is left out. Errors
// (kHuman), and nothing is paused then: "command.item", "command.server": what is not known;
// "command.until": it is over already; "pause.longer": a pause that lasts longer is in force.
Result<std::vector<Event>> decide_paused(const Moment& at, const Scope& scope, const Word& word);

// What holds these all the same, whatever becomes of a pause of their own; `scope` as the command
// line names it.
struct WiderPause {
    std::string scope;
    Pause pause;
};

std::optional<WiderPause> wider_pause(const Moment& at, const Scope& scope);

// The end of exactly these pauses. Errors (kHuman): "command.item", "command.server";
// "resume.not_paused": none of it is; the remedy names a wider pause, or what else holds.
Result<std::vector<Event>> decide_pause_ended(
    const Moment& at, const Scope& scope, const std::string& reason
);

// The account is not kept any more (decide_kept). Errors (kHuman): "command.item",
// "undelete.not_kept".
Result<std::vector<Event>> decide_kept_ended(
    const Moment& at, ItemId id, const std::string& reason
);

// The account of a closed item is enabled again and not deleted before `word.until`, whatever the
// panel says. Errors (kHuman): "command.item", "command.until"; "undelete.no_account": it is
// deleted, or not ours; "undelete.on_its_way": its delete has begun; "undelete.not_closed".
Result<std::vector<Event>> decide_kept(const Moment& at, ItemId id, const Word& word);

// When the next pause, or keeping of an account, ends by itself; nothing: none does.
std::optional<Time> next_end(const Ledger& ledger, Time now);

// One that failed, and waits, or is parked.
struct Failed {
    ItemId item;
    ServerId server;
    std::string login;
    Setback setback;
    BN_FIELDS(Failed, item, server, login, setback);
};

// All of them, or the parked ones only, sorted by item.
std::vector<Failed> failed_items(const Ledger& ledger, bool parked_only);

// What failed for the items of the scope, or, where it names none, what is parked, is tried with
// the next look; of that, where a code is given, what failed with it. Errors (kHuman):
// "command.item"; "replay.nothing": nothing waits that is meant.
Result<std::vector<Event>> decide_replayed(
    const Ledger& ledger, const Scope& scope, const std::string& code, const std::string& reason
);

// Lets exactly what waits pass, once and within kApprovalLasts.
inline PlanApproved approve_plan(ServerId server, std::string checksum, std::string reason = {}) {
    return {server, std::move(checksum), std::move(reason)};
}

inline constexpr std::size_t kChecksumEnough = 12;  // digits of it that name one

// What the last whole pass staged under this checksum, or the first kChecksumEnough digits of it or
// more. An error: nothing waits under it.
Result<std::vector<Event>> decide_approved(
    const Ledger& ledger, const std::string& checksum, const std::string& reason
);
// The same of what a look has just staged, which no pass has recorded yet.
Result<std::vector<Event>> decide_approved(
    const Observation& seen, const std::string& checksum, const std::string& reason
);
// The error of that.
Error nothing_waits(const std::string& checksum);

// "It is the same cloud under a new address." Nothing when that is known already, or when the
// server was never seen.
std::vector<Event> accept_address(
    const Ledger& ledger, const DesiredServer& server, const std::string& reason = {}
);

// "What was seen there is the cloud that our accounts are on": a new identity, or a new data
// fingerprint after a backup was restored. Nothing when it is the known one, or was not seen.
std::vector<Event> accept_cloud(
    const Ledger& ledger,
    ServerId server,
    const std::optional<CloudInfo>& seen,
    const std::string& reason = {}
);

// What is doubted of a server until a person says that it is right.
struct DoubtedAccount {
    ItemId item;
    std::string login;
    BN_FIELDS(DoubtedAccount, item, login);
};

struct DoubtedReadings {
    ServerId server;
    bool clock = false;  // of the host
    std::string panel;   // why; empty: it is believed
    std::string cloud;
    std::vector<DoubtedAccount> missing;  // accepted, they are made anew, empty
    BN_FIELDS(DoubtedReadings, server, clock, panel, cloud, missing);
};

DoubtedReadings readings_in_doubt(const Ledger& ledger, ServerId server);
[[nodiscard]] bool in_doubt(const DoubtedReadings& doubts);

// "The clock, and what is seen of this server, are right." Nothing: neither is in doubt.
std::vector<Event> accept_readings(
    const Ledger& ledger, ServerId server, const std::string& reason = {}
);
// The error: "command.server".
Result<std::vector<Event>> decide_readings_accepted(
    const Ledger& ledger, ServerId server, const std::string& reason
);

// "Go on with this store, although newer events are lost" (`why`). What was under way then is
// forgotten, with its passwords: it is found out by looking, and a password of then is never given
// to anybody again.
struct AcceptedStore {
    std::vector<Event> events;
    std::vector<std::string> forget_secrets;
};

AcceptedStore accept_store(const Ledger& ledger, const Error& why);

// "The panel went back on purpose: go on with what it shows." Nothing when it is not older.
std::vector<Event> accept_panel(
    const Ledger& ledger, const DesiredSnapshot& desired, const std::string& reason = {}
);

// Why a backup that was put in the place of a store lacks what came after it; `recorded`: the last
// event that is known to have been recorded.
Error restored_store(const std::string& file, std::uint64_t end, std::uint64_t recorded);

// Why somebody asked; nothing where he did not say.
std::vector<Event> decide_asked(std::string verb, std::string reason);

// `verify` or `backup` proved the whole store, up to this end of it ("<position>:<hash>").
std::vector<Event> decide_checked(std::string verb, std::string anchor);

inline ServiceStarted service_started(
    std::string version, std::string config_digest, std::string host, std::uint32_t pid
) {
    return {std::move(version), std::move(config_digest), std::move(host), pid};
}

inline ServiceStopped service_stopped(std::string reason) {
    return {std::move(reason)};
}

// Nothing when the two digests are equal.
std::vector<Event> config_changed(std::string before, std::string after, std::string summary);

}  // namespace bn
