// A history: what people do and what breaks, made from a seed before it runs. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn::sim {

enum class Deed : std::uint8_t {
    kOrder,
    kOrderTyped,
    kCancel,
    kChangeUnpaid,
    kPay,
    kSuspend,
    kResume,
    kClose,
    kReopen,
    kRemoveRow,
    kChangeQuota,
    kEndByHand,
    kPassOnLogin,
    kOpenedByHand,
    kRowLost,
    kRowBack,
    kMistyped,
    kModuleOut,
    kRenamed,
    kMadeRight,
    kClientLogsIn,
    kClientChangesPassword,
    kStrangerMakesAccount,
    kStaffTakesLogin,
    kStaffDisables,
    kStaffEnables,
    kStaffSetsQuota,
    kStaffDeletes,
    kCloudGoes,
    kCloudComesBack,
    kMaintenance,
    kMaintenanceEnds,
    kThrottled,
    kThrottledNoMore,
    kPanelGoes,
    kPanelComesBack,
    kApiGoes,
    kApiComesBack,
    kHalfReadings,
    kWholeReadings,
    kHalfPanel,
    kWholePanel,
    kRestart,
    kKill,
    kReload,
    kBackups,
    kPanelRestored,
    kCloudRestored,
    kStoreRestored,
    kStoreLost,
    kOtherTakesOver,
    kOtherCloud,
    kRightCloud,
    kClockSet,
    kClockRight,
    kPauses,
    kPauseEnds,
    kKeeps,
    kSaysRight,
    kNothing,
};
std::string_view to_string(Deed deed);
// Of the operation that it begins in the panel; empty: none.
std::string_view command_of(Deed deed);

struct Step {
    Deed deed = Deed::kNothing;
    std::uint64_t pick = 0;  // of whom, of what
    Duration then{};         // how long nothing else is done
};

// Once in so many calls, commits or readings; 0: never.
struct Rates {
    std::uint32_t lost_request = 0;
    std::uint32_t lost_answer = 0;
    std::uint32_t late_effect = 0;  // no answer, and the effect comes minutes later
    std::uint32_t failed_read = 0;
    std::uint32_t dies_in_call = 0;
    std::uint32_t dies_in_commit = 0;
    std::uint32_t disk_full = 0;
    std::uint32_t lost_panel_request = 0;
    std::uint32_t lost_panel_answer = 0;
    std::uint32_t comes_twice = 0;        // a request takes effect once more minutes later
    std::uint32_t forbidden_after = 0;    // what stands in front refuses a create that took effect
    std::uint32_t mail_link = 0;          // the client logs in while the create is in doubt
    std::uint32_t bought_back = 0;        // while a cloud is read from which it would be deleted
    std::uint32_t missed_account = 0;     // pages shift: a whole reading lacks one account
    std::uint32_t stranger_in_doubt = 0;  // makes the login while the answer to our create is lost
};

// What not every history is exposed to: each draws some of these, or has those asked for.
struct Hazards {
    bool people_during_calls = false;  // calls take time, and people do not wait for them
    bool typed_logins = false;         // clients order with a username of their choice
    bool passed_on_logins = false;     // a new service is given the login of a closed one
    bool used_ids = false;             // an item's number is used again once its row is removed
    bool two_modules = false;          // two servers of the panel lead to one cloud
    bool clock = false;                // somebody sets the host's clock
    bool unwatched = false;            // time that nobody watched is no retention
    bool other_cloud = false;          // an empty or a staging cloud answers at the address
    bool cloud_restored = false;
    bool panel_restored = false;
    bool store_restored = false;
    bool stranger_in_doubt = false;
    bool shifted_pages = false;    // a reading that says that it is whole lacks an account
    bool by_hand = false;          // staff open orders by hand, under the login that a client typed
    bool lost_rows = false;        // rows of services vanish, and come back
    bool two_controllers = false;  // each with a store of its own, one after the other
    bool rough_rows = false;       // rows lose their module or their login, or get another one
    bool tight_limits = false;     // little may be taken away without a person's word
    bool levers = false;           // an operator pauses, and keeps what is closed
    bool long_waits = false;       // days pass in which retentions end
};

// How long a closed account is kept at the least.
inline constexpr Duration kRetention = std::chrono::hours(24 * 3);

struct History {
    std::uint64_t seed = 0;
    Rates rates;
    Hazards hazards;
    bool stores_5 = false;
    bool two_modules = false;
    std::uint32_t opened_before = 0;  // services that an earlier module opened
    Duration retention = kRetention;  // that the controller is told; another one is a planted fault
    Duration calm{};                  // how long it goes on when the faults have ended
    std::vector<Step> steps;
};

// Asks for hazards by their names, with commas between them, for "all" or for "none". False: there
// is none of such a name.
bool ask_for(Hazards& hazards, std::string_view names);
std::string hazard_names();  // " one two"

History make_history(std::uint64_t seed, const std::optional<Hazards>& asked = {});

}  // namespace bn::sim
