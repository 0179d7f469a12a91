// What one pass brings to the core as facts, and what it leaves behind: plain values.
//
// The shell fills them; the functions of this folder judge them. Owned by whoever made them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn {

struct PassRequest {
    std::string trigger = "periodic";
    std::optional<ServerId> only_server;
    // Only these items: each of their accounts is read alone, nothing else is.
    std::vector<ItemId> items;
    // A person asked: look at servers that are in quarantine, too.
    bool ignore_quarantine = false;

    PassRequest() = default;

    [[nodiscard]] bool narrow() const { return !items.empty(); }
};

// Why a server is looked at, or not.
enum class Admission : std::uint8_t {
    kOpen,
    kLeftAlone,     // in quarantine: not attempted
    kUnconfigured,  // nobody said what may be done to it: no fault of the server
    kRefused,       // its row or its address cannot be worked with
};

// One server as a pass saw it.
struct ServerObservation {
    ServerId server;
    std::string name;
    std::string address;
    std::optional<Policy> policy;  // nothing: none is configured
    Admission admission = Admission::kOpen;
    std::optional<Error> error;  // why there is no plan
    std::optional<CloudInfo> info;
    std::optional<ActualSnapshot> actual;
    std::vector<OwnedActualAccount> looked;  // narrow: with what a table does not keep
    std::optional<ServerPlan> plan;
    std::string checksum;  // of the plan, when a guard stopped it
    Duration took{};

    ServerObservation() = default;
};

// A part of what was asked about of which a reading says nothing, or not all: what there is to do
// there is not known, which is not the same as nothing.
struct Unknown {
    ServerId server;            // 0: no server of ours is known at all
    std::string name;           // of the server
    std::vector<ItemId> items;  // of these alone; empty: of all
    bool partly = false;        // something of it was read
    bool off = false;           // on purpose: the panel or the configuration has switched it off
    Error why;
};

struct Observation {
    PassRequest request;
    Time started_at{};
    Steady begun{};  // the same moment: passes of one process are told apart by it
    std::shared_ptr<const DesiredSnapshot> desired;
    std::vector<ServerObservation> servers;  // sorted by id
    std::vector<Unknown> off;  // servers with what was asked about that are not looked at

    [[nodiscard]] Plan plan() const {
        Plan plan{started_at, {}};
        for (const ServerObservation& server : servers) {
            if (server.plan) {
                plan.servers.push_back(*server.plan);
            }
        }
        if (desired && !request.only_server) {
            // A narrow pass reads no server for an item that has no login to look for: its hold
            // stands in no server's plan either.
            const auto unplaced = [this](const Hold& hold) {
                const bool nowhere = desired->server(hold.server) == nullptr;
                return request.narrow() ? std::ranges::count(request.items, hold.item) > 0 &&
                                              (nowhere || server(hold.server) == nullptr)
                                        : nowhere;
            };
            std::ranges::copy_if(desired->holds, std::back_inserter(plan.unplaced), unplaced);
        }
        return plan;
    }

    // What the clouds show of themselves.
    [[nodiscard]] std::map<ServerId, std::string> identities() const {
        std::map<ServerId, std::string> identities;
        for (const ServerObservation& server : servers) {
            if (server.info) {
                identities.emplace(server.server, server.info->identity);
            }
        }
        return identities;
    }

    [[nodiscard]] std::map<ServerId, PutBudget> budgets() const {
        std::map<ServerId, PutBudget> budgets;
        for (const ServerObservation& server : servers) {
            if (server.info) {
                budgets.emplace(server.server, server.info->put_budget);
            }
        }
        return budgets;
    }

    [[nodiscard]] const ServerObservation* server(ServerId id) const {
        const auto it = std::ranges::find(servers, id, &ServerObservation::server);
        return it == servers.end() ? nullptr : &*it;
    }

    // What of it is not known, by server. A server that is switched off counts where it, or an item
    // of it, was asked for by number.
    [[nodiscard]] std::vector<Unknown> unknown() const;
};

struct ExecutionProgress {
    std::uint64_t total = 0;
    std::uint64_t done = 0;      // took effect or was so already
    std::uint64_t failed = 0;    // refused, or its outcome is unknown
    std::uint64_t deferred = 0;  // waits for the server's rate limit
    Duration waits{};            // all that is left does, for so long at least
};

struct ActionFailure {
    Action action;
    Error error;

    ActionFailure(Action a, Error e) : action(std::move(a)), error(std::move(e)) {}
};

struct ExecutionReport {
    ExecutionProgress progress;
    std::uint64_t skipped = 0;  // not tried: a stop, an earlier failure of the item, stale facts
    std::vector<ActionFailure> failures;
    std::optional<Error> server_error;  // ended the whole server's turn
    bool stopped = false;               // by request, before the end
    Duration budget_wait{};             // until the cloud's limit lets the deferred actions go on
    Duration pace_wait{};               // until the pace does (retry/pace.hpp)
};

struct PassReport {
    std::string id;
    Observation observation;
    std::map<ServerId, ExecutionReport> executions;
    // Calls to a cloud that took effect, or were so, in order.
    std::map<ItemId, std::vector<ActionKind>> calls_done;

    [[nodiscard]] bool failed() const {
        const auto whole = [](const Unknown& one) { return one.items.empty() && !one.off; };
        return std::ranges::any_of(observation.unknown(), whole) ||
               std::ranges::any_of(executions, [](const auto& e) {
                   return e.second.progress.failed > 0 || e.second.server_error.has_value();
               });
    }
};

}  // namespace bn
