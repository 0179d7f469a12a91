// What a take-over of existing services would record, and what stands in its way, by one
// observation of both sides. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bm_reader/panel_source.hpp"
#include "cli/screen/doubts.hpp"
#include "cli/screen/screen.hpp"
#include "controller/pass/adoption.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::cli {

using controller::AdoptChoice;
using controller::Adoptions;
using controller::AdoptPlan;

// An account that becomes ours.
struct AdoptRow {
    ItemId item;
    std::string login;
    std::string evidence;
    DriftMask drift = 0;  // what a pass would change afterwards
    std::string from;     // the item that hands it over; empty: none
    bool ours = false;    // it is already, for another row of its item: counted so

    BN_FIELDS(AdoptRow, item, login, evidence, drift, from);
};

// The panel says that it was opened; the cloud has no such account.
struct MissingRow {
    ItemId item;
    std::string login;
    bool held = false;  // too many of ours are gone at once: it is not made anew

    BN_FIELDS(MissingRow, item, login, held);
};

// Why no service wants an account whose login looks like one of ours.
enum class OrphanReason : std::uint8_t {
    kNoService,    // the panel has no such service
    kClosed,       // its service is closed
    kUnpaid,       // its service was never opened
    kOtherLogin,   // its service uses another login on this server
    kOtherServer,  // its service is on another server
    kNoServer,     // its service is on no server of ours
    kUnclear,      // its service is there, and is held
};
std::string_view to_string(OrphanReason reason);

struct OrphanRow {
    ItemId item;  // by the login; 0: the login template names none
    std::string login;
    OrphanReason reason = OrphanReason::kNoService;
    bool enabled = false;
    bool has_files = false;

    BN_FIELDS(OrphanRow, item, login, reason, enabled, has_files);
};

// What the accounts' groups suggest for a tariff whose stored group says nothing
// (GroupState::kUnsaid); a person confirms it by choosing it in the tariff.
struct SuggestedGroup {
    std::uint32_t tariff = 0;
    std::string stored;
    std::string name;  // the group that most of them are in; empty: they are in none
    std::uint64_t services = 0;
    std::uint64_t members = 0;  // of their accounts, those that are in the group

    // Most accounts are elsewhere.
    [[nodiscard]] bool doubtful() const { return !name.empty() && members * 2 < services; }
};

struct AdoptServer {
    ServerId server;
    std::string name;
    std::optional<Policy> policy;
    std::string error;  // why nothing can be said of this server; empty: all below is true
    std::vector<AdoptRow> adopt;
    std::vector<MissingRow> missing;
    std::vector<OrphanRow> orphaned;
    std::vector<Hold> clashes;
    std::uint64_t unproved = 0;         // of the clashes: AdoptChoice::unproved takes them over
    std::uint64_t already_ours = 0;     // adopted or created before
    std::uint64_t to_open = 0;          // paid, never opened: made by a pass, not adopted
    std::uint64_t actual_accounts = 0;  // accounts in the cloud
    std::vector<SuggestedGroup> group_positions;
    bool plain_password = false;                // the panel keeps our password for this cloud plain
    std::uint64_t plain_service_passwords = 0;  // services whose password the panel keeps plain

    BN_FIELDS(AdoptServer, server, name, policy, error, already_ours, to_open, actual_accounts,
              adopt, missing, orphaned, clashes, unproved, group_positions, plain_password,
              plain_service_passwords);
};

struct AdoptView {
    Time now{};
    std::vector<AdoptServer> servers;  // sorted by server
    std::vector<Hold> unplaced;        // services that belong to no server
    std::vector<Unknown> off;          // servers that are switched off: not looked at
    InDoubt doubts;
    std::optional<std::uint64_t> recorded;  // nothing: only shown

    [[nodiscard]] std::uint64_t adoptable() const {
        return sum_of(servers, [](const AdoptServer& server) { return server.adopt.size(); });
    }

    // With the unplaced.
    [[nodiscard]] std::uint64_t clashes() const {
        return unplaced.size() +
               sum_of(servers, [](auto& server) { return server.clashes.size(); });
    }
};

AdoptView adopt_view(
    const Observation& observation,
    const AdoptChoice& choice,
    const Ledger& ledger,
    const Config& config,
    const bm_reader::PlainCredentials& plain,
    Time now
);

std::string render_adopt(const AdoptView& view, const ScreenOptions& options);
// Only the last lines: what was recorded and what is next.
std::string render_adopted(const AdoptView& view, const ScreenOptions& options);
std::string adopt_to_json(const AdoptView& view);

}  // namespace bn::cli
