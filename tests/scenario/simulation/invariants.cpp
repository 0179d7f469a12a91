// What must never be, and what must be so in the end.
#include <algorithm>

#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {

namespace {

using namespace std::chrono_literals;

// A reading that is older than the last change of a row by less than this could not know it: the
// call was on its way.
constexpr Duration kOnItsWay = 10s;
// Between the look and what is concluded from it.
constexpr Duration kPassTakes = 30s;
// What one step of time that was not watched may count for.
constexpr Duration kLongestStep = 25h;

// What it takes from whoever has the account; by the account, whatever the action says of itself.
Harm harm_of(const Action& action, const SimAccount& account, Time now) {
    constexpr Duration kOfOnePass = 5min;
    const Quota quota = account.shown.quota;
    const auto used = static_cast<std::int64_t>(account.shown.used.value_or(0));
    switch (action.kind) {
        case ActionKind::kDelete:
            return Harm::kDelete;
        case ActionKind::kDisable:
            return account.shown.enabled && account.made_at + kOfOnePass < now ? Harm::kDisable
                                                                               : Harm::kNone;
        case ActionKind::kSetEmail:
            return account.shown.email != action.value ? Harm::kChangeEmail : Harm::kNone;
        case ActionKind::kSetQuota:
            if (!action.quota.is_bytes() ||
                (quota.is_bytes() && quota.count() <= action.quota.count())) {
                return Harm::kNone;
            }
            return used > action.quota.count() ? Harm::kCutBelowUse : Harm::kCutQuota;
        default:
            return Harm::kNone;
    }
}

}  // namespace

void Simulation::recorded(const Envelope& envelope) {
    if (tell_) {
        const auto* deferred = std::get_if<PanelResultDeferred>(&envelope.event);
        say(fmt::format(
            "  [{} {}] {}",
            envelope.stream,
            kind_of(envelope.event).name,
            deferred == nullptr ? "" : deferred->what
        ));
    }
    if (const auto* intent = std::get_if<ActionIntended>(&envelope.event)) {
        intents_.emplace(intent->action.item, intent->action.kind);
    } else if (const auto* owed = std::get_if<PanelResultOwed>(&envelope.event)) {
        owed_since_[owed->item] = now_;
    } else if (std::holds_alternative<AccountFoundGone>(envelope.event)) {
        forgotten_at_ = now_;
    } else if (const auto* pass = std::get_if<PassCompleted>(&envelope.event)) {
        ++ending_.passes;
        for (const PassServerSummary& seen : pass->servers) {
            if (seen.complete && pass->trigger != "operation" && !instead_) {
                watched(seen.server);
            }
        }
    }
}

// A whole pass has ended: an account that was closed all the time since the one before was seen so
// for as long.
void Simulation::watched(ServerId server) {
    std::optional<Time>& before = watched_at_[server];
    for (auto& [key, account] : cloud_.accounts) {
        if (account.server != server) {
            continue;
        }
        if (std::exchange(account.seen_enabled, false)) {
            account.enabled_unseen.reset();
        }
        if (account.shown.enabled || !account.disabled_since || living(account.maker)) {
            account.watched = Duration{};
            continue;
        }
        const Time since = std::max(*account.disabled_since, before.value_or(now_));
        account.watched += std::min(now_ - since, kLongestStep);
    }
    before = now_;
}

std::uint64_t Simulation::sale_of(ItemId id) const {
    const auto found = sales_.find(id);
    return found == sales_.end() ? 0 : found->second;
}

// May this service's corrections touch that account? Its own, or one that was made for a service of
// the same client, whose login it has.
bool Simulation::rightful(ItemId id, const SimAccount& account, const std::string& login) const {
    const auto item = panel_.items.find(id);
    // A number that was used again may be gone with a restored panel, and the former service is
    // back.
    if (account.sale != 0 &&
        (account.sale == sale_of(id) || (item == panel_.items.end() && account.maker == id))) {
        return true;
    }
    const auto client = clients_.find(account.sale);
    if (item == panel_.items.end()) {
        const auto former = clients_.find(sale_of(id));
        return client != clients_.end() && former != clients_.end() &&
               client->second == former->second;
    }
    const auto named = [&] {
        return (item->second.paid || panel_.wanted(id) == Wanted::kEnabled) &&
               login_key(panel_.login_of(id, item->second)) == login_key(login);
    };
    return client != clients_.end() && client->second == item->second.client &&
           (account.maker == id || passed_on_.contains({id, login_key(login)}) || named());
}

