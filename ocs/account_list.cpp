#include "ocs/account_list.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/core.h>

#include "base/tasks.hpp"

namespace asio = boost::asio;

namespace bn::ocs {

namespace {

constexpr int kTries = 3;
constexpr std::uint64_t kMostPages = 60000;  // parts are numbered by 16 bits
constexpr std::size_t kMostListedIds = 5'000'000;
constexpr std::uint32_t kMostUnreadable = 12;  // accounts, one after the other

}  // namespace

AccountList::AccountList(
    ListedCloud cloud, PageSizes& sizes, ObserveOptions options, std::vector<std::string> groups
)
    : cloud_(std::move(cloud)),
      options_(std::move(options)),
      pages_(sizes, options_.page_size),
      groups_(std::move(groups)) {
    sink_.table.on_add(options_.each);
    if (options_.names) {
        sink_.table.keep_names();
    }
}

// The answer of what `ask` calls, which is called again while that may help.
template <class A, class Ask>
Task<A> AccountList::repeated(Ask ask) {
    for (int attempt = 1;; ++attempt) {
        A answer = co_await ask();
        if (answer.ok() || answer.effect == Effect::kAbsent ||
            answer.error.move != NextMove::kRetryCall || attempt >= kTries) {
            co_return answer;
        }
        co_await base::rest(cloud_.retry_pause * attempt);
    }
}

Task<void> AccountList::read() {
    return cloud_.client.product() == Product::kOwncloud ? read_owncloud() : read_nextcloud();
}

Task<void> AccountList::read_nextcloud() {
    for (bool more = true; more && !failure_;) {
        co_await in_parallel(&AccountList::read_pages);
        more = co_await more_behind_the_end();
    }
    if (!failure_ && !pages_.done()) {
        failure_ = last_failure_.value_or(Error(
            NextMove::kHuman,
            "ocs.too_many_pages",
            "the list of accounts does not end",
            "make the pages larger"
        ));
    }
    if (!failure_ && pages_.repeats()) {
        failure_ = Error(
            NextMove::kHuman,
            "ocs.list_repeats",
            fmt::format(
                "{}: the list of accounts brings the same ones again from {} on, in full pages: "
                "who comes after them is not listed",
                cloud_.base_url,
                pages_.end()->offset
            ),
            "look at the cloud's user back-end (LDAP without paging?); a `page_size` above the "
            "number of accounts reads them at once"
        );
    }
}

Task<void> AccountList::read_pages() {
    while (!failure_ && parts_ < kMostPages) {
        const std::optional<PageRange> range = pages_.next();
        if (!range) {
            co_return;
        }
        const auto begun = std::chrono::steady_clock::now();
        const std::uint16_t part = parts_++;
        const Told<PageCount> page = co_await cloud_.client.details(*range, &sink_, part);
        const auto took = std::chrono::steady_clock::now() - begun;
        if (!page.ok()) {
            co_await page_failed(*range, page.error, page.too_much);
            continue;
        }
        pages_.read(*range, page.data.entries, page.data.fresh, std::chrono::ceil<Duration>(took));
        accounts_ += page.data.entries;
        if (page.data.entries > 0 && options_.progress) {
            options_.progress(accounts_);
        }
    }
}

Task<void> AccountList::page_failed(PageRange range, Error error, bool too_much) {
    last_failure_ = error;
    if (error.concern != Concern::kCall) {
        failure_ = failure_.value_or(std::move(error));
        co_return;
    }
    if (!pages_.failed(range, too_much)) {
        co_await read_alone(range.offset);
    }
}

// The one account at this place of the list.
Task<void> AccountList::read_alone(std::uint64_t offset) {
    const NamesAnswer who = co_await cloud_.client.list_users(1, offset);
    if (!who.ok()) {
        failure_ = failure_.value_or(who.error);
        co_return;
    }
    if (who.data.empty()) {
        co_return;
    }
    const std::string& login = who.data.front();
    if (!sink_.met.insert(AccountSink::key_of(login)).second) {
        failure_ = failure_.value_or(*last_failure_);  // the list of ids leads to somebody else
        co_return;
    }
    AccountAnswer answer =
        co_await repeated<AccountAnswer>([&] { return cloud_.client.get_user(login, false); });
    answer.account.details_known = answer.account.details_known && answer.groups_known;
    pages_.alone(add_alone(login, std::move(answer)));
}

// Whether it could be read; else it is there, and not known in detail.
bool AccountList::add_alone(const std::string& login, AccountAnswer answer) {
    if (answer.effect == Effect::kAbsent) {
        return true;  // deleted since the list was read
    }
    if (!answer.ok() && answer.error.concern != Concern::kCall) {
        failure_ = failure_.value_or(answer.error);
        return false;
    }
    OwnedActualAccount account = std::move(answer.account);
    if (!answer.ok()) {
        account = OwnedActualAccount();
        account.login = login;
        account.details_known = false;
    }
    sink_.table.add(account.view(), parts_++);
    ++accounts_;
    return answer.ok();
}

// A page that is empty where there is somebody has failed without a word.
Task<bool> AccountList::more_behind_the_end() {
    if (failure_ || !pages_.end() || pages_.given_up() || accounts_ == 0) {
        co_return false;
    }
    const PageRange end = *pages_.end();
    const NamesAnswer who = co_await cloud_.client.list_users(1, end.offset);
    if (!who.ok()) {
        failure_ = failure_.value_or(who.error);
        co_return false;
    }
    if (who.data.empty() || sink_.met.contains(AccountSink::key_of(who.data.front()))) {
        co_return false;
    }
    Error empty(
        NextMove::kRetryCall,
        "ocs.empty_page",
        fmt::format(
            "{}: the page of accounts from {} on is empty, though there is {}",
            cloud_.base_url,
            end.offset,
            who.data.front()
        ),
        "look into the cloud's log (nextcloud.log) at this minute"
    );
    co_await page_failed(pages_.not_the_end(), std::move(empty), false);
    co_return !failure_;
}

Task<void> AccountList::read_owncloud() {
    const std::uint64_t size = options_.page_size;
    while (logins_.size() < kMostListedIds) {
        const NamesAnswer page = co_await cloud_.client.list_users(size, logins_.size());
        if (!page.ok()) {
            failure_ = page.error;
            co_return;
        }
        const std::size_t before = logins_.size();
        for (const std::string& login : page.data) {
            if (sink_.met.insert(AccountSink::key_of(login)).second) {
                logins_.push_back(login);
            }
        }
        if (logins_.size() == before) {
            break;
        }
    }
    co_await in_parallel(&AccountList::read_members);
    if (!failure_) {
        next_ = 0;
        co_await in_parallel(&AccountList::read_accounts);
    }
}

Task<void> AccountList::read_members() {
    const auto wanted = [this](const std::string& group) {
        return !options_.groups || group == "admin" ||
               std::ranges::find(*options_.groups, group) != options_.groups->end();
    };
    while (!failure_ && next_ < groups_.size()) {
        const auto number = static_cast<std::uint32_t>(next_++);
        const std::string& group = groups_[number];
        if (!wanted(group)) {
            continue;
        }
        const NamesAnswer members =
            co_await repeated<NamesAnswer>([&] { return cloud_.client.group_members(group); });
        if (!members.ok() && members.error.move != NextMove::kRedoPass) {
            failure_ = failure_.value_or(members.error);
        }
        for (const std::string& login : members.data) {
            groups_of_[login_key(login)].push_back(number);
        }
    }
}

Task<void> AccountList::read_accounts() {
    while (!failure_ && next_ < logins_.size()) {
        const std::string& login = logins_[next_++];
        AccountAnswer answer =
            co_await repeated<AccountAnswer>([&] { return cloud_.client.get_user(login, false); });
        if (!answer.ok()) {
            const Error error = answer.error;
            const bool read = add_alone(login, std::move(answer));
            unreadable_ = read ? 0 : unreadable_ + 1;
            if (unreadable_ > kMostUnreadable) {
                failure_ = failure_.value_or(error);
            }
            continue;
        }
        unreadable_ = 0;
        for (const std::uint32_t number : groups_of_[login_key(login)]) {
            const std::string& name = groups_[number];
            answer.account.groups.push_back(name);
            answer.account.admin = answer.account.admin || name == "admin";
        }
        sink_.table.add(answer.account.view(), 0);
        ++accounts_;
        if (options_.progress && accounts_ % 100 == 0) {
            options_.progress(accounts_);
        }
    }
}

// As many as calls may be under way.
Task<void> AccountList::in_parallel(Task<void> (AccountList::*worker)()) {
    auto executor = co_await asio::this_coro::executor;
    base::TaskGroup workers(executor);
    for (std::uint32_t i = 0; i < std::clamp(cloud_.parallel, 1U, 64U); ++i) {
        workers.spawn((this->*worker)());
    }
    co_await workers.join();
}

}  // namespace bn::ocs
