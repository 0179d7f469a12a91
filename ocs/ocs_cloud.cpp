#include "ocs/ocs_cloud.hpp"

#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "ocs/encode.hpp"
#include "ocs/gate.hpp"
#include "ocs/session.hpp"

namespace bn::ocs {

namespace {

constexpr int kFirstLimitedMajor = 27;  // limit of PUTs per ten minutes
constexpr int kFirstConfirmMajor = 34;  // app passwords refused on writes
constexpr int kLastOwncloudMajor = 11;  // a renamed product is told by its version

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

std::unique_ptr<HttpTransport> decorate(
    std::unique_ptr<HttpTransport> wire,
    const CloudSettings& settings,
    const std::function<Time()>& now
) {
    std::unique_ptr<HttpTransport> top = std::move(wire);
    if (settings.read_only) {
        top = std::make_unique<ReadOnlyTransport>(std::move(top));
    }
    // An app password is cheap to verify and must not be mixed with a session's confirmation time.
    if (!looks_like_app_password(settings.password.reveal())) {
        top = std::make_unique<SessionTransport>(std::move(top), now);
    }
    return std::make_unique<LimitedTransport>(std::move(top), settings.max_parallel);
}

OcsCloud::OcsCloud(
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

std::optional<Error> OcsCloud::take_status(const ServerStatus& status) {
    if (contains(status.product, "Infinite Scale") || contains(status.product, "OpenCloud")) {
        return Error(
            NextMove::kHuman,
            "ocs.product",
            fmt::format("{} is {}, which has no OCS user API", settings_.base_url, status.product),
            "take this server out of the processing modules; only Nextcloud and ownCloud 10/11 work"
        );
    }
    bool owncloud = contains(status.product, "ownCloud") ||
                    (!contains(status.product, "Nextcloud") && status.major <= kLastOwncloudMajor);
    client_.set_product(owncloud ? Product::kOwncloud : Product::kNextcloud, status.major);
    bool limited = settings_.put_limited.value_or(!owncloud && status.major >= kFirstLimitedMajor);
    if (!status_) {
        puts_ = limited ? PutWindow(PutBudget()) : PutWindow();
    }
    status_ = status;
    return std::nullopt;
}

Task<std::optional<Error>> OcsCloud::meet() {
    if (status_) {
        co_return std::nullopt;
    }
    StatusAnswer answer = co_await client_.status();
    if (!answer.answer.verdict.ok()) {
        co_return answer.answer.verdict.error;
    }
    tls_ = answer.answer.tls;
    co_return take_status(answer.status);
}

Task<Result<std::vector<std::string>>> OcsCloud::own_groups(std::string login) {
    NamesAnswer answer = co_await client_.user_groups(std::move(login));
    if (!answer.answer.verdict.ok()) {
        co_return tl::unexpected(answer.answer.verdict.error);
    }
    co_return answer.names;
}

Task<Result<CloudInfo>> OcsCloud::probe() {
    StatusAnswer status = co_await client_.status();
    if (!status.answer.verdict.ok()) {
        co_return tl::unexpected(status.answer.verdict.error);
    }
    tls_ = status.answer.tls;
    if (auto unusable = take_status(status.status)) {
        co_return tl::unexpected(*unusable);
    }
    CloudInfo info;
    info.product = to_string(client_.product());
    info.version = status.status.version;
    info.major = status.status.major;
    info.maintenance = status.status.maintenance;
    info.needs_upgrade = status.status.needs_upgrade;
    info.tls = tls_;
    info.put_budget.limited = settings_.put_limited.value_or(
        client_.product() == Product::kNextcloud && info.major >= kFirstLimitedMajor
    );
    info.app_password_risk = client_.product() == Product::kNextcloud &&
                             info.major >= kFirstConfirmMajor &&
                             looks_like_app_password(settings_.password.reveal());
    if (info.maintenance || info.needs_upgrade) {
        co_return info;  // every other call is refused now
    }
    AccountAnswer me = co_await client_.who_am_i();
    if (!me.answer.verdict.ok()) {
        co_return tl::unexpected(me.answer.verdict.error);
    }
    own_login_ = me.account.login;
    info.own_login = own_login_;
    info.admin = me.account.admin;
    if (me.answer.date) {
        info.clock_skew = *me.answer.date - now_();
    }
    if (!me.groups_known) {
        auto groups = co_await own_groups(own_login_);
        if (!groups) {
            co_return tl::unexpected(groups.error());
        }
        info.admin = std::find(groups->begin(), groups->end(), "admin") != groups->end();
    }
    CapabilitiesAnswer capabilities = co_await client_.capabilities();
    if (capabilities.answer.verdict.ok() && capabilities.capabilities.password_min_length > 0) {
        info.password_min_length = capabilities.capabilities.password_min_length;
    }
    NamesAnswer groups = co_await client_.list_groups();
    if (!groups.answer.verdict.ok() && info.admin) {
        co_return tl::unexpected(groups.answer.verdict.error);
    }
    info.groups = std::move(groups.names);
    co_return info;
}

Task<Result<std::optional<OwnedActualAccount>>> OcsCloud::look(std::string login) {
    using Seen = std::optional<OwnedActualAccount>;
    if (auto error = co_await meet()) {
        co_return tl::unexpected(*error);
    }
    AccountAnswer answer = co_await client_.get_user(login, true);
    if (answer.answer.verdict.effect == Effect::kAbsent) {
        co_return Seen();
    }
    if (!answer.answer.verdict.ok()) {
        co_return tl::unexpected(answer.answer.verdict.error);
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
        if (groups.answer.verdict.effect == Effect::kAbsent) {
            co_return Seen();
        }
        if (!groups.answer.verdict.ok()) {
            co_return tl::unexpected(groups.answer.verdict.error);
        }
        account.groups = std::move(groups.names);
        std::sort(account.groups.begin(), account.groups.end());
        account.admin =
            std::binary_search(account.groups.begin(), account.groups.end(), std::string("admin"));
    }
    co_return Seen(std::move(account));
}

}  // namespace bn::ocs