// To a controller without its past, what the staff opened is what an earlier module opened.
bool Simulation::given(ItemId id) const {
    return store_lost_ && opened_by_hand_.contains(id);
}

// Its client has paid, and nobody has closed it.
bool Simulation::living(ItemId id) const {
    const auto item = panel_.items.find(id);
    return item != panel_.items.end() && item->second.paid && panel_.wanted(id) != Wanted::kAbsent;
}

bool Simulation::changed_unread(ItemId id, Duration on_its_way) const {
    const auto changed = row_changed_.find(id);
    if (changed == row_changed_.end() || now_ - changed->second < on_its_way) {
        return false;
    }
    const auto read = row_read_at_.find(id);
    const Time row = read == row_read_at_.end() ? Time{} : read->second;
    return std::max(panel_read_at_, row) <= changed->second;  // in one moment, either came first
}

void Simulation::check_create(const Action& action) {
    for (const auto& [key, other] : cloud_.accounts) {
        if (!store_lost_ && other.sale != 0 && other.sale == sale_of(action.item) &&
            key != login_key(action.login) && !of_another(action.item, other, key)) {
            broken("a second account for an item: " + text_of(action));
        }
    }
    const auto item = panel_.items.find(action.item);
    if (doubted_together(action)) {
        broken("accounts that are gone at once are made anew without a word: " + text_of(action));
    }
    if (item != panel_.items.end() && item->second.status == 4 && item->second.operations.empty() &&
        !changed_unread(action.item, kOnItsWay) && panel_read_at_ == now_) {
        broken("an account is made for a closed item: " + text_of(action));
    }
}

void Simulation::check_delete(const Action& action, const SimAccount& account) {
    const std::string what = text_of(action);
    const auto changed = [this](ItemId id) {
        const auto found = row_changed_.find(id);
        return found != row_changed_.end() && now_ - found->second < kOnItsWay;
    };
    if (living(action.item) && !changed(action.item)) {
        broken("the account of a living item is deleted: " + what);
    }
    const Duration faked = history_.hazards.clock ? kLongestStep : Duration{0};
    if (!account.disabled_since || now_ - *account.disabled_since < kRetention - faked) {
        broken("an account is deleted before its retention has passed: " + what);
    } else if (history_.hazards.unwatched && account.maker.value != 0 && account.watched < kRetention - kLongestStep) {
        broken(fmt::format(
            "an account is deleted that was seen closed for {} h only: {}",
            account.watched / 1h,
            what
        ));
    }
    for (const auto& [id, item] : panel_.items) {
        const bool names = login_key(panel_.login_of(id, item)) == login_key(action.login);
        if (id != action.item && living(id) && names && !changed(id) &&
            rightful(id, account, action.login)) {
            broken("an account that a living item names is deleted: " + what);
        }
        if ((id == action.item || names) && changed_unread(id, kOnItsWay)) {
            broken("an account is deleted on the strength of an old row: " + what);
        }
    }
}

// A row that is gone is closed when it was seen to be gone for a while.
void Simulation::check_vanished(const Action& action) {
    const Time gone = row_changed_[action.item];
    if (!panel_.items.contains(action.item) && now_ - gone < config_.service.vanished_after) {
        broken("an account is closed because its row is gone for a moment: " + text_of(action));
    }
}

// Data that went back in time takes nothing away before a person says that it is right.
void Simulation::check_taking_away(const Action& action) {
    constexpr Duration kOfOnePass = 5min;
    const PanelMark mark{panel_.history, panel_.next_item};
    if (is_older(mark, process_->journal.ledger().panel().mark) &&
        panel_restored_at_ + kOfOnePass < now_) {
        broken("something is taken away on the word of older data: " + text_of(action));
    }
}

