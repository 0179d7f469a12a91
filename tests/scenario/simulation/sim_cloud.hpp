// The cloud of a history. It remembers what no cloud tells: who made each account, whose password
// is on it, and since when it is closed. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "reconciler/ports/cloud.hpp"

namespace bn::sim {

struct SimAccount {
    OwnedActualAccount shown;
    Time made_at{};
    std::uint64_t born = 0;  // which creation made it: one that is made anew is another one
    ItemId maker;            // the item that the controller made it for; 0: people did
    ServerId server;         // of the panel, that the call came by
    std::uint64_t sale = 0;  // SimItem::sale of that item
    Duration watched{};      // how long it was seen closed, by complete passes
    std::string password;
    bool clients_own = false;  // the client chose the password, or has logged in with it
    std::optional<Time> disabled_since;
    std::optional<Time> enabled_unseen;  // by no pass so far; the time is the former one
    bool seen_enabled = false;           // by a reading whose pass has not ended yet
    bool earlier = false;                // an earlier module made it
};

struct SimCloud {
    std::map<std::string, SimAccount> accounts;  // by login key
    std::uint64_t births = 0;
    std::string identity = "oc-of-the-history";
    std::string fingerprint = "none";

    SimAccount& make(const std::string& login);
    [[nodiscard]] SimAccount* find(const std::string& login);
    [[nodiscard]] ActualSnapshot observe(ServerId server, Time now) const;
    // As the real ones answer: what is not there cannot be changed, what is there not be made.
    Outcome obey(const Action& action, const Secret& password, Time now);
};

}  // namespace bn::sim
