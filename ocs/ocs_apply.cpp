// OcsCloud::apply: one correction, and what became of it.
//
// An end that the server answered but that says nothing certain (500, 998, 101, ...) is settled by
// one GET of the account. Without any answer (time-out, broken connection) the server may still be
// at work, so that end stays unknown and its owner looks later.
#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "ocs/encode.hpp"
#include "ocs/ocs_cloud.hpp"

namespace bn::ocs {

namespace {

Outcome bug(std::string what) {
    return Outcome(OutcomeKind::kRefused, Error(NextMove::kBug, "ocs.bad_action", std::move(what)));
}

Call call_of(ActionKind kind) {
    switch (kind) {
        case ActionKind::kCreate:
            return Call::kCreate;
        case ActionKind::kSetQuota:
            return Call::kSetQuota;
        case ActionKind::kSetEmail:
            return Call::kSetEmail;
        case ActionKind::kSetPassword:
            return Call::kSetPassword;
        case ActionKind::kEnable:
            return Call::kEnable;
        case ActionKind::kDisable:
            return Call::kDisable;
        case ActionKind::kDelete:
            return Call::kDelete;
        case ActionKind::kAddGroup:
            return Call::kAddGroup;
        default:
            return Call::kRemoveGroup;
    }
}

Outcome refused(Error error) {
    error.effect_unknown = false;
    return Outcome(OutcomeKind::kRefused, std::move(error));
}

Outcome unknown(Error error) {
    error.effect_unknown = true;
    return Outcome(OutcomeKind::kUnknown, std::move(error));
}

Outcome done(OutcomeKind kind, std::string login) {
    Outcome outcome(kind, Error());
    outcome.error.move = NextMove::kRedoPass;
    outcome.login = std::move(login);
    return outcome;
}

bool has_group(const OwnedActualAccount& account, const std::string& group) {
    return std::find(account.groups.begin(), account.groups.end(), group) != account.groups.end();
}

std::string lower(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return text;
}

// Does the account stand as the action wants it? Nothing: a look cannot tell.
std::optional<bool> stands(const Action& action, const OwnedActualAccount& seen) {
    if (!seen.details_known) {
        return std::nullopt;
    }
    switch (action.kind) {
        case ActionKind::kEnable:
            return seen.enabled;
        case ActionKind::kDisable:
            return !seen.enabled;
        case ActionKind::kSetQuota:
            return same_meaning(action.quota, seen.quota);
        case ActionKind::kSetEmail:
            return lower(action.value) == seen.email;
        case ActionKind::kAddGroup:
            return has_group(seen, action.value);
        case ActionKind::kRemoveGroup:
            return !has_group(seen, action.value);
        case ActionKind::kDelete:
            return false;  // it is there
        default:
            return std::nullopt;
    }
}

}  // namespace

Duration OcsCloud::budget_wait(ActionKind kind) const {
    return spends_put_budget(kind) ? puts_.wait(now_()).value_or(Duration{0}) : Duration{0};
}

Task<Outcome> OcsCloud::apply(Action action, Secret password) {
    if (action.login.empty() || action.kind == ActionKind::kAdopt) {
        co_return bug("an action that no call can do: " + std::string(to_string(action.kind)));
    }
    if (auto error = co_await meet()) {
        co_return refused(*error);
    }
    if (writes_refused_) {
        co_return refused(*writes_refused_);
    }
    Outcome outcome;
    if (action.kind == ActionKind::kCreate) {
        outcome = co_await create(std::move(action), std::move(password));
    } else if (spends_put_budget(action.kind)) {
        outcome = co_await put(std::move(action), std::move(password));
    } else {
        outcome = co_await simple(std::move(action));
    }
    co_return outcome;
}

Task<Outcome> OcsCloud::create(Action action, Secret password) {
    if (!action.create || password.empty()) {
        co_return bug("a create of " + action.login + " without fields or password");
    }
    NewAccount account;
    account.login = action.login;
    account.email = action.create->email;
    account.display_name = action.create->display_name;
    account.group = action.create->group;
    account.quota = action.create->quota.is_unknown() ? "" : wire_text(action.create->quota);
    Answer answer = co_await client_.create(std::move(account), std::move(password), action.urgent);
    bool made = answer.verdict.effect == Effect::kDone;
    Outcome outcome = co_await conclude(action, std::move(answer));
    if (made && client_.product() == Product::kOwncloud) {
        outcome.detail = co_await owncloud_extras(std::move(action));
    }
    co_return outcome;
}

// ownCloud's create takes no quota, e-mail or name. What fails here is drift for the next pass.
Task<std::string> OcsCloud::owncloud_extras(Action action) {
    const CreateFields& fields = *action.create;
    std::string failed;
    std::vector<std::pair<Call, std::string>> wanted;
    if (!fields.quota.is_unknown()) {
        wanted.emplace_back(Call::kSetQuota, wire_text(fields.quota));
    }
    wanted.emplace_back(Call::kSetEmail, fields.email);
    wanted.emplace_back(Call::kSetName, fields.display_name);
    for (auto& [call, text] : wanted) {
        if (text.empty()) {
            continue;
        }
        Secret value(std::move(text));
        Answer answer =
            co_await client_.set_field(call, action.login, std::move(value), action.urgent);
        if (!answer.verdict.ok()) {
            failed += failed.empty() ? "created, but: " : "; ";
            failed += answer.verdict.error.what;
        }
    }
    co_return failed;
}

Task<Outcome> OcsCloud::put(Action action, Secret password) {
    Secret value;
    if (action.kind == ActionKind::kSetPassword) {
        value = std::move(password);
    } else if (action.kind == ActionKind::kSetQuota) {
        if (action.quota.is_unknown()) {
            co_return bug("an unknown quota for " + action.login);
        }
        value = Secret(wire_text(action.quota));
    } else {
        value = Secret(action.value);
    }
    if (auto wait = puts_.take(now_())) {
        Error error(
            NextMove::kWait,
            "ocs.put_budget",
            fmt::format(
                "{}: the cloud's limit of changes per ten minutes is spent", settings_.base_url
            ),
            "to lift it, see docs/ocs.md"
        );
        error.concern = Concern::kActionKind;
        error.wait = *wait;
        co_return refused(std::move(error));
    }
    Answer answer = co_await client_.set_field(
        call_of(action.kind), action.login, std::move(value), action.urgent
    );
    const bool spent = answer.verdict.error.concern == Concern::kActionKind;
    puts_.done(now_(), answer.verdict.sent && !spent);
    if (spent) {
        answer.verdict.error.wait = puts_.refused(now_());
    }
    Outcome outcome = co_await conclude(std::move(action), std::move(answer));
    co_return outcome;
}

Task<Outcome> OcsCloud::simple(Action action) {
    Answer answer;
    switch (action.kind) {
        case ActionKind::kEnable:
            answer = co_await client_.enable(action.login, action.urgent);
            break;
        case ActionKind::kDisable:
            answer = co_await client_.disable(action.login, action.urgent);
            break;
        case ActionKind::kDelete:
            answer = co_await client_.remove(action.login, action.urgent);
            break;
        case ActionKind::kAddGroup:
            answer = co_await client_.add_group(action.login, action.value, action.urgent);
            break;
        default:
            answer = co_await client_.remove_group(action.login, action.value, action.urgent);
            break;
    }
    Outcome outcome = co_await conclude(std::move(action), std::move(answer));
    co_return outcome;
}

Task<Outcome> OcsCloud::conclude(Action action, Answer answer) {
    if (answer.verdict.stops == Stops::kWrites) {
        // It is about our login, not about the account: no write will pass until it is changed.
        writes_refused_ = answer.verdict.error;
    }
    switch (answer.verdict.effect) {
        case Effect::kDone:
            co_return done(
                OutcomeKind::kDone, answer.id.empty() ? std::move(action.login) : answer.id
            );
        case Effect::kAlready:
            co_return done(OutcomeKind::kAlreadySo, std::move(action.login));
        case Effect::kUnknown:
            co_return unknown(std::move(answer.verdict.error));
        case Effect::kLook:
        case Effect::kVain:
            break;
        case Effect::kWhoAmI: {
            AccountAnswer me = co_await client_.who_am_i();
            if (!me.answer.verdict.ok()) {
                co_return refused(std::move(me.answer.verdict.error));
            }
            break;
        }
        default:
            co_return refused(std::move(answer.verdict.error));
    }
    Outcome outcome = co_await settle_by_look(std::move(action), std::move(answer));
    co_return outcome;
}

Task<Outcome> OcsCloud::settle_by_look(Action action, Answer answer) {
    auto seen = co_await look(action.login);
    if (!seen) {
        Error error = answer.verdict.error;
        error.what += "; and looking at the account failed: " + seen.error().what;
        co_return unknown(std::move(error));
    }
    if (action.kind == ActionKind::kCreate) {
        co_return judge_create(*seen, std::move(answer));
    }
    co_return judge_change(action, *seen, std::move(answer));
}

Outcome OcsCloud::judge_create(const std::optional<OwnedActualAccount>& seen, Answer answer) {
    Error& error = answer.verdict.error;
    if (!seen) {
        return refused(std::move(error));
    }
    // "Already exists" is certain: this call made nothing (a write is never sent twice), so the
    // account is somebody else's, or an earlier call's, and must not be taken for made by this one.
    Outcome outcome = answer.verdict.effect == Effect::kVain ? refused(std::move(error))
                                                             : unknown(std::move(error));
    outcome.login = seen->login;
    outcome.detail = "an account of this name is there";
    return outcome;
}

Outcome OcsCloud::judge_change(
    const Action& action, const std::optional<OwnedActualAccount>& seen, Answer answer
) {
    Error& error = answer.verdict.error;
    if (!seen) {
        if (action.kind == ActionKind::kDelete) {
            // After 998 it was gone before; after a failure inside it went by this call.
            bool before = answer.verdict.effect == Effect::kVain;
            return done(before ? OutcomeKind::kAlreadySo : OutcomeKind::kDone, action.login);
        }
        Error gone(NextMove::kRedoPass, "ocs.gone", error.what + " (there is no such account)");
        return refused(std::move(gone));
    }
    auto stands_so = stands(action, *seen);
    if (!stands_so) {
        return unknown(std::move(error));
    }
    return *stands_so ? done(OutcomeKind::kDone, seen->login) : refused(std::move(error));
}

}  // namespace bn::ocs