void Simulation::check_call(const Action& action, const Secret& password) {
    ending_.most["calls for one correction"] =
        std::max(ending_.most["calls for one correction"], ++tries_[{action.item, action.kind}]);
    if (!intents_.contains({action.item, action.kind})) {
        broken("a call without an intent: " + text_of(action));
    }
    if (action.kind == ActionKind::kDisable && action.closing) {
        check_vanished(action);
    }
    if (destructive(action.kind)) {
        check_taking_away(action);
    }
    check_levers(action);
    if (instead_ || cloud_away_) {
        return;  // see `effect`
    }
    if (action.kind == ActionKind::kCreate) {
        return check_create(action);
    }
    const SimAccount* account = cloud_.find(action.login);
    if (account == nullptr) {
        return;
    }
    // What was begun for a service before its number became another's ends for the former one.
    const bool begun =
        account->maker == action.item &&
        (action.kind == ActionKind::kSetPassword ||
         (action.kind != ActionKind::kDelete && changed_unread(action.item, Duration{0})));
    // Nothing tells one that came back under a name that is ours by now. It is deleted only if it
    // came back before it was closed: it is not another one than was closed then.
    const LedgerItem* known = process_->journal.ledger().item(action.item);
    const bool unsaid =
        back_unsaid_.contains(account->born) &&
        (action.kind != ActionKind::kDelete ||
         (known != nullptr && known->last_used && known->last_used == account->shown.last_login));
    if (unsaid && action.kind == ActionKind::kDelete &&
        !rightful(action.item, *account, action.login)) {
        ++ending_.faults["deletes of what a restore that nobody declared brought back"];
    }
    if (!begun && !unsaid && !given(action.item) &&
        !rightful(action.item, *account, action.login)) {
        broken("an account of somebody else is changed: " + text_of(action));
    }
    // Once more the one that is on it harms nobody.
    if (action.kind == ActionKind::kSetPassword && account->clients_own &&
        password.reveal() != account->password) {
        broken("a password is set over the client's own: " + text_of(action));
    }
    if (action.kind == ActionKind::kDelete) {
        check_delete(action, *account);
    }
}

// No more is taken away in an hour, and in a day, than is allowed without a person's word.
void Simulation::check_limits(const Action& action) {
    const SimAccount* account = answering().find(action.login);
    if (!history_.hazards.tight_limits || history_.hazards.clock || account == nullptr ||
        action.approved) {
        return;
    }
    const Harm harm = harm_of(action, *account, now_);
    if (harm == Harm::kNone) {
        return;
    }
    // People, and what is on its way, may have changed the account since it was read.
    const auto touched = touched_.find(login_key(action.login));
    if (action.harm != harm && touched != touched_.end() && now_ - touched->second < 1h) {
        return;
    }
    taken_[{action.server, harm}].emplace_back(now_, login_key(action.login));
    for (const auto& [window, allowance] :
         {std::pair(Duration(1h), kTightLimit.hour), std::pair(Duration(24h), kTightLimit.day)}) {
        std::size_t taken = 0;
        for (const auto& [of, times] : taken_) {
            const bool cut = harm == Harm::kCutQuota && of.second == Harm::kCutBelowUse;
            if (of.second == harm || cut) {
                // What people changed since may have been taken back, before a look could see it.
                taken +=
                    static_cast<std::size_t>(std::ranges::count_if(times, [&](const auto& one) {
                        return now_ - one.first < window && touched_[one.second] <= one.first;
                    }));
            }
        }
        if (taken > allowance.count) {
            broken(fmt::format(
                "{} is done {} times in {} h without a person's word: {}",
                to_string(harm),
                taken,
                window / 1h,
                text_of(action)
            ));
        }
    }
}

Outcome Simulation::effect(const Action& action, const Secret& password) {
    ++ending_.calls;
    ending_.faults["deletes"] += action.kind == ActionKind::kDelete ? 1U : 0U;
    progressed();
    tries_.erase({action.item, action.kind});
    if (tell_) {
        say(text_of(action));
    }
    const bool ours = std::ranges::any_of(cloud_.accounts, [](const auto& account) {
        return account.second.sale != 0;
    });
    if (instead_ && ours) {
        broken("a cloud that is not the one of our accounts is changed: " + text_of(action));
    }
    SimCloud& cloud = answering();
    const bool there = cloud.find(action.login) != nullptr;
    Outcome outcome = cloud.obey(action, password, now_);
    if (action.kind == ActionKind::kCreate && !there) {
        cloud.find(action.login)->sale = sale_of(action.item);
    }
    return outcome;
}

