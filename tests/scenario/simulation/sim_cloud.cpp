#include "tests/scenario/simulation/sim_cloud.hpp"

#include <utility>

namespace bn::sim {
namespace {

Outcome done() {
    return {OutcomeKind::kDone, Error()};
}

Outcome gone(const Action& action) {
    Error error(NextMove::kRedoPass, "ocs.gone", "there is no account " + action.login);
    return {OutcomeKind::kRefused, std::move(error)};
}

}  // namespace

SimAccount& SimCloud::make(const std::string& login) {
    SimAccount& account = accounts[login_key(login)];
    account = SimAccount();
    account.shown.login = login;
    account.shown.quota = Quota::unlimited();
    account.shown.last_login = Time{};
    account.shown.used = 0;
    account.born = ++births;
    return account;
}

SimAccount* SimCloud::find(const std::string& login) {
    const auto found = accounts.find(login_key(login));
    return found == accounts.end() ? nullptr : &found->second;
}

ActualSnapshot SimCloud::observe(ServerId server, Time now) const {
    ActualSnapshot snapshot;
    snapshot.server = server;
    snapshot.taken_at = now;
    snapshot.complete = true;
    snapshot.own_login = "admin";
    ActualTable::Builder builder;
    for (const auto& [key, account] : accounts) {
        builder.add(account.shown.view());
    }
    snapshot.accounts = std::move(builder).finish();
    return snapshot;
}

Outcome SimCloud::obey(const Action& action, const Secret& password, Time now) {
    SimAccount* account = find(action.login);
    if (action.kind == ActionKind::kCreate) {
        if (account != nullptr) {
            return {OutcomeKind::kAlreadySo, Error()};
        }
        SimAccount& made = make(action.login);
        made.maker = action.item;
        made.made_at = now;
        made.server = action.server;
        made.password = std::string(password.reveal());
        made.shown.quota = canonical(action.create->quota);
        made.shown.email = action.create->email;
        return done();
    }
    if (account == nullptr) {
        return action.kind == ActionKind::kDelete ? Outcome(OutcomeKind::kAlreadySo, Error())
                                                  : gone(action);
    }
    switch (action.kind) {
        case ActionKind::kDelete:
            accounts.erase(login_key(action.login));
            break;
        case ActionKind::kDisable:
            account->shown.enabled = false;
            account->disabled_since =
                account->disabled_since.value_or(account->enabled_unseen.value_or(now));
            break;
        case ActionKind::kEnable:
            account->shown.enabled = true;
            account->disabled_since.reset();
            account->watched = Duration{};
            break;
        case ActionKind::kSetQuota:
            account->shown.quota = canonical(action.quota);
            break;
        case ActionKind::kSetEmail:
            account->shown.email = action.value;
            break;
        case ActionKind::kSetPassword:
            account->password = std::string(password.reveal());
            break;
        default:
            break;
    }
    return done();
}

}  // namespace bn::sim
