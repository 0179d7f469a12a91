// What clients and staff do.
#include <algorithm>

#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {
namespace {

const std::vector<std::int64_t> kSizes = {1'000'000'000, 5'368'709'120, 1'500'000'000};

}  // namespace

template <class Fits>
ItemId Simulation::pick_item(std::uint64_t pick, Fits fits) {
    std::vector<ItemId> fitting;
    for (const auto& [id, item] : panel_.items) {
        if (fits(item)) {
            fitting.push_back(id);
        }
    }
    return fitting.empty() ? ItemId() : fitting[pick % fitting.size()];
}

void Simulation::of_panel(Deed deed, ItemId id, std::uint64_t pick) {
    if (id.value == 0) {
        return;
    }
    say(fmt::format("-- {}: item {}", to_string(deed), id.value));
    if (deed == Deed::kRemoveRow) {
        panel_.items.erase(id);
        return;
    }
    if (deed == Deed::kChangeQuota) {
        panel_.items.at(id).quota = Quota::bytes(kSizes[pick / 7 % kSizes.size()]);
    }
    panel_.begin(id, std::string(command_of(deed)));
}

void Simulation::of_account(Deed deed, const std::string& login, std::uint64_t pick) {
    SimAccount* account = cloud_.find(login);
    if (account == nullptr) {
        return;
    }
    say(fmt::format("-- {}: {}", to_string(deed), login));
    if (deed == Deed::kClientLogsIn || deed == Deed::kClientChangesPassword) {
        account->clients_own = true;
        account->shown.logged_in_before = true;
        account->shown.has_files = true;
        if (deed == Deed::kClientChangesPassword) {
            account->password = fmt::format("own-{}", pick);
        }
        return;
    }
    touched_[login] = now_;
    if (deed == Deed::kStaffDisables) {
        account->shown.enabled = false;
        account->disabled_since = account->disabled_since.value_or(now_);
    } else if (deed == Deed::kStaffEnables) {
        account->shown.enabled = true;
        account->disabled_since.reset();
    } else if (deed == Deed::kStaffSetsQuota) {
        account->shown.quota = Quota::bytes(static_cast<std::int64_t>(pick % 9) * 1'000'000'000);
    } else if (deed == Deed::kStaffDeletes) {
        cloud_.accounts.erase(login_key(login));
    }
}

void Simulation::switch_side(Deed deed) {
    say(fmt::format("-- {}", to_string(deed)));
    switch (deed) {
        case Deed::kCloudGoes:
        case Deed::kCloudComesBack:
            cloud_away_ = deed == Deed::kCloudGoes;
            break;
        case Deed::kPanelGoes:
        case Deed::kPanelComesBack:
            panel_away_ = deed == Deed::kPanelGoes;
            break;
        case Deed::kApiGoes:
        case Deed::kApiComesBack:
            api_away_ = deed == Deed::kApiGoes;
            break;
        case Deed::kHalfReadings:
        case Deed::kWholeReadings:
            half_readings_ = deed == Deed::kHalfReadings;
            break;
        case Deed::kRestart:
            stop();
            start();
            break;
        case Deed::kKill:
            end_process();
            start();
            break;
        default:
            break;
    }
}

// Of whose account: a client's who is let in with the password that he reads in the panel; for
// staff any one that was sold.
std::string Simulation::pick_login(const Step& step) {
    const bool client =
        step.deed == Deed::kClientLogsIn || step.deed == Deed::kClientChangesPassword;
    const ItemId id = pick_item(step.pick, [&](const SimItem& item) {
        const SimAccount* account = cloud_.find(item.username);
        return client ? item.status == 2 && item.password && account != nullptr &&
                            account->shown.enabled && account->maker.value != 0 &&
                            account->password == item.password->reveal()
                      : item.status != 1;
    });
    return id.value == 0 ? std::string() : SimPanel::login_of(id, panel_.items.at(id));
}

void Simulation::do_deed(const Step& step) {
    const auto idle = [](int status) {
        return [status](const SimItem& item) {
            return item.status == status && item.operations.empty();
        };
    };
    switch (step.deed) {
        case Deed::kOrder:
            if (panel_.items.size() < 8) {
                const ItemId id(next_item_++);
                panel_.items[id].quota = Quota::bytes(kSizes[step.pick % kSizes.size()]);
                say(fmt::format("-- {}: item {}", to_string(step.deed), id.value));
            }
            return;
        case Deed::kPay:
            return of_panel(step.deed, pick_item(step.pick, idle(1)), step.pick);
        case Deed::kSuspend:
        case Deed::kChangeQuota:
            return of_panel(step.deed, pick_item(step.pick, idle(2)), step.pick);
        case Deed::kResume:
            return of_panel(step.deed, pick_item(step.pick, idle(3)), step.pick);
        case Deed::kReopen:
            return of_panel(step.deed, pick_item(step.pick, idle(4)), step.pick);
        case Deed::kClose:
            return of_panel(
                step.deed, pick_item(step.pick, idle(step.pick % 2 == 0 ? 2 : 3)), step.pick
            );
        case Deed::kRemoveRow:
            return of_panel(step.deed, pick_item(step.pick, idle(4)), step.pick);
        case Deed::kClientLogsIn:
        case Deed::kClientChangesPassword:
        case Deed::kStaffDisables:
        case Deed::kStaffEnables:
        case Deed::kStaffSetsQuota:
        case Deed::kStaffDeletes:
            return of_account(step.deed, pick_login(step), step.pick);
        case Deed::kStrangerMakesAccount: {
            // A name that no service has had so far.
            const std::string login = fmt::format("user_{}", next_item_ + step.pick % 3);
            if (cloud_.find(login) == nullptr) {
                say(fmt::format("-- {}: {}", to_string(step.deed), login));
                cloud_.make(login);
            }
            return;
        }
        default:
            return switch_side(step.deed);
    }
}

}  // namespace bn::sim