// What a server's cloud gets to hear since something came of it: a whole reading, or a change. Of
// two servers that lead to one cloud each is counted by itself.
void Simulation::count_requests(ServerId server, std::size_t requests) {
    constexpr std::size_t kMost = 30;
    std::vector<Time>& vain = vain_requests_[server];
    std::erase_if(vain, [this](Time at) { return at + 1min <= now_; });
    vain.insert(vain.end(), requests, now_);
    std::uint64_t& most = ending_.most["requests a minute to a server without progress"];
    most = std::max<std::uint64_t>(most, vain.size());
    if (vain.size() > kMost) {
        broken(fmt::format("a server gets {} requests a minute for nothing", vain.size()));
    }
}

// The panel is told that an operation has come about: has it?
void Simulation::check_completion(const PanelCall& call, ItemId id) {
    const auto found = panel_.items.find(id);
    if (found == panel_.items.end() || found->second.operations.empty()) {
        return;
    }
    const SimItem& item = found->second;
    const std::string& command = item.operations.front().command;
    const std::string login = panel_.login_of(id, item);
    const SimAccount* account = cloud_.find(login);
    if (account != nullptr && !rightful(id, *account, login) &&
        !back_unsaid_.contains(account->born)) {
        account = nullptr;
    }
    const Time judged = owed_since_[id] - kPassTakes;
    // To a controller without its past, the account under its former name is nobody's.
    const bool under_another = store_lost_ && renamed_.contains(id);
    if (given(id) || under_another || touched_[login_key(login)] >= judged ||
        row_changed_[id] >= judged) {
        return;  // people were there since it was judged
    }
    const auto claim = [&](bool so) {
        if (!so) {
            broken(fmt::format(
                "the panel is told that {} of item {} has come about ({})",
                command,
                id.value,
                call.function
            ));
        }
    };
    if (command == "open" || command == "resume" || command == "reopen") {
        claim(account != nullptr && account->shown.enabled);
    } else if (command == "suspend" || command == "close") {
        claim(
            account == nullptr || !account->shown.enabled || of_another(id, *account, login) ||
            unknown_to_us(id, *account)
        );
    } else if (command == "setparam" && panel_.wanted(id) == Wanted::kEnabled) {
        claim(given(id) || (account != nullptr && same_meaning(item.quota, account->shown.quota)));
    }
}

// A password in the panel is replaced: nobody may need the former one any more.
void Simulation::check_password(const PanelCall& call, ItemId id) {
    const auto item = panel_.items.find(id);
    if (call.secrets.empty() || item == panel_.items.end() || !item->second.password ||
        item->second.password->reveal() == call.secrets.front().second.reveal()) {
        return;
    }
    if (store_lost_ && renamed_.contains(id)) {
        return;  // who took over does not know the account under its former name
    }
    const std::string former(item->second.password->reveal());
    for (const auto& [key, account] : cloud_.accounts) {
        if (account.sale != 0 && account.sale == item->second.sale && account.password == former &&
            !passwords_lost_.contains({id, account.born}) && !of_another(id, account, key)) {
            broken(fmt::format(
                "the password of item {} in the panel is replaced, and it opens {}", id.value, key
            ));
        }
    }
}

PanelAnswer Simulation::obey(const PanelCall& call) {
    std::uint32_t elid = 0;
    for (const auto& [name, value] : call.arguments) {
        elid = name == "elid" ? static_cast<std::uint32_t>(std::stoul(value)) : elid;
    }
    if (tell_) {
        say(fmt::format("panel: {} elid={}", call.function, elid));
    }
    const ItemId id(elid);
    if (call.function.ends_with(".open") || call.function.starts_with("service.post")) {
        check_completion(call, id);
    } else if (call.function == "service.saveparam") {
        check_password(call, id);
    }
    return panel_.obey(call);
}

