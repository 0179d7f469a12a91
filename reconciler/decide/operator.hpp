// What a person asks for, and the life of the service itself, as events. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn {

// Nothing is done to paused items until they are resumed. Those that are not known, or are so
// already, are left out. `reason`: of a pause.
std::vector<Event> decide_paused(
    const Ledger& ledger,
    const std::vector<ItemId>& items,
    bool paused,
    const std::string& reason = {}
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
// The error of that.
Error nothing_waits(const std::string& checksum);

// "It is the same cloud under a new address." Nothing when that is known already, or when the
// server was never seen.
std::vector<Event> accept_address(const Ledger& ledger, const DesiredServer& server);

// "What was seen there is the cloud that our accounts are on": a new identity, or a new data
// fingerprint after a backup was restored. Nothing when it is the known one, or was not seen.
std::vector<Event> accept_cloud(
    const Ledger& ledger, ServerId server, const std::optional<CloudInfo>& seen
);

// "The clock, and what is seen of this server, are right." Nothing: neither is in doubt.
std::vector<Event> decide_resumed(const Ledger& ledger, ServerId server);

// "Go on with this store, although newer events are lost" (`why`). What was under way then is
// forgotten, with its passwords: it is found out by looking, and a password of then is never given
// to anybody again.
struct AcceptedStore {
    std::vector<Event> events;
    std::vector<std::string> forget_secrets;
};

AcceptedStore accept_store(const Ledger& ledger, const Error& why);

// "The panel went back on purpose: go on with what it shows." Nothing when it is not older.
std::vector<Event> accept_panel(const Ledger& ledger, const DesiredSnapshot& desired);

// Why a backup that was put in the place of a store lacks what came after it; `recorded`: the last
// event that is known to have been recorded.
Error restored_store(const std::string& file, std::uint64_t end, std::uint64_t recorded);

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
