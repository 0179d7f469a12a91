// The port Cloud over the OCS API.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/core.h>

#include "base/tasks.hpp"
#include "ocs/account_list.hpp"
#include "ocs/cloud_factory.hpp"
#include "ocs/limiter.hpp"
#include "ocs/ocs_client.hpp"
#include "ocs/session.hpp"
#include "reconciler/decide/action.hpp"
#include "reconciler/model/plural.hpp"

namespace bn::ocs {

namespace {

constexpr int kFirstLimitedMajor = 27;  // limit of PUTs per ten minutes
constexpr int kFirstConfirmMajor = 34;  // app passwords refused on writes
constexpr int kFirstPatchMajor = 34;    // several fields of an account in one call
constexpr int kLastOwncloudMajor = 11;  // a renamed product is told by its version

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

constexpr std::uint32_t kDefaultPage = 500;

Outcome bug(std::string what) {
    return Outcome(OutcomeKind::kRefused, Error(NextMove::kBug, "ocs.bad_action", std::move(what)));
}

Call call_of(ActionKind kind) {
    static constexpr std::pair<ActionKind, Call> kCalls[] = {
        {ActionKind::kSetQuota, Call::kSetQuota},
        {ActionKind::kSetEmail, Call::kSetEmail},
        {ActionKind::kSetName, Call::kSetName},
        {ActionKind::kSetPassword, Call::kSetPassword},
        {ActionKind::kEnable, Call::kEnable},
        {ActionKind::kDisable, Call::kDisable},
        {ActionKind::kDelete, Call::kDelete},
        {ActionKind::kAddGroup, Call::kAddGroup},
        {ActionKind::kRemoveGroup, Call::kRemoveGroup},
    };
    return std::ranges::find(kCalls, kind, &std::pair<ActionKind, Call>::first)->second;
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

Outcome judge_create(const std::optional<OwnedActualAccount>& seen, Answer answer) {
    Error& error = answer.error;
    if (!seen) {
        return refused(std::move(error));
    }
    // "Already exists" is certain: this call made nothing (a write is never sent twice), so the
    // account is somebody else's, or an earlier call's, and must not be taken for made by this one.
    Outcome outcome =
        answer.effect == Effect::kVain ? refused(std::move(error)) : unknown(std::move(error));
    outcome.begun = answer.effect == Effect::kBegun;
    outcome.login = seen->login;
    outcome.detail = "an account of this name is there";
    return outcome;
}

Outcome judge_change(
    const Action& action, const std::optional<OwnedActualAccount>& seen, Answer answer
) {
    Error& error = answer.error;
    if (!seen) {
        if (action.kind == ActionKind::kDelete) {
            // After 998 it was gone before; after a failure inside it went by this call.
            bool before = answer.effect == Effect::kVain;
            return done(before ? OutcomeKind::kAlreadySo : OutcomeKind::kDone, action.login);
        }
        Error gone(NextMove::kRedoPass, "ocs.gone", error.what + " (there is no such account)");
        return refused(std::move(gone));
    }
    const std::optional<ChangeSeen> change = change_seen(*seen, action);
    if (change && change->so) {
        return done(OutcomeKind::kDone, seen->login);
    }
    // A look tells nothing of a password, nor of an account without details.
    const bool told = change || (action.kind == ActionKind::kDelete && seen->details_known);
    return told ? refused(std::move(error)) : unknown(std::move(error));
}

// Refuses every call but GET and PROPFIND. The last thing above the wire, so that no code path gets
// past it.
class ReadOnlyTransport : public HttpTransport {
  public:
    explicit ReadOnlyTransport(std::unique_ptr<HttpTransport> inner) : inner_(std::move(inner)) {}

    Task<HttpResult> send(HttpRequest request) override {
        const bool reads = request.method == Method::kGet || request.method == Method::kPropfind;
        return reads ? inner_->send(std::move(request)) : refuse();
    }

  private:
    static Task<HttpResult> refuse() {
        co_return tl::unexpected(TransportError(TransportFault::kReadOnly, false, "read-only"));
    }

    std::unique_ptr<HttpTransport> inner_;
};

class OcsCloud : public Cloud, public JoinedCalls {
  public:
    OcsCloud(
        std::unique_ptr<HttpTransport> transport,
        CloudSettings settings,
        CloudObserver* observer,
        std::function<Time()> now,
        Duration retry_pause
    )
        : settings_(std::move(settings)),
          now_(std::move(now)),
          retry_pause_(retry_pause),
          client_(std::move(transport), settings_, observer, now_) {}

    Task<Result<CloudInfo>> probe() override {
        const std::optional<Error> unusable = co_await meet(true);
        if (client_.met_another_cloud()) {
            co_return stranger();
        }
        if (unusable) {
            co_return tl::unexpected(*unusable);
        }
        CloudInfo info;
        info.product = to_string(client_.product());
        info.version = status_->version;
        info.major = status_->major;
        info.maintenance = status_->maintenance;
        info.needs_upgrade = status_->needs_upgrade;
        show_tls(info);
        const bool nextcloud = client_.product() == Product::kNextcloud;
        info.put_budget.limited = puts_limited(*status_);
        info.app_password_risk =
            nextcloud && info.major >= kFirstConfirmMajor && logs_in_by_token(settings_);
        if (info.maintenance || info.needs_upgrade) {
            co_return info;  // every other call is refused now
        }
        AccountAnswer me = co_await client_.who_am_i();
        if (client_.met_another_cloud()) {
            co_return stranger();
        }
        if (!me.ok()) {
            co_return tl::unexpected(me.error);
        }
        info.identity = client_.shown_identity();
        own_login_ = me.account.login;
        info.own_login = own_login_;
        info.admin = me.account.admin;
        if (me.date) {
            info.clock_skew = *me.date - now_();
        }
        if (!me.groups_known) {
            NamesAnswer own = co_await client_.user_groups(own_login_);
            if (!own.ok()) {
                co_return tl::unexpected(own.error);
            }
            info.admin = std::ranges::find(own.data, "admin") != own.data.end();
        }
        co_await ask_second_witness(&info);
        if (client_.met_another_cloud()) {
            co_return stranger();
        }
        Told<std::uint32_t> rule = co_await client_.password_rule();
        if (rule.ok() && rule.data > 0) {
            info.password_min_length = rule.data;
        }
        NamesAnswer groups = co_await client_.list_groups();
        if (!groups.ok() && info.admin) {
            co_return tl::unexpected(groups.error);
        }
        info.groups = std::move(groups.data);
        co_return info;
    }

    // WebDAV begins a session of its own, so this one answer has both witnesses: the cookie, where
    // nothing keeps it back, and our own files.
    Task<CloudSign> recognise() override {
        CloudSign sign;
        if (own_login_.empty()) {  // a new port: the answer to who we are has the cookie only
            if (auto error = co_await meet()) {
                co_return sign;
            }
            const AccountAnswer me = co_await client_.who_am_i();
            own_login_ = me.account.login;
            sign.identity = client_.shown_identity();
            if (own_login_.empty()) {
                co_return sign;
            }
        }
        const Told<HomeFacts> home = co_await client_.home(own_login_);
        if (client_.met_another_cloud()) {
            sign.identity = client_.shown_identity();
        } else if (!home.shown.empty()) {
            sign.identity = home.shown;
        }
        if (home.ok()) {
            sign.identity = sign.identity.empty() ? home.data.identity : sign.identity;
            sign.data_fingerprint = home.data.data_fingerprint;
        }
        co_return sign;
    }

    Task<Result<ActualSnapshot>> observe(ObserveOptions options) override {
        if (options.page_size == 0) {
            options.page_size = kDefaultPage;  // 0 would be answered by an empty list
        }
        if (auto error = co_await know_own_login()) {
            co_return tl::unexpected(*error);
        }
        NamesAnswer groups = co_await client_.list_groups();
        if (!groups.ok()) {
            co_return tl::unexpected(groups.error);
        }
        ActualSnapshot snapshot;
        snapshot.server = settings_.server;
        snapshot.taken_at = now_();
        const std::uint32_t parallel = std::clamp(settings_.max_parallel, 1U, 64U);
        const ListedCloud listed{client_, settings_.base_url, parallel, retry_pause_};
        AccountList list(listed, page_sizes_, std::move(options), std::move(groups.data));
        co_await list.read();
        if (list.failure() && list.count() == 0) {
            co_return tl::unexpected(*list.failure());
        }
        co_return finish_reading(list, std::move(snapshot));
    }

    Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) override {
        using Seen = std::optional<OwnedActualAccount>;
        if (auto error = co_await meet()) {
            co_return tl::unexpected(*error);
        }
        AccountAnswer answer = co_await client_.get_user(login, true);
        if (answer.effect == Effect::kAbsent) {
            co_return Seen();
        }
        if (!answer.ok()) {
            co_return tl::unexpected(answer.error);
        }
        OwnedActualAccount account = std::move(answer.account);
        if (login_key(account.login) != login_key(login)) {
            // A cache or a proxy between us and the cloud: what it says is about somebody else.
            co_return tl::unexpected(Error(
                NextMove::kHuman,
                "ocs.other_account",
                fmt::format(
                    "{}: asked for the account {}, answered was {}",
                    settings_.base_url,
                    login,
                    account.login
                ),
                "look at what stands between here and the cloud: answers must not be cached"
            ));
        }
        if (!answer.groups_known && client_.product() == Product::kNextcloud) {
            account.details_known = false;  // it may be an administrator
        }
        if (!answer.groups_known && client_.product() == Product::kOwncloud) {
            NamesAnswer groups = co_await client_.user_groups(login);
            if (groups.effect == Effect::kAbsent) {
                co_return Seen();
            }
            if (!groups.ok()) {
                co_return tl::unexpected(groups.error);
            }
            account.groups = std::move(groups.data);
            std::sort(account.groups.begin(), account.groups.end());
            account.admin = std::binary_search(
                account.groups.begin(), account.groups.end(), std::string("admin")
            );
        }
        co_return Seen(std::move(account));
    }

    Task<Outcome> apply(Action action, Secret password) override {
        // Changes of several fields have a limit of their own.
        const bool other_limit = joins(action.kind) && puts_.wait(now_()) && !patches_.wait(now_());
        if (!other_limit) {
            co_return co_await apply_alone(std::move(action), std::move(password));
        }
        std::vector<Action> one;
        one.push_back(std::move(action));
        std::vector<Outcome> outcomes = co_await apply_joined(std::move(one));
        co_return std::move(outcomes.front());
    }

    Task<Outcome> apply_alone(Action action, Secret password) {
        if (action.login.empty() || action.kind == ActionKind::kAdopt) {
            co_return bug("an action that no call can do: " + std::string(to_string(action.kind)));
        }
        if (auto error = co_await meet()) {
            co_return refused(*error);
        }
        if (writes_refused_) {
            co_return refused(*writes_refused_);
        }
        if (action.kind == ActionKind::kCreate) {
            co_return co_await create(std::move(action), std::move(password));
        }
        if (action.kind == ActionKind::kMakeGroup) {
            co_return co_await make_group(std::move(action));
        }
        co_return co_await change(std::move(action), std::move(password));
    }

    [[nodiscard]] Duration budget_wait(ActionKind kind) const override {
        if (!spends_put_budget(kind)) {
            return Duration{0};
        }
        const Duration wait = puts_.wait(now_()).value_or(Duration{0});
        return joins(kind) ? std::min(wait, patches_.wait(now_()).value_or(Duration{0})) : wait;
    }

    [[nodiscard]] bool joins(ActionKind kind) const override {
        return (kind == ActionKind::kSetQuota || kind == ActionKind::kSetEmail) && status_ &&
               client_.product() == Product::kNextcloud && status_->major >= kFirstPatchMajor &&
               !patch_refused_;
    }

    JoinedCalls* joined_calls() override { return this; }

    Task<std::vector<Outcome>> apply_joined(std::vector<Action> actions) override {
        std::vector<std::optional<Outcome>> by_one_call(actions.size());
        const std::optional<Error> unmet = co_await meet();
        const bool may = !unmet && !writes_refused_ && joins(actions.front().kind);
        if (may && !patches_.take(now_())) {
            std::vector<std::optional<Outcome>> patched = co_await patch(actions);
            by_one_call = std::move(patched);
        }
        std::vector<Outcome> outcomes;
        for (std::size_t i = 0; i < actions.size(); ++i) {
            if (by_one_call[i]) {
                outcomes.push_back(*std::move(by_one_call[i]));
            } else {
                Secret none;
                Outcome outcome = co_await apply_alone(std::move(actions[i]), std::move(none));
                outcomes.push_back(std::move(outcome));
            }
        }
        co_return outcomes;
    }

  private:
    // Another cloud than the one that is believed: who it is, and nothing else.
    [[nodiscard]] CloudInfo stranger() const {
        CloudInfo info;
        info.identity = client_.shown_identity();
        show_tls(info);
        return info;
    }

    // Our own files: what they do not say decides nothing.
    Task<void> ask_second_witness(CloudInfo* info) {
        const Told<HomeFacts> home = co_await client_.home(own_login_);
        if (home.ok()) {
            info->data_fingerprint = home.data.data_fingerprint;
            info->identity = info->identity.empty() ? home.data.identity : info->identity;
        }
    }

    // status.php once, or `again`: without it the version of the API is not known. Nothing: all is
    // well.
    Task<std::optional<Error>> meet(bool again = false) {
        if (status_ && !again) {
            co_return std::nullopt;
        }
        Told<ServerStatus> answer = co_await client_.status();
        if (!answer.ok()) {
            co_return answer.error;
        }
        tls_ = answer.tls;
        co_return take_status(answer.data);
    }

    std::optional<Error> take_status(const ServerStatus& status) {
        if (contains(status.product, "Infinite Scale") || contains(status.product, "OpenCloud")) {
            return Error(
                NextMove::kHuman,
                "ocs.product",
                fmt::format(
                    "{} is {}, which has no OCS user API", settings_.base_url, status.product
                ),
                "take this server out of the processing modules; only Nextcloud and ownCloud 10/11 "
                "work"
            );
        }
        bool owncloud =
            contains(status.product, "ownCloud") ||
            (!contains(status.product, "Nextcloud") && status.major <= kLastOwncloudMajor);
        client_.set_product(owncloud ? Product::kOwncloud : Product::kNextcloud, status.major);
        if (!status_) {
            puts_ = puts_limited(status) ? PutWindow(PutBudget()) : PutWindow();
            patches_ = puts_;
        }
        status_ = status;
        return std::nullopt;
    }

    [[nodiscard]] bool puts_limited(const ServerStatus& status) const {
        return settings_.put_limited.value_or(
            client_.product() == Product::kNextcloud && status.major >= kFirstLimitedMajor
        );
    }

    // ---- observe ----

    Task<std::optional<Error>> know_own_login() {
        if (auto error = co_await meet()) {
            co_return error;
        }
        if (own_login_.empty()) {
            AccountAnswer me = co_await client_.who_am_i();
            if (!me.ok()) {
                co_return me.error;
            }
            own_login_ = me.account.login;
        }
        co_return std::nullopt;
    }

    ActualSnapshot finish_reading(AccountList& list, ActualSnapshot snapshot) {
        snapshot.own_login = login_key(own_login_);
        snapshot.groups = list.take_groups();
        snapshot.accounts = list.take_accounts();
        if (list.failure()) {
            snapshot.incomplete_reason = list.failure()->text();
        } else if (snapshot.accounts.find(snapshot.own_login) == ActualTable::npos) {
            // The one account of which we know for certain that it is there.
            snapshot.incomplete_reason = fmt::format(
                "{} listed {:# account|# accounts}, and not even {}, which we log in with",
                settings_.base_url,
                Plural(snapshot.accounts.size()),
                own_login_
            );
        } else {
            snapshot.complete = true;
        }
        return snapshot;
    }

    // ---- apply ----
    //
    // An end that the server answered but that says nothing certain (500, 998, 101, ...) is settled
    // by one GET of the account. Without any answer (time-out, broken connection) the server may
    // still be at work, so that end stays unknown and its owner looks later.

    Task<Outcome> create(Action action, Secret password) {
        if (!action.create || password.empty()) {
            co_return bug("a create of " + action.login + " without fields or password");
        }
        // ownCloud's create takes no quota, e-mail or name; Nextcloud's mails whoever it has an
        // address of.
        CreateFields later = *action.create;
        if (client_.product() == Product::kNextcloud) {
            later = CreateFields();
            if (!settings_.welcome_mail) {
                later.email = std::exchange(action.create->email, "");
            }
        }
        Answer answer = co_await client_.create(action, password);
        bool made = answer.effect == Effect::kDone;
        Outcome outcome = co_await conclude(action, std::move(answer));
        if (made) {
            outcome.detail = co_await set_later(std::move(action), std::move(later));
        }
        co_return outcome;
    }

    // What fails here is drift for the next pass.
    Task<std::string> set_later(Action action, CreateFields fields) {
        std::string failed;
        const std::vector<std::pair<Call, std::string>> wanted = {
            {Call::kSetQuota, fields.quota.is_size() ? wire_text(fields.quota) : ""},
            {Call::kSetEmail, fields.email},
            {Call::kSetName, fields.display_name}};
        for (const auto& [call, text] : wanted) {
            if (text.empty()) {
                continue;
            }
            if (puts_.take(now_())) {
                failed += failed.empty() ? "created, but: " : "; ";
                failed += "the limit of changes is spent";
                continue;
            }
            Secret value(text);
            Answer answer = co_await client_.change(call, action.login, value, action.urgent);
            spend_put(answer);
            if (!answer.ok()) {
                failed += failed.empty() ? "created, but: " : "; ";
                failed += answer.error.what;
            }
        }
        co_return failed;
    }

    Task<Outcome> make_group(Action action) {
        if (action.value.empty()) {
            co_return bug("a group without a name for " + action.login);
        }
        Answer answer = co_await client_.create_group(action.value, action.urgent);
        co_return co_await conclude(std::move(action), std::move(answer));
    }

    Task<Outcome> change(Action action, Secret password) {
        const bool budgeted = spends_put_budget(action.kind);
        if (action.kind == ActionKind::kSetQuota && !action.quota.is_size()) {
            co_return bug("an unknown quota for " + action.login);
        }
        Secret value = std::move(password);
        if (action.kind != ActionKind::kSetPassword) {
            const bool quota = action.kind == ActionKind::kSetQuota;
            value = Secret(quota ? wire_text(action.quota) : action.value);
        }
        if (budgeted) {
            if (auto wait = puts_.take(now_())) {
                Error error(
                    Concern::kActionKind,
                    NextMove::kWait,
                    "ocs.put_budget",
                    fmt::format(
                        "{}: the cloud's limit of changes per ten minutes is spent",
                        settings_.base_url
                    ),
                    "to lift it, see docs/ocs.md"
                );
                error.wait = *wait;
                co_return refused(std::move(error));
            }
        }
        Answer answer =
            co_await client_.change(call_of(action.kind), action.login, value, action.urgent);
        if (budgeted) {
            spend_put(answer);
        }
        co_return co_await conclude(std::move(action), std::move(answer));
    }

    // What one call did for each of these; nothing: it certainly did nothing, and each may be tried
    // by itself, which says what is wrong with which.
    Task<std::vector<std::optional<Outcome>>> patch(const std::vector<Action>& actions) {
        std::vector<std::pair<std::string, std::string>> fields;
        for (const Action& action : actions) {
            const bool quota = action.kind == ActionKind::kSetQuota;
            fields.emplace_back(
                quota ? "quota" : "email", quota ? wire_text(action.quota) : action.value
            );
        }
        const Action& first = actions.front();
        const AccountAnswer answer =
            co_await client_.patch(first.login, std::move(fields), first.urgent);
        const bool limit = answer.error.concern == Concern::kActionKind;
        patches_.done(now_(), answer.sent && !limit);
        if (limit) {
            patches_.refused(now_());
        }
        // Not in the cloud's own words, or failed inside: what stands in front may not know PATCH.
        const bool odd = answer.effect == Effect::kLook;
        patch_refused_ = patch_refused_ || odd || answer.effect == Effect::kUnknown;
        std::vector<std::optional<Outcome>> outcomes(actions.size());
        const bool refused_only = answer.effect == Effect::kNone &&
                                  answer.stops == Stops::kNothing &&
                                  (limit || answer.error.concern == Concern::kCall);
        const bool alone = odd || refused_only;  // the same by PUT changes nothing twice
        for (std::size_t i = 0; i < actions.size() && !alone; ++i) {
            // The cloud says "done" of a field that it passed over, too.
            const std::optional<ChangeSeen> seen = change_seen(answer.account, actions[i]);
            if (answer.effect != Effect::kDone) {
                const Answer& said = answer;
                Outcome outcome = co_await conclude(actions[i], said);
                outcomes[i] = std::move(outcome);
            } else if (seen && seen->so) {
                outcomes[i] = done(OutcomeKind::kDone, answer.account.login);
            }
        }
        co_return outcomes;
    }

    // A change that was taken from the limit has ended.
    void spend_put(Answer& answer) {
        const bool over = answer.error.concern == Concern::kActionKind;
        puts_.done(now_(), answer.sent && !over);
        if (over) {
            answer.error.wait = puts_.refused(now_());
        }
    }

    void show_tls(CloudInfo& info) const {
        info.tls = tls_.text;
        info.certificate_end = tls_.certificate_end;
    }

    Task<Outcome> conclude(Action action, Answer answer) {
        if (answer.stops == Stops::kWrites) {
            // It is about our login, not about the account: no write will pass until it is changed.
            writes_refused_ = answer.error;
        }
        switch (answer.effect) {
            case Effect::kDone:
                co_return done(
                    OutcomeKind::kDone, answer.id.empty() ? std::move(action.login) : answer.id
                );
            case Effect::kAlready:
                co_return done(OutcomeKind::kAlreadySo, std::move(action.login));
            case Effect::kUnknown:
                co_return unknown(std::move(answer.error));
            case Effect::kLook:
            case Effect::kBegun:
            case Effect::kVain:
                break;
            case Effect::kWhoAmI: {
                AccountAnswer me = co_await client_.who_am_i();
                if (!me.ok()) {
                    co_return refused(me.error);
                }
                break;
            }
            default:
                co_return refused(std::move(answer.error));
        }
        co_return co_await settle_by_look(std::move(action), std::move(answer));
    }

    // Whether the cloud has the group by now: whoever made it.
    Task<Outcome> settle_by_groups(Action action, Answer answer) {
        const NamesAnswer groups = co_await client_.list_groups();
        if (!groups.ok()) {
            Error error = answer.error;
            error.what += "; and reading the groups failed: " + groups.error.what;
            co_return unknown(std::move(error));
        }
        const bool there = std::ranges::find(groups.data, action.value) != groups.data.end();
        if (there) {
            co_return done(OutcomeKind::kDone, std::move(action.login));
        }
        co_return refused(std::move(answer.error));
    }

    Task<Outcome> settle_by_look(Action action, Answer answer) {
        if (action.kind == ActionKind::kMakeGroup) {
            co_return co_await settle_by_groups(std::move(action), std::move(answer));
        }
        auto seen = co_await look(action.login);
        if (!seen) {
            Error error = answer.error;
            error.what += "; and looking at the account failed: " + seen.error().what;
            co_return unknown(std::move(error));
        }
        if (action.kind == ActionKind::kCreate) {
            co_return judge_create(*seen, std::move(answer));
        }
        co_return judge_change(action, *seen, std::move(answer));
    }

    CloudSettings settings_;
    std::function<Time()> now_;
    Duration retry_pause_;
    OcsClient client_;
    PutWindow puts_;
    PutWindow patches_;           // counted by themselves
    bool patch_refused_ = false;  // by what stands in front, perhaps
    std::optional<ServerStatus> status_;
    PageSizes page_sizes_;
    TlsFacts tls_;
    std::string own_login_;
    std::optional<Error> writes_refused_;  // for good: app password
};

}  // namespace

// Puts the decorators on `wire`: cookies (account passwords only), the limit of parallel calls,
// and, lowest of all, the refusal of writes.
std::unique_ptr<Cloud> make_cloud(
    std::unique_ptr<HttpTransport> wire,
    CloudSettings settings,
    CloudObserver* observer,
    std::function<Time()> now,
    Duration retry_pause
) {
    if (settings.read_only) {
        wire = std::make_unique<ReadOnlyTransport>(std::move(wire));
    }
    // An app password is cheap to verify and must not be mixed with a session's confirmation time.
    if (!logs_in_by_token(settings)) {
        wire = std::make_unique<SessionTransport>(std::move(wire), now);
    }
    wire = std::make_unique<LimitedTransport>(std::move(wire), settings.max_parallel);
    return std::make_unique<OcsCloud>(
        std::move(wire), std::move(settings), observer, std::move(now), retry_pause
    );
}

std::unique_ptr<Cloud> make_cloud(
    std::shared_ptr<HttpEngine> engine,
    CloudSettings settings,
    CloudObserver* observer,
    std::function<Time()> now
) {
    constexpr Duration kRetryPause = std::chrono::milliseconds(500);
    auto wire = connect(std::move(engine), settings);
    return make_cloud(std::move(wire), std::move(settings), observer, std::move(now), kRetryPause);
}

}  // namespace bn::ocs
