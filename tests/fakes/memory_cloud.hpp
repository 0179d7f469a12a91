// fake: a cloud in memory behind the port, with outcomes that a test can script. One thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "reconciler/ports/cloud.hpp"

namespace bn::testing {

class MemoryCloud final : public Cloud, public JoinedCalls {
  public:
    // What happens to one call: does it take effect, and what does the caller hear?
    struct Script {
        bool effect = true;
        Outcome answer{OutcomeKind::kDone, Error()};

        Script(bool e, Outcome a) : effect(e), answer(std::move(a)) {}
    };

    std::map<std::string, OwnedActualAccount> accounts;  // by login key
    std::map<std::string, std::string> passwords;
    std::vector<std::string> groups;
    std::map<ActionKind, std::deque<Script>> scripts;  // used up first, then all goes well
    std::vector<std::pair<ActionKind, std::string>> calls;
    std::optional<Error> look_error;
    std::optional<Error> read_error;  // of a probe and a reading
    std::string identity;             // empty: it shows none
    std::string data_fingerprint;     // as the former
    bool no_cookies = false;          // its answers do not show the identity, a probe does
    std::function<void(const Action&)> before_call;
    bool joining = false;           // several changes of an account are one call
    std::uint32_t joined = 0;       // such calls
    std::uint32_t puts_left = ~0U;  // then budget_wait is a minute

    OwnedActualAccount& add(const std::string& login) {
        OwnedActualAccount& account = accounts[login_key(login)];
        account.login = login;
        account.quota = Quota::bytes(1 << 30);
        account.last_login = Time{};
        return account;
    }

    [[nodiscard]] std::size_t count(ActionKind kind) const {
        std::size_t n = 0;
        for (const auto& call : calls) {
            n += call.first == kind ? 1U : 0U;
        }
        return n;
    }

    static CloudInfo info() {
        CloudInfo info;
        info.product = "Nextcloud";
        info.version = "25.0.2";
        info.own_login = "admin";
        info.admin = true;
        return info;
    }

    Task<Result<CloudInfo>> probe() override {
        if (read_error) {
            co_return tl::unexpected(*read_error);
        }
        CloudInfo told = info();
        told.identity = identity;
        told.data_fingerprint = data_fingerprint;
        co_return told;
    }

    Task<CloudSign> recognise() override {
        CloudSign sign;
        sign.identity = identity;
        sign.data_fingerprint = data_fingerprint;
        co_return sign;
    }

    Task<Result<ActualSnapshot>> observe(ObserveOptions options) override {
        if (read_error) {
            co_return tl::unexpected(*read_error);
        }
        ActualSnapshot snapshot;
        snapshot.complete = true;
        snapshot.own_login = "admin";
        snapshot.groups = groups;
        ActualTable::Builder builder;
        if (options.names) {
            builder.keep_names();
        }
        for (const auto& [key, account] : accounts) {
            builder.add(account.view());
            if (options.each) {
                options.each(account.view());
            }
        }
        snapshot.accounts = std::move(builder).finish();
        co_return snapshot;
    }

    Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) override {
        if (look_error) {
            co_return tl::unexpected(*look_error);
        }
        const auto it = accounts.find(login_key(login));
        if (it == accounts.end()) {
            co_return std::optional<OwnedActualAccount>();
        }
        co_return std::optional<OwnedActualAccount>(it->second);
    }

    Task<Outcome> apply(Action action, Secret password) override {
        calls.emplace_back(action.kind, action.login);
        if (before_call) {
            before_call(action);
        }
        Script script(true, Outcome(OutcomeKind::kDone, Error()));
        std::deque<Script>& queue = scripts[action.kind];
        if (!queue.empty()) {
            script = queue.front();
            queue.pop_front();
        }
        if (script.effect) {
            take_effect(action, password);
        }
        if (spends_put_budget(action.kind) && puts_left > 0) {
            --puts_left;
        }
        co_return script.answer;
    }

    [[nodiscard]] Duration budget_wait(ActionKind kind) const override {
        return spends_put_budget(kind) && puts_left == 0 ? Duration(std::chrono::minutes(1))
                                                         : Duration{0};
    }

    JoinedCalls* joined_calls() override { return joining ? this : nullptr; }

    [[nodiscard]] bool joins(ActionKind kind) const override {
        return kind == ActionKind::kSetQuota || kind == ActionKind::kSetEmail;
    }

    Task<std::vector<Outcome>> apply_joined(std::vector<Action> actions) override {
        ++joined;
        std::vector<Outcome> outcomes;
        for (Action& action : actions) {
            Secret none;
            Outcome outcome = co_await apply(std::move(action), std::move(none));
            outcomes.push_back(std::move(outcome));
        }
        co_return outcomes;
    }

  private:
    void take_effect(const Action& action, const Secret& password) {
        const std::string key = login_key(action.login);
        if (action.kind == ActionKind::kDelete) {
            accounts.erase(key);
            return;
        }
        if (action.kind == ActionKind::kMakeGroup) {
            groups.push_back(action.value);
            return;
        }
        if (action.kind == ActionKind::kCreate) {
            OwnedActualAccount& made = add(action.login);
            made.quota = canonical(action.create->quota);
            made.email = action.create->email;
            made.display_name = action.create->display_name;
            if (!action.create->group.empty()) {
                made.groups = {action.create->group};
            }
            passwords[key] = std::string(password.reveal());
        }
        const auto it = accounts.find(key);
        if (it == accounts.end()) {
            return;
        }
        if (action.kind == ActionKind::kSetPassword) {
            passwords[key] = std::string(password.reveal());
        } else if (action.kind == ActionKind::kSetEmail) {
            it->second.email = action.value;
        } else if (action.kind == ActionKind::kSetName) {
            it->second.display_name = action.value;
        } else if (action.kind == ActionKind::kSetQuota) {
            it->second.quota = canonical(action.quota);
        } else if (action.kind == ActionKind::kEnable || action.kind == ActionKind::kDisable) {
            it->second.enabled = action.kind == ActionKind::kEnable;
        }
    }
};

}  // namespace bn::testing
