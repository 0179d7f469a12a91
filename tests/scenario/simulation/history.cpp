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
    std::uint32_t weight;           // how often, beside the others
    std::string_view command = {};  // of the operation that it begins in the panel
};

constexpr std::array kDeeds = {
    Row{Deed::kOrder, "a client orders", 10},
    Row{Deed::kPay, "a client pays", 14, "open"},
    Row{Deed::kSuspend, "a service is suspended", 6, "suspend"},
    Row{Deed::kResume, "a service is resumed", 7, "resume"},
    Row{Deed::kClose, "a service is closed", 5, "close"},
    Row{Deed::kReopen, "a closed service is bought back", 3, "reopen"},
    Row{Deed::kRemoveRow, "staff remove a row of the panel", 1},
    Row{Deed::kChangeQuota, "a client buys another size", 6, "setparam"},
    Row{Deed::kClientLogsIn, "a client logs in", 6},
    Row{Deed::kClientChangesPassword, "a client changes his password", 2},
    Row{Deed::kStrangerMakesAccount, "staff make an account in the cloud", 2},
    Row{Deed::kStaffDisables, "staff disable an account", 2},
    Row{Deed::kStaffEnables, "staff enable an account", 2},
    Row{Deed::kStaffSetsQuota, "staff set a quota", 2},
    Row{Deed::kStaffDeletes, "staff delete an account", 1},
    Row{Deed::kCloudGoes, "the cloud goes away", 2},
    Row{Deed::kCloudComesBack, "the cloud is back", 6},
    Row{Deed::kPanelGoes, "the panel's database goes away", 1},
    Row{Deed::kPanelComesBack, "the panel's database is back", 6},
    Row{Deed::kApiGoes, "the panel's API goes away", 2},
    Row{Deed::kApiComesBack, "the panel's API is back", 6},
    Row{Deed::kHalfReadings, "readings of the cloud break off", 1},
    Row{Deed::kWholeReadings, "readings of the cloud are whole again", 6},
    Row{Deed::kRestart, "the service is restarted", 2},
    Row{Deed::kKill, "the service is killed", 3},
    Row{Deed::kNothing, "nobody does anything", 6},
};

struct HazardRow {
    std::string_view name;
    bool Hazards::*asked;
};

constexpr std::array kHazards = {
    HazardRow{"during-calls", &Hazards::people_during_calls},
};

Deed any_deed(Dice& dice) {
    std::uint64_t sum = 0;
    for (const Row& row : kDeeds) {
        sum += row.weight;
    }
    std::uint64_t at = dice.below(sum);
    for (const Row& row : kDeeds) {
        if (at < row.weight) {
            return row.deed;
        }
        at -= row.weight;
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
    if (kind < 97 && !long_one) {
        return dice.up_to(2h);
    }
    return dice.up_to(long_one ? Duration(24h * 20) : Duration(24h * 2));
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
        bool known = name == "all";
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

History make_history(std::uint64_t seed, const Hazards& hazards) {
    using namespace std::chrono_literals;
    Dice dice(seed);
    History history;
    history.seed = seed;
    history.hazards = hazards;
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
              &history.rates.lost_panel_answer}) {
            constexpr std::array<std::uint32_t, 6> kOften = {0, 0, 3, 8, 20, 60};
            *rate = kOften[dice.below(kOften.size())];
        }
    }
    const std::size_t steps = 20 + dice.below(60);
    for (std::size_t i = 0; i < steps; ++i) {
        const Deed deed = any_deed(dice);
        const std::uint64_t pick = dice.below(1U << 30U);
        history.steps.push_back({deed, pick, any_pause(dice, long_one)});
    }
    history.calm = long_one ? Duration(24h * 60) : Duration(24h * 3);
    return history;
}

}  // namespace bn::sim
