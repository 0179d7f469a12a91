// What clients, staff and strangers do, and what happens to machines.
#include <algorithm>
#include <array>

#include "reconciler/decide/action.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/server.hpp"
#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {
namespace {

using namespace std::chrono_literals;

const std::vector<std::int64_t> kSizes = {1'000'000'000, 5'368'709'120, 1'500'000'000};

// As a module's call would end it.
std::string function_of(const std::string& command) {
    return command == "open" ? "backupservice.open" : "service.post" + command;
}

bool idle(const SimItem& item, int status) {
    return item.status == status && item.operations.empty();
}

}  // namespace

void Simulation::tell_deed(Deed deed, const std::string& what) {
    ++ending_.faults[std::string(to_string(deed))];
    if (tell_) {
        say(fmt::format("-- {}{}{}", to_string(deed), what.empty() ? "" : ": ", what));
    }
}

void Simulation::row_changes(ItemId id) {
    row_changed_[id] = now_;
    ++panel_.history;
}

void Simulation::of_panel(Deed deed, ItemId id, std::uint64_t pick) {
    if (id.value == 0) {
        return;
    }
    tell_deed(deed, fmt::format("item {}", id.value));
    row_changes(id);
    if (deed == Deed::kRemoveRow) {
        panel_.items.erase(id);
        return;
    }
    SimItem& item = panel_.items.at(id);
    if (deed == Deed::kCancel) {
        item.status = 4;
        return;
    }
    if (deed == Deed::kChangeQuota) {
        item.quota = Quota::bytes(kSizes[pick / 7 % kSizes.size()]);
    }
    panel_.begin(id, std::string(command_of(deed)));
}

// An earlier module has opened it; its account is to be adopted.
void Simulation::opened_before_us() {
    const ItemId id(panel_.next_item++);
    SimItem& item = panel_.items[id];
    item.sale = ++orders_;
    item.client = id.value % 3 + 1;
    item.status = 2;
    item.paid = true;
    item.quota = Quota::bytes(kSizes[id.value % kSizes.size()]);
    item.username = fmt::format("user_{}", id.value);
    item.password = Secret("of before");
    sales_[id] = item.sale;
    clients_[item.sale] = item.client;
    SimAccount& account = cloud_.make(item.username);
    account.maker = id;
    account.server = item.server;
    account.sale = item.sale;
    account.earlier = true;
    account.password = "of before";
    account.shown.quota = canonical(item.quota);
    account.shown.email = SimPanel::email_of(item.client);
}

// With a username of the client's choice: an order that was never paid, or a service that was
// opened by hand.
void Simulation::closed_before_us(const std::string& username, bool opened) {
    const ItemId id(panel_.next_item++);
    SimItem& item = panel_.items[id];
    item.sale = ++orders_;
    item.client = 3;
    item.paid = opened;
    if (opened) {
        opened_by_hand_.insert(id);
    }
    item.status = 4;
    item.username = username;
    sales_[id] = item.sale;
    clients_[item.sale] = item.client;
}

ItemId Simulation::order(const Step& step, const std::string& username) {
    constexpr std::size_t kMostItems = 8;
    if (panel_.items.size() >= kMostItems) {
        return {};
    }
    // The panel numbers on; a panel that came back from a backup counts from there.
    ItemId id(panel_.next_item);
    while (!history_.hazards.used_ids && sales_.contains(id)) {
        id = ItemId(++panel_.next_item);
    }
    ++panel_.next_item;
    if (history_.hazards.used_ids && step.pick % 3 == 0) {
        for (const auto& [old, sale] : sales_) {
            id = panel_.items.contains(old) ? id : old;
        }
        const ItemId closed = pick_item(step.pick / 3, [](const SimItem& i) { return idle(i, 4); });
        if (!sales_.contains(id) && closed.value != 0) {
            of_panel(Deed::kRemoveRow, closed, 0);
            id = closed;
        }
        people_asked_ = people_asked_ || sales_.contains(id);
    }
    people_asked_ = people_asked_ || sales_.contains(id);
    SimItem& item = panel_.items[id];
    item.sale = ++orders_;
    item.client = static_cast<std::uint32_t>(step.pick / 11 % 3 + 1);
    item.server = ServerId(panel_.two_modules && step.pick % 2 == 1 ? 2 : 1);
    item.quota = Quota::bytes(kSizes[step.pick % kSizes.size()]);
    item.username = username;
    sales_[id] = item.sale;
    clients_[item.sale] = item.client;
    row_changes(id);
    tell_deed(
        step.deed,
        fmt::format(
            "item {} of client {} on server {}{}{}",
            id.value,
            item.client,
            item.server.value,
            username.empty() ? "" : ", username ",
            username
        )
    );
    return id;
}

// To a controller that reads for the first time an earlier module has opened what is open.
bool Simulation::never_read(ServerId server) const {
    const LedgerServer* seen = process_->journal.ledger().server(server);
    return seen == nullptr || seen->complete_passes == 0;
}

// The staff open an order by hand under the login that its client typed: nobody made that account
// for it.
void Simulation::open_by_hand(const Step& step) {
    const ItemId other = pick_item(step.pick / 7, [](const SimItem& item) {
        return item.status != 1 && item.paid && !item.username.empty();
    });
    if (std::ranges::any_of(panel_.servers(), [this](ServerId id) { return never_read(id); })) {
        return;
    }
    const bool anothers = step.pick % 4 != 0 && other.value != 0;
    const ItemId id =
        order({Deed::kOrder, step.pick, {}}, anothers ? panel_.items.at(other).username : "ceo");
    if (id.value == 0) {
        return;
    }
    people_asked_ = true;
    opened_by_hand_.insert(id);
    of_panel(step.deed, id, step.pick);
    SimPanel::end(panel_.items.at(id), function_of("open"));
}

// Somebody removes the row of a service by mistake, or brings it back.
void Simulation::of_rows(const Step& step) {
    if (step.deed == Deed::kRowBack) {
        if (!lost_rows_.empty()) {
            row_is_back(lost_rows_.begin()->first);
        }
        return;
    }
    const ItemId id = pick_item(step.pick, [](const SimItem& item) {
        return item.paid && item.operations.empty();
    });
    // One that was back for a moment that nobody saw has been gone all the time.
    const LedgerItem* known = process_->journal.ledger().item(id);
    if (id.value != 0 && (known == nullptr || !known->vanished_at_pass)) {
        tell_deed(step.deed, fmt::format("item {}", id.value));
        lost_rows_[id] = panel_.items.at(id);
        panel_.items.erase(id);
        row_changed_[id] = now_;
    }
}

// Unless its number is another order's by now.
void Simulation::row_is_back(ItemId id) {
    const auto lost = lost_rows_.find(id);
    if (!panel_.items.contains(id) && sales_[id] == lost->second.sale) {
        tell_deed(Deed::kRowBack, fmt::format("item {}", id.value));
        password_lost(id, lost->second);  // what the panel was told meanwhile it does not have
        panel_.items.emplace(id, std::move(lost->second));
        row_changed_[id] = now_;
    }
    lost_rows_.erase(lost);
}

// The staff give a new service the login of a closed one, so that a client keeps his files, and
// mostly open it by hand.
void Simulation::pass_on_login(const Step& step, ItemId from) {
    if (from.value == 0) {
        return;
    }
    const auto waiting = [&] {
        return pick_item(step.pick / 3, [](const SimItem& item) {
            return idle(item, 1) && item.username.empty();
        });
    };
    if (waiting().value == 0) {
        order({Deed::kOrder, step.pick, {}}, "");
    }
    const ItemId fresh = waiting();
    if (fresh.value == 0) {
        return;
    }
    SimItem& item = panel_.items.at(fresh);
    item.username = panel_.items.at(from).username;
    item.server = panel_.items.at(from).server;
    if (step.pick % 2 == 0) {
        item.client = panel_.items.at(from).client;
        clients_[item.sale] = item.client;
    }
    passed_on_.insert({fresh, login_key(item.username)});
    people_asked_ = true;
    row_changes(fresh);
    tell_deed(Deed::kPassOnLogin, fmt::format("item {} gets {}", fresh.value, item.username));
    panel_.begin(fresh, "open");
    if (step.pick % 5 != 0 && !never_read(item.server)) {
        opened_by_hand_.insert(fresh);
        SimPanel::end(item, function_of("open"));
    }
}

// A row loses its module or its login, or gets another login, and is made right again.
void Simulation::rough_row(const Step& step) {
    const bool mends = step.deed == Deed::kMadeRight;
    const ItemId id = pick_item(step.pick, [mends](const SimItem& item) {
        const bool rough = !item.flaw.empty() || item.on_no_server || !item.former.empty();
        return mends ? rough : !rough && !item.username.empty();
    });
    if (id.value == 0) {
        return;
    }
    // Of an account under another name than its row's, only who has made or taken it over knows.
    const LedgerItem* known = process_->journal.ledger().item(id);
    if (step.deed == Deed::kRenamed && (known == nullptr || !owns(*known))) {
        return;
    }
    people_asked_ = true;
    SimItem& item = panel_.items.at(id);
    if (mends) {
        item.flaw.clear();
        item.on_no_server = false;
        item.username = item.former.empty() ? item.username : item.former;
        item.former.clear();
    } else if (step.deed == Deed::kMistyped) {
        static const std::vector<std::string> kFlaws = {" ", ";", "\u00a0", "\t"};
        item.flaw = kFlaws[step.pick / 7 % kFlaws.size()];
    } else if (step.deed == Deed::kModuleOut) {
        item.on_no_server = true;
    } else {
        const ItemId other =
            pick_item(step.pick / 7, [](const SimItem& i) { return !i.username.empty(); });
        const bool taken = step.pick / 49 % 2 == 0 && other != id;
        renamed_.insert(id);
        item.former = std::exchange(
            item.username,
            taken ? panel_.items.at(other).username : fmt::format("renamed_{}", step.pick % 3)
        );
    }
    row_changes(id);
    tell_deed(step.deed, fmt::format("item {}: '{}{}'", id.value, item.username, item.flaw));
}

void Simulation::end_by_hand(const Step& step) {
    const ItemId id =
        pick_item(step.pick, [](const SimItem& item) { return !item.operations.empty(); });
    if (id.value == 0) {
        return;
    }
    SimItem& item = panel_.items.at(id);
    const std::string command = item.operations.front().command;
    if ((command == "open" || command == "reopen") && never_read(item.server)) {
        return;
    }
    tell_deed(step.deed, fmt::format("{} of item {}", command, id.value));
    row_changes(id);
    if (command == "open") {
        opened_by_hand_.insert(id);
    }
    SimPanel::end(item, function_of(command));
}

// True: it was a deed of the panel.
bool Simulation::of_orders(const Step& step) {
    const auto at = [&](int status) {
        return pick_item(step.pick, [status](const SimItem& item) { return idle(item, status); });
    };
    switch (step.deed) {
        case Deed::kOrder:
            order(step, "");
            return true;
        case Deed::kOrderTyped: {
            const std::vector<std::string> wishes = {
                "ceo",
                "office",
                fmt::format("user_{}", 1 + step.pick / 5 % (panel_.next_item + 1)),
                fmt::format("USER_{}", 1 + step.pick / 5 % (panel_.next_item + 1))};
            people_asked_ = true;
            order(step, wishes[step.pick % wishes.size()]);
            return true;
        }
        case Deed::kCancel:
        case Deed::kChangeUnpaid:
        case Deed::kPay:
            // Without typed names no order is changed before it is paid.
            if (step.deed != Deed::kChangeUnpaid || history_.hazards.typed_logins) {
                people_asked_ = people_asked_ || step.deed == Deed::kChangeUnpaid;
                of_panel(step.deed, at(1), step.pick);
            }
            return true;
        case Deed::kSuspend:
        case Deed::kChangeQuota:
            of_panel(step.deed, at(2), step.pick);
            return true;
        case Deed::kResume:
            of_panel(step.deed, at(3), step.pick);
            return true;
        case Deed::kReopen:
            of_panel(
                step.deed,
                pick_item(step.pick, [](const SimItem& i) { return idle(i, 4) && i.paid; }),
                step.pick
            );
            return true;
        case Deed::kRemoveRow:
            of_panel(step.deed, at(4), step.pick);
            return true;
        case Deed::kClose: {
            const ItemId one = at(step.pick % 2 == 0 ? 2 : 3);
            of_panel(step.deed, one.value != 0 ? one : at(2), step.pick);
            return true;
        }
        default:
            return false;
    }
}

// True: the staff did it to the panel's rows.
bool Simulation::of_staff(const Step& step) {
    switch (step.deed) {
        case Deed::kEndByHand:
            end_by_hand(step);
            return true;
        case Deed::kPassOnLogin:
            pass_on_login(step, pick_item(step.pick, [](const SimItem& i) {
                              return i.status == 4 && i.paid && !i.username.empty() &&
                                     i.username != "office";
                          }));
            return true;
        case Deed::kOpenedByHand:
            open_by_hand(step);
            return true;
        case Deed::kRowLost:
        case Deed::kRowBack:
            of_rows(step);
            return true;
        case Deed::kMistyped:
        case Deed::kModuleOut:
        case Deed::kRenamed:
        case Deed::kMadeRight:
            rough_row(step);
            return true;
        default:
            return false;
    }
}

void Simulation::of_account(Deed deed, const std::string& login, std::uint64_t pick) {
    SimAccount* account = cloud_.find(login);
    if (account == nullptr) {
        return;
    }
    tell_deed(deed, login);
    if (deed == Deed::kClientLogsIn || deed == Deed::kClientChangesPassword) {
        account->clients_own = true;
        account->shown.last_login = now_;
        account->shown.has_files = true;
        account->shown.used = pick % 9 * 1'000'000'000;
        if (deed == Deed::kClientChangesPassword) {
            account->password = fmt::format("own-{}", pick);
        }
        return;
    }
    touched_[login_key(login)] = now_;
    if (deed == Deed::kStaffDisables) {
        account->shown.enabled = false;
        account->disabled_since =
            account->disabled_since.value_or(account->enabled_unseen.value_or(now_));
    } else if (deed == Deed::kStaffEnables && !account->shown.enabled) {
        account->shown.enabled = true;
        account->enabled_unseen = account->disabled_since;
        account->disabled_since.reset();
    } else if (deed == Deed::kStaffSetsQuota) {
        account->shown.quota = Quota::bytes(static_cast<std::int64_t>(pick % 9) * 1'000'000'000);
    } else if (deed == Deed::kStaffDeletes) {
        cloud_.accounts.erase(login_key(login));
    }
}

void Simulation::stranger_makes(const std::string& login) {
    if (cloud_.find(login) == nullptr) {
        tell_deed(Deed::kStrangerMakesAccount, login);
        touched_[login_key(login)] = now_;
        cloud_.make(login).shown.last_login = now_;
    }
}

// A name that is given away between two readings looks as it did before.
bool Simulation::known_to_be_gone(const std::string& login) const {
    return !login.empty() && !cloud_.accounts.contains(login_key(login)) &&
           std::ranges::none_of(process_->journal.ledger().items(), [&](const auto& entry) {
               return owns(entry.second) && login_key(entry.second.login) == login_key(login);
           });
}

// The cloud has sent him a link: he is in before the controller knows that there is an account.
void Simulation::client_uses_mail_link(const std::string& login) {
    SimAccount* account = cloud_.find(login);
    if (account == nullptr || !one_in(history_.rates.mail_link, "clients who came by mail")) {
        return;
    }
    say(fmt::format("the client sets the password of {} by the link in the mail", login));
    account->clients_own = true;
    account->shown.last_login = now_;
    account->password = fmt::format("own-of-{}", account->born);
}

// True: it was one.
bool Simulation::of_process(Deed deed) {
    switch (deed) {
        case Deed::kRestart:
            tell_deed(deed);
            stop();
            start();
            return true;
        case Deed::kKill:
            tell_deed(deed);
            end_process();
            start();
            return true;
        case Deed::kReload:
            tell_deed(deed);
            process_->parts.loop().when_quiet([process = process_.get()] {
                return process->parts.replace(process->sides());
            });
            return true;
        default:
            return false;
    }
}

void Simulation::people_record(std::vector<Event> events) {
    if (events.empty()) {
        return;
    }
    AppendRequest request;
    for (Event& event : events) {
        request.events.emplace_back(std::move(event));
    }
    request.correlation = "by hand";
    request.actor = {"operator", "root"};
    request.at = wall();
    static_cast<void>(store_.append_now(std::move(request)));
}

// Of what the controller doubts, once a look shows that it is as it should be.
void Simulation::say_that_all_is_right() {
    if (instead_ || clock_set_by_ != Duration{0} || !panel_.complete || half_readings_) {
        return;
    }
    tell_deed(Deed::kSaysRight);
    stop();
    const DesiredSnapshot panel = panel_.read(wall());
    CloudInfo cloud;
    cloud.identity = cloud_.identity;
    cloud.data_fingerprint = cloud_.fingerprint;
    people_record(accept_panel(store_.ledger(), panel));
    for (const DesiredServer& server : panel.servers) {
        people_record(accept_cloud(store_.ledger(), server.id, cloud));
        people_record(accept_readings(store_.ledger(), server.id));
        const LedgerServer* known = store_.ledger().server(server.id);
        if (known != nullptr && !known->stopped_plan.empty()) {
            people_record({approve_plan(server.id, known->stopped_plan)});
        }
    }
    say_whose_accounts_are();
    start();
}

// Those of services that the controller knows nothing of any more.
void Simulation::say_whose_accounts_are() {
    for (const auto& [id, item] : panel_.items) {
        const std::string login = panel_.login_of(id, item);
        const SimAccount* account = cloud_.find(login);
        const LedgerItem* known = store_.ledger().item(id);
        const bool settled = known != nullptr && (owns(*known) || !known->in_doubt.empty());
        if (item.paid && !settled && account != nullptr && account->sale == item.sale &&
            store_.ledger().owner_of(item.server, login_key(login)) == nullptr) {
            password_lost(id, item);  // it may be the one that was made while a disk was full
            people_record({AccountAdopted{
                id, item.server, login, "a person said that it is this service's"}});
        }
    }
}

// While a cloud is read, a client buys back what is about to be deleted, or the staff give its
// login to another service of his.
Task<void> Simulation::maybe_bought_back(Process& process) {
    if (!faults_ || history_.rates.bought_back == 0) {
        co_return;
    }
    const ItemId id = pick_item(0, [this](const SimItem& item) {
        const SimAccount* account = cloud_.find(item.username);
        return idle(item, 4) && item.paid && account != nullptr && account->sale == item.sale &&
               account->disabled_since && now_ - *account->disabled_since >= kRetention;
    });
    if (id.value == 0 || !one_in(history_.rates.bought_back, "bought back in the last moment")) {
        co_return;
    }
    ++calls_under_way_;
    co_await process.clock.sleep_until(process.clock.steady() + 1s, nullptr);
    if (panel_.items.contains(id) && idle(panel_.items.at(id), 4)) {
        if (history_.hazards.passed_on_logins && dice_.one_in(2)) {
            pass_on_login({Deed::kPassOnLogin, 2, {}}, id);
        } else {
            of_panel(Deed::kReopen, id, 0);
        }
    }
    co_await process.clock.sleep_until(process.clock.steady() + 20s, nullptr);
    --calls_under_way_;
}

void Simulation::switch_side(const Step& step) {
    struct Switch {
        Deed on;
        Deed off;
        bool Simulation::*what;
    };

    constexpr std::array kSwitches = {
        Switch{Deed::kCloudGoes, Deed::kCloudComesBack, &Simulation::cloud_away_},
        Switch{Deed::kMaintenance, Deed::kMaintenanceEnds, &Simulation::maintenance_},
        Switch{Deed::kThrottled, Deed::kThrottledNoMore, &Simulation::throttled_},
        Switch{Deed::kPanelGoes, Deed::kPanelComesBack, &Simulation::panel_away_},
        Switch{Deed::kApiGoes, Deed::kApiComesBack, &Simulation::api_away_},
        Switch{Deed::kHalfReadings, Deed::kWholeReadings, &Simulation::half_readings_},
    };
    for (const Switch& one : kSwitches) {
        const bool on = step.deed == one.on;
        if ((on || step.deed == one.off) && this->*one.what != on) {
            tell_deed(step.deed);
            this->*one.what = on;
        }
    }
    if ((step.deed == Deed::kHalfPanel || step.deed == Deed::kWholePanel) &&
        panel_.complete == (step.deed == Deed::kHalfPanel)) {
        tell_deed(step.deed);
        panel_.complete = step.deed == Deed::kWholePanel;
    }
    if (step.deed == Deed::kRightCloud && instead_) {
        tell_deed(step.deed);
        instead_.reset();
    } else if (step.deed == Deed::kClockSet || step.deed == Deed::kClockRight) {
        constexpr std::array<Duration, 6> kBy = {-720h, -2h, -5min, 2h, 480h, 8760h};
        const Duration to =
            step.deed == Deed::kClockSet ? kBy[step.pick % kBy.size()] : Duration{0};
        if (to != clock_set_by_) {
            tell_deed(step.deed, fmt::format("{} s", (to - clock_set_by_) / 1s));
            process_->clock.set(to - clock_set_by_);
            clock_set_by_ = to;
        }
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
                            account->shown.enabled && account->sale == item.sale &&
                            account->password == item.password->reveal()
                      : item.status != 1;
    });
    return id.value == 0 ? std::string() : panel_.login_of(id);
}

void Simulation::do_deed(const Step& step) {
    if (of_orders(step) || of_staff(step) || of_process(step.deed) || of_levers(step)) {
        return;
    }
    switch (step.deed) {
        case Deed::kClientLogsIn:
        case Deed::kClientChangesPassword:
        case Deed::kStaffDisables:
        case Deed::kStaffEnables:
        case Deed::kStaffSetsQuota:
        case Deed::kStaffDeletes:
            return of_account(step.deed, pick_login(step), step.pick);
        case Deed::kStrangerMakesAccount:
            // A name that no service has had so far.
            return stranger_makes(fmt::format("user_{}", panel_.next_item + step.pick % 3));
        case Deed::kStaffTakesLogin: {
            const ItemId id = pick_item(step.pick, [this](const SimItem& item) {
                return item.status == 4 && item.paid && known_to_be_gone(item.username);
            });
            return id.value == 0 ? void() : stranger_makes(panel_.items.at(id).username);
        }
        case Deed::kSaysRight:
            return say_that_all_is_right();
        case Deed::kBackups:
        case Deed::kPanelRestored:
        case Deed::kCloudRestored:
        case Deed::kStoreRestored:
        case Deed::kStoreLost:
        case Deed::kOtherTakesOver:
        case Deed::kOtherCloud:
            return of_backups(step);
        default:
            return switch_side(step);
    }
}

}  // namespace bn::sim
