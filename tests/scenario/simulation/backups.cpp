// What is made of backups, and what takes the place of another.
#include <utility>

#include "reconciler/decide/action.hpp"
#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {

// With this row, and what else may still be known, nobody will know the password again.
void Simulation::password_lost(ItemId id, const SimItem& row) {
    const SimAccount* renamed = row.former.empty() ? nullptr : cloud_.find(row.former);
    if (renamed != nullptr) {
        passwords_lost_.insert({id, renamed->born});  // nobody knows that it was the service's
    }
    const SimAccount* account = cloud_.find(panel_.login_of(id, row));
    if (account != nullptr && (!row.password || row.password->reveal() != account->password)) {
        passwords_lost_.insert({id, account->born});
    }
}

void Simulation::restore_panel() {
    for (const auto& [id, item] : panel_.items) {
        row_changed_[id] = now_;
    }
    for (const auto& [id, item] : backup_.panel.items) {
        password_lost(id, item);
    }
    panel_ = backup_.panel;
    panel_.stores_5 = history_.stores_5;
    panel_.two_modules = history_.two_modules;
    panel_.complete = true;
    panel_restored_at_ = now_;
    for (const auto& [id, item] : panel_.items) {
        row_changed_[id] = now_;
        sales_[id] = item.sale;
    }
}

void Simulation::restore_cloud(bool declared) {
    for (const SimCloud* one : {&std::as_const(cloud_), &std::as_const(backup_.cloud)}) {
        for (const auto& [key, account] : one->accounts) {
            touched_[key] = now_;
        }
    }
    for (const auto& [key, account] : backup_.cloud.accounts) {
        const SimAccount* present = cloud_.find(key);
        if (present == nullptr || present->password != account.password) {
            passwords_lost_.insert({account.maker, account.born});  // the panel has the newer one
            if (present != nullptr) {
                passwords_lost_.insert({present->maker, account.born});  // as under its login
            }
        }
    }
    const SimCloud present = std::exchange(cloud_, backup_.cloud);
    for (auto& [key, account] : cloud_.accounts) {
        const auto was = present.accounts.find(key);
        if (was != present.accounts.end() && was->second.born != account.born) {
            back_.insert(account.born);
        }
        if (!declared && back_.contains(account.born)) {
            back_unsaid_.insert(account.born);
        }
        if (was != present.accounts.end() &&
            (was->second.disabled_since || was->second.enabled_unseen)) {
            account.watched = was->second.watched;
            const std::optional<Time> since = was->second.disabled_since
                                                  ? was->second.disabled_since
                                                  : was->second.enabled_unseen;
            account.enabled_unseen = account.disabled_since ? std::nullopt : since;
        }
    }
    if (declared) {
        cloud_.fingerprint = fmt::format("restored at {}", format_time(now_));
    }
}

void Simulation::restore_store(const SimStore::Backup& from) {
    end_process();
    store_lost_ = true;
    instead_.reset();  // who knows nothing any more cannot tell it from the right one
    for (const auto& [id, item] : panel_.items) {
        password_lost(id, item);  // on its way to the panel
    }
    store_.restore(from, wall());
    intents_.clear();
    taken_.clear();
    start();
}

// Somebody else has the login of a service's account by now; the events that could tell are those
// that a backup of the store lacks.
void Simulation::take_name(std::uint64_t pick) {
    const auto known = [this](const SimItem& item) {
        const Ledger& then = backup_.store.ledger;
        const LedgerItem* owner = then.owner_of(item.server, login_key(item.username));
        return owner != nullptr && owns(*owner) && sale_of(owner->item) == item.sale;
    };
    const ItemId id = pick_item(pick, [&](const SimItem& item) {
        const SimAccount* account = cloud_.find(item.username);
        return item.paid && account != nullptr && account->sale == item.sale && known(item);
    });
    if (id.value != 0) {
        name_taken_ = true;
        const std::string login = panel_.items.at(id).username;
        of_account(Deed::kStaffDeletes, login, 0);
        stranger_makes(login);
    }
}

// What is made of backups, and what takes the place of another.
void Simulation::of_backups(const Step& step) {
    const bool restores = step.deed == Deed::kPanelRestored || step.deed == Deed::kCloudRestored ||
                          step.deed == Deed::kStoreRestored;
    // Before anything is ours there, and known for it, whoever answers may be the right one.
    const Ledger& ledger = process_->journal.ledger();
    const bool known =
        std::ranges::any_of(
            cloud_.accounts, [](const auto& account) { return account.second.sale != 0; }
        ) &&
        std::ranges::all_of(panel_.servers(), [&ledger](ServerId id) {
            return ledger.server(id) != nullptr && !ledger.server(id)->identity.empty() &&
                   (ledger.owned_count(id) > 0 || !doubts_of(ledger, id).empty());
        });
    // Without any store, what the panel says of a name is believed.
    if ((restores && backup_.cloud.accounts.empty()) ||
        ((step.deed == Deed::kStoreLost || step.deed == Deed::kOtherTakesOver) && name_taken_) ||
        (step.deed == Deed::kOtherCloud && !known)) {
        return;
    }
    tell_deed(step.deed);
    if (step.deed == Deed::kBackups) {
        backup_ = {panel_, cloud_, store_.backup()};
        return;
    }
    people_asked_ = true;
    switch (step.deed) {
        case Deed::kPanelRestored:
            restore_panel();
            break;
        case Deed::kCloudRestored:
            restore_cloud(step.pick % 2 == 0);
            break;
        case Deed::kStoreRestored:
            if (step.pick % 2 == 0) {
                take_name(step.pick / 2);
            }
            restore_store(backup_.store);
            break;
        case Deed::kStoreLost:
            restore_store(SimStore::Backup());
            break;
        case Deed::kOtherTakesOver:
            restore_store(std::exchange(other_store_, store_.backup()));
            break;
        case Deed::kOtherCloud:
            instead_.emplace();
            if (step.pick % 2 == 0) {
                *instead_ = cloud_;  // a staging copy
            } else {
                instead_->make("admin").shown.admin = true;
            }
            instead_->identity = fmt::format("oc-another-{}", step.pick % 5);
            break;
        default:
            break;
    }
}

}  // namespace bn::sim