// What a person must settle is as it should be when it is held, with the reason.
// Its account is ours and gone together with all others or many: a person is to say so (see
// guard_absent).
bool Simulation::gone_with_many(ItemId id) const {
    const Ledger& ledger = process_->journal.ledger();
    const ServerId server = panel_.items.at(id).server;
    const auto absent = [&](const LedgerItem& known) {
        return owns(known) && known.server == server &&
               !cloud_.accounts.contains(login_key(known.login));
    };
    const LedgerItem* own = ledger.item(id);
    const auto count =
        static_cast<std::uint64_t>(std::ranges::count_if(ledger.items(), [&](const auto& entry) {
            return absent(entry.second);
        }));
    return own != nullptr && absent(*own) &&
           (count > 3 || (count > 1 && count == ledger.owned_count(server)));
}

// Many of ours are gone at once, or all, and nobody has said that this is right.
bool Simulation::doubted_together(const Action& create) const {
    const Ledger& ledger = process_->journal.ledger();
    const auto spoken_for = [&](ItemId id) { return ledger.item(id)->absence_accepted; };
    std::set<ItemId> absent = missing_accounts(ledger, create.server);
    if (!absent.contains(create.item) || spoken_for(create.item)) {
        return false;
    }
    // What one pass forgets it has counted.
    const bool all = absent.size() > 1 && absent.size() == ledger.owned_count(create.server) &&
                     forgotten_at_ + 5min < now_;
    std::erase_if(absent, spoken_for);
    return all || absent.size() > 3;
}

// Whatever an order of somebody else is called, whoever has the account is served.
void Simulation::check_owner_goes_on(ItemId id) {
    const Ledger& ledger = process_->journal.ledger();
    const LedgerItem* known = ledger.item(id);
    const std::optional<Wanted> wanted = panel_.wanted(id);
    if (known == nullptr || !owns(*known) ||
        (wanted != Wanted::kEnabled && wanted != Wanted::kDisabled) ||
        std::ranges::find(known->holds, HoldCode::kLoginClash, &Hold::code) == known->holds.end()) {
        return;
    }
    const bool alone = std::ranges::none_of(ledger.items(), [&](const auto& entry) {
        return entry.first != id && owns(entry.second) &&
               login_key(entry.second.login) == login_key(known->login);
    });
    if (alone) {
        broken(fmt::format("item {}, which has its account, is held for another order", id.value));
    }
}

bool Simulation::waits_for_people(ItemId id) const {
    if (gone_with_many(id)) {
        return true;
    }
    const LedgerItem* known = process_->journal.ledger().item(id);
    const LedgerServer* server = process_->journal.ledger().server(panel_.items.at(id).server);
    return people_asked_ &&
           ((known != nullptr && !known->holds.empty()) ||
            (server != nullptr && (!server->last_error.empty() || !server->stopped_reason.empty() ||
                                   !server->panel_doubt.empty())));
}

// What the controller knows of a service that is not as it was sold.
std::string Simulation::why_not(ItemId id) const {
    const LedgerItem* known = process_->journal.ledger().item(id);
    const LedgerServer* server = process_->journal.ledger().server(panel_.items.at(id).server);
    return fmt::format(
        "  item {} holds {}, its server {}{}",
        id.value,
        known == nullptr || known->holds.empty() ? "nothing" : to_string(known->holds.front().code),
        server == nullptr ? "" : server->last_error,
        server == nullptr ? "" : server->stopped_reason
    );
}

void Simulation::amiss(ItemId id, std::string text) {
    if (tell_) {
        say(why_not(id));
    }
    if (waits_for_people(id)) {
        ++ending_.faults["items that wait for a person in the end"];
    } else {
        broken(std::move(text));
    }
}

// By all that the controller knows it is another service's, which is looked at itself.
bool Simulation::known_as_anothers(ItemId id, const SimAccount& account) const {
    return std::ranges::any_of(process_->journal.ledger().items(), [&](const auto& entry) {
        const auto& [other, item] = entry;
        return other != id && owns(item) && login_key(item.login) == login_key(account.shown.login);
    });
}

// It is another service's, or an earlier module's that was never taken over: what no reading has
// shown is not there.
bool Simulation::unknown_to_us(ItemId id, const SimAccount& account) const {
    const LedgerItem* known = process_->journal.ledger().item(id);
    const bool ours = known != nullptr && owns(*known) &&
                      login_key(known->login) == login_key(account.shown.login);
    return !ours && (known_as_anothers(id, account) || account.earlier);
}

