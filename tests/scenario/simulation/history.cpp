#include "tests/scenario/simulation/history.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/scenario/simulation/dice.hpp"

namespace bn::sim {
namespace {

struct Row {
    Deed deed;
    std::string_view name;
    std::uint32_t weight;             // how often, beside the others
    std::string_view command = {};    // of the operation that it begins in the panel
    bool Hazards::*hazard = nullptr;  // without which it is left out
};

constexpr std::array kDeeds = {
    Row{Deed::kOrder, "a client orders", 10},
    Row{Deed::kOrderTyped, "a client orders with a username", 5, "", &Hazards::typed_logins},
    Row{Deed::kCancel, "an unpaid order is cancelled", 2},
    Row{Deed::kChangeUnpaid, "an unpaid order is changed", 2, "setparam"},
    Row{Deed::kPay, "a client pays", 14, "open"},
    Row{Deed::kSuspend, "a service is suspended", 6, "suspend"},
    Row{Deed::kResume, "a service is resumed", 7, "resume"},
    Row{Deed::kClose, "a service is closed", 9, "close"},
    Row{Deed::kReopen, "a closed service is bought back", 4, "reopen"},
    Row{Deed::kRemoveRow, "the row of a closed service is removed", 1},
    Row{Deed::kChangeQuota, "a tariff is changed", 5, "setparam"},
    Row{Deed::kEndByHand, "staff end an operation by hand", 1},
    Row{Deed::kPassOnLogin,
        "staff give a closed service's login to a new one",
        4,
        "",
        &Hazards::passed_on_logins},
    Row{Deed::kOpenedByHand, "staff open an order by hand", 6, "open", &Hazards::by_hand},
    Row{Deed::kRowLost, "the row of a service vanishes", 5, "", &Hazards::lost_rows},
    Row{Deed::kRowBack, "a vanished row is back", 5, "", &Hazards::lost_rows},
    Row{Deed::kMistyped, "staff mistype a username", 4, "", &Hazards::rough_rows},
    Row{Deed::kModuleOut, "a service's module is taken out", 4, "", &Hazards::rough_rows},
    Row{Deed::kRenamed, "staff give a service another username", 3, "", &Hazards::rough_rows},
    Row{Deed::kMadeRight, "staff make a row right again", 8, "", &Hazards::rough_rows},
    Row{Deed::kClientLogsIn, "a client logs in", 4},
    Row{Deed::kClientChangesPassword, "a client changes the password", 3},
    Row{Deed::kStrangerMakesAccount, "a stranger makes an account", 2},
    Row{Deed::kStaffTakesLogin, "staff make an account of a deleted login", 2},
    Row{Deed::kStaffDisables, "staff disable an account", 2},
    Row{Deed::kStaffEnables, "staff enable an account", 2},
    Row{Deed::kStaffSetsQuota, "staff set a quota", 2},
    Row{Deed::kStaffDeletes, "staff delete an account", 1},
    Row{Deed::kCloudGoes, "the cloud goes away", 2},
    Row{Deed::kCloudComesBack, "the cloud is back", 6},
    Row{Deed::kMaintenance, "the cloud is in maintenance", 1},
    Row{Deed::kMaintenanceEnds, "the maintenance ends", 3},
    Row{Deed::kThrottled, "the cloud takes no more changes", 1},
    Row{Deed::kThrottledNoMore, "the cloud takes changes again", 3},
    Row{Deed::kPanelGoes, "the panel's database goes away", 1},
    Row{Deed::kPanelComesBack, "the panel's database is back", 6},
    Row{Deed::kApiGoes, "the panel's API goes away", 2},
    Row{Deed::kApiComesBack, "the panel's API is back", 6},
    Row{Deed::kHalfReadings, "readings of the cloud break off", 1},
    Row{Deed::kWholeReadings, "readings of the cloud are whole again", 6},
    Row{Deed::kHalfPanel, "readings of the panel break off", 1},
    Row{Deed::kWholePanel, "readings of the panel are whole again", 6},
    Row{Deed::kRestart, "the service is restarted", 2},
    Row{Deed::kKill, "the service is killed", 3},
    Row{Deed::kReload, "the configuration is read again", 1},
    Row{Deed::kBackups, "backups are made of all", 2},
    Row{Deed::kPanelRestored,
        "the panel is restored from its backup",
        1,
        "",
        &Hazards::panel_restored},
    Row{Deed::kCloudRestored,
        "the cloud is restored from its backup",
        3,
        "",
        &Hazards::cloud_restored},
    Row{Deed::kStoreRestored,
        "the event store is restored from its backup",
        3,
        "",
        &Hazards::store_restored},
    Row{Deed::kStoreLost, "the event store is lost", 1, "", &Hazards::store_restored},
    Row{Deed::kOtherTakesOver, "another controller takes over", 4, "", &Hazards::two_controllers},
    Row{Deed::kOtherCloud, "another cloud answers at the address", 2, "", &Hazards::other_cloud},
    Row{Deed::kRightCloud, "the right cloud answers again", 5, "", &Hazards::other_cloud},
    Row{Deed::kClockSet, "somebody sets the clock", 2, "", &Hazards::clock},
    Row{Deed::kClockRight, "the clock is right again", 3, "", &Hazards::clock},
    Row{Deed::kPauses, "an operator pauses", 5, "", &Hazards::levers},
    Row{Deed::kPauseEnds, "an operator ends the pauses", 4, "", &Hazards::levers},
    Row{Deed::kKeeps, "an operator keeps a closed account", 5, "", &Hazards::levers},
    Row{Deed::kSaysRight, "a person says that all is right", 1},
    Row{Deed::kNothing, "nobody does anything", 6},
};

constexpr bool rows_in_order() {
    for (std::size_t i = 0; i < kDeeds.size(); ++i) {
        if (static_cast<std::size_t>(kDeeds[i].deed) != i) {
            return false;
        }
    }
    return true;
}

static_assert(rows_in_order());

struct HazardRow {
    std::string_view name;
    bool Hazards::*asked;
};

// By names. A story is told by its seed as before when one is added at the end.
constexpr std::array kHazards = {
    HazardRow{"during-calls", &Hazards::people_during_calls},
    HazardRow{"typed-logins", &Hazards::typed_logins},
    HazardRow{"passed-on-logins", &Hazards::passed_on_logins},
    HazardRow{"used-ids", &Hazards::used_ids},
    HazardRow{"two-modules", &Hazards::two_modules},
    HazardRow{"clock", &Hazards::clock},
    HazardRow{"unwatched", &Hazards::unwatched},
    HazardRow{"other-cloud", &Hazards::other_cloud},
    HazardRow{"cloud-restored", &Hazards::cloud_restored},
    HazardRow{"panel-restored", &Hazards::panel_restored},
    HazardRow{"store-restored", &Hazards::store_restored},
    HazardRow{"stranger-in-doubt", &Hazards::stranger_in_doubt},
    HazardRow{"shifted-pages", &Hazards::shifted_pages},
    HazardRow{"by-hand", &Hazards::by_hand},
    HazardRow{"lost-rows", &Hazards::lost_rows},
    HazardRow{"long-waits", &Hazards::long_waits},
    HazardRow{"rough-rows", &Hazards::rough_rows},
    HazardRow{"two-controllers", &Hazards::two_controllers},
    HazardRow{"tight-limits", &Hazards::tight_limits},
    HazardRow{"levers", &Hazards::levers},
};

bool fits(const Row& row, const Hazards& hazards) {
    return row.hazard == nullptr || hazards.*row.hazard;
}

Deed any_deed(Dice& dice, const Hazards& hazards) {
    std::uint64_t sum = 0;
    for (const Row& row : kDeeds) {
        sum += fits(row, hazards) ? row.weight : 0;
    }
    std::uint64_t at = dice.below(sum);
    for (const Row& row : kDeeds) {
        const std::uint32_t weight = fits(row, hazards) ? row.weight : 0;
        if (at < weight) {
            return row.deed;
        }
        at -= weight;
    }
    return Deed::kNothing;
}

// Mostly seconds and minutes; now and then hours or weeks.
Duration any_pause(Dice& dice, bool long_one) {
    using namespace std::chrono_literals;
    const std::uint64_t kind = dice.below(100);
    if (kind < 45) {
        return dice.up_to(20s);
    }
    if (kind < 85) {
        return dice.up_to(10min);
    }
    if (kind < 95 && !long_one) {
        return dice.up_to(2h);
    }
    return dice.up_to(long_one ? Duration(24h * 80) : Duration(24h * 5));
}

}  // namespace

std::string_view to_string(Deed deed) {
    return kDeeds[static_cast<std::size_t>(deed)].name;
}

std::string_view command_of(Deed deed) {
    return kDeeds[static_cast<std::size_t>(deed)].command;
}

bool ask_for(Hazards& hazards, std::string_view names) {
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(','));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        bool known = name == "all" || name == "none";
        for (const HazardRow& row : kHazards) {
            if (name == "all" || name == row.name) {
                hazards.*row.asked = true;
                known = true;
            }
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

std::string hazard_names() {
    std::string text;
    for (const HazardRow& row : kHazards) {
        text += " " + std::string(row.name);
    }
    return text;
}

History make_history(std::uint64_t seed, const std::optional<Hazards>& asked) {
    using namespace std::chrono_literals;
    Dice dice(seed);
    History history;
    history.seed = seed;
    constexpr std::size_t kFirstHazards = 13;  // drawn beside all else that the seed says
    constexpr std::size_t kNextHazards = 18;
    Dice later(seed ^ 0x1a7e5U);
    Dice latest(seed ^ 0x1a7e57U);
    for (std::size_t i = 0; i < kHazards.size(); ++i) {
        Dice& drawn_by = i < kFirstHazards ? dice : i < kNextHazards ? later : latest;
        history.hazards.*kHazards[i].asked = drawn_by.one_in(6);
    }
    history.hazards = asked.value_or(history.hazards);
    const Hazards& hazards = history.hazards;
    history.stores_5 = dice.one_in(2);
    const bool long_one = dice.one_in(20);
    if (!dice.one_in(4)) {  // one in four has no faults but those that people make
        for (std::uint32_t* rate :
             {&history.rates.lost_request,
              &history.rates.lost_answer,
              &history.rates.late_effect,
              &history.rates.failed_read,
              &history.rates.dies_in_call,
              &history.rates.dies_in_commit,
              &history.rates.disk_full,
              &history.rates.lost_panel_request,
              &history.rates.lost_panel_answer,
              &history.rates.comes_twice,
              &history.rates.forbidden_after,
              &history.rates.missed_account}) {
            constexpr std::array<std::uint32_t, 6> kOften = {0, 0, 3, 8, 20, 60};
            *rate = kOften[dice.below(kOften.size())];
        }
    }
    history.rates.mail_link = static_cast<std::uint32_t>(dice.below(4));
    history.rates.bought_back = static_cast<std::uint32_t>(dice.below(4));
    if (hazards.long_waits && history.rates.bought_back == 0) {
        history.rates.bought_back = 1;
    }
    if (!hazards.shifted_pages) {
        history.rates.missed_account = 0;
    }
    if (hazards.stranger_in_doubt) {
        history.rates.stranger_in_doubt = static_cast<std::uint32_t>(dice.below(4));
    }
    history.two_modules = hazards.two_modules && dice.one_in(2);
    history.opened_before = static_cast<std::uint32_t>(dice.one_in(3) ? 1 + dice.below(3) : 0);
    const std::size_t steps = 20 + dice.below(60);
    for (std::size_t i = 0; i < steps; ++i) {
        const Deed deed = any_deed(dice, hazards);
        const std::uint64_t pick = dice.below(1U << 30U);
        history.steps.push_back({deed, pick, any_pause(dice, long_one)});
    }
    for (Step& step : history.steps) {
        if (hazards.long_waits && later.one_in(10)) {
            step.then = later.up_to(24h * 4);
        }
    }
    history.calm = long_one ? Duration(24h * 60) : Duration(24h * 5);
    return history;
}

}  // namespace bn::sim