// A living service of the same client has its login by now, or took it over when it had.
bool Simulation::of_another(ItemId id, const SimAccount& account, const std::string& login) const {
    return std::ranges::any_of(panel_.items, [&](const auto& entry) {
        const auto& [other, item] = entry;
        const LedgerItem* known = process_->journal.ledger().item(other);
        const bool has = known != nullptr && owns(*known) && known->client == item.client &&
                         login_key(known->login) == login_key(login);
        return other != id && living(other) &&
               (has || (rightful(other, account, login) &&
                        login_key(panel_.login_of(other, item)) == login_key(login)));
    });
}

void Simulation::check_living(ItemId id, const SimItem& item, const SimAccount* account) {
    if (account == nullptr || !account->shown.enabled) {
        amiss(id, fmt::format("item {} is paid and has no working account", id.value));
        return;
    }
    if (!same_meaning(item.quota, account->shown.quota)) {
        amiss(id, fmt::format("item {} has another size than was sold", id.value));
    }
    // A panel or a store that came back from a backup forgot it, and so did a row that is another's
    // by now.
    const bool forgotten =
        account->sale != item.sale || passwords_lost_.contains({id, account->born});
    if (!account->clients_own && !forgotten &&
        (!item.password || item.password->reveal() != account->password)) {
        amiss(
            id,
            fmt::format("item {}: the password in the panel does not open the account", id.value)
        );
    }
}

void Simulation::check_item(ItemId id, Wanted wanted, const SimItem& item) {
    const std::string login = panel_.login_of(id, item);
    const SimAccount* account = cloud_.find(login);
    if (account != nullptr && !rightful(id, *account, login)) {
        return;  // somebody else's: held, and a person is told
    }
    if (store_lost_ && !panel_.opened(item)) {
        return;  // nobody knows any more that there ever was an account
    }
    if (wanted == Wanted::kEnabled) {
        check_living(id, item, account);
    } else if (wanted != Wanted::kNothing && account != nullptr && account->shown.enabled && !of_another(id, *account, login) && !unknown_to_us(id, *account)) {
        amiss(id, fmt::format("item {} is not to work, and its account does", id.value));
    }
    // A change of an unpaid order that has the number of its client's former service waits.
    const LedgerItem* known = process_->journal.ledger().item(id);
    const bool former = wanted == Wanted::kNothing && known != nullptr && owns(*known);
    // It is on no server, and nobody knows of an account: a person is told.
    const bool nobodys = item.on_no_server && (wanted == Wanted::kNothing || known == nullptr ||
                                               (!owns(*known) && !known->deleted));
    if (!item.operations.empty() && !former && !nobodys) {
        const std::string& command = item.operations.front().command;
        amiss(id, fmt::format("the panel still waits for {} of item {}", command, id.value));
    }
}

// A panel, or a server, that all rows are gone of is not believed without a person.
bool Simulation::believed(ServerId id) const {
    const LedgerServer* server = process_->journal.ledger().server(id);
    return !panel_.items.empty() && server != nullptr && server->panel_doubt.empty();
}

void Simulation::check_end() {
    for (const auto& [id, item] : panel_.items) {
        check_owner_goes_on(id);
        if (const std::optional<Wanted> wanted = panel_.wanted(id)) {
            check_item(id, *wanted, item);
        }
    }
    for (const auto& [key, account] : cloud_.accounts) {
        if (account.sale != 0 && !panel_.items.contains(account.maker) && account.shown.enabled &&
            !people_asked_ && believed(account.server) && !unknown_to_us(account.maker, account)) {
            const LedgerItem* known = process_->journal.ledger().item(account.maker);
            // Somebody used it since it was closed, and without a row nothing says how it should
            // look: a person is told.
            if (known == nullptr || !known->missed || known->holds.empty()) {
                broken(fmt::format("{} works, and its item has no row any more", key));
            }
        }
    }
    if (!(testing::fold(store_) == process_->journal.ledger())) {
        broken("what the events say is not what the process knows");
    }
}

}  // namespace bn::sim
