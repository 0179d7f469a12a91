// OcsCloud::observe: all accounts and groups of a cloud.
//
// Nextcloud: pages of users/details, read by a few workers; the end is an empty page, because a
// page may be short (or longer than asked for) with several user backends. Pages move while
// accounts come and go: an account that was met twice stays once, as met last.
// ownCloud has no such list: ids, then members of each group, then each account.
#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "ocs/ocs_cloud.hpp"

#include "base/tasks.hpp"

namespace bn::ocs {

namespace {

constexpr int kTries = 3;
constexpr std::uint32_t kDefaultPage = 500;
constexpr std::uint64_t kMostPages = 60000;  // parts are numbered by 16 bits
constexpr std::size_t kMostListedIds = 5'000'000;

}  // namespace

struct OcsCloud::Reading {
    ObserveOptions options;
    ActualSnapshot snapshot;
    ActualTable::Builder table;
    std::uint64_t accounts = 0;
    std::uint16_t parts = 0;                 // pages read, in the order of their reading
    std::uint64_t next = 0;                  // page, group or account to read next
    std::optional<std::uint64_t> first_end;  // lowest page that was empty
    std::optional<Error> failure;            // the first one; ends the reading
    // ownCloud only:
    std::vector<std::string> logins;
    std::unordered_map<std::string, std::vector<std::uint32_t>> groups_of;  // key -> group numbers

    Reading() = default;
};

std::uint32_t OcsCloud::workers() const {
    return std::clamp(settings_.max_parallel, 1U, 64U);
}

Task<std::optional<Error>> OcsCloud::begin_reading(Reading* reading) {
    if (auto error = co_await meet()) {
        co_return error;
    }
    reading->snapshot.server = settings_.server;
    reading->snapshot.taken_at = now_();
    if (own_login_.empty()) {
        AccountAnswer me = co_await client_.who_am_i();
        if (!me.answer.verdict.ok()) {
            co_return me.answer.verdict.error;
        }
        own_login_ = me.account.login;
    }
    reading->snapshot.own_login = login_key(own_login_);
    NamesAnswer groups = co_await client_.list_groups();
    if (!groups.answer.verdict.ok()) {
        co_return groups.answer.verdict.error;
    }
    reading->snapshot.groups = std::move(groups.names);
    co_return std::nullopt;
}

// False: give up (and the failure is noted).
Task<bool> OcsCloud::pause_before_retry(Reading* reading, int attempt, Error error) {
    if (error.move == NextMove::kRetryCall && attempt < kTries && !reading->failure) {
        co_await base::rest(retry_pause_ * attempt);
        co_return true;
    }
    if (!reading->failure) {
        reading->failure = std::move(error);
    }
    co_return false;
}

Task<void> OcsCloud::read_page(Reading* reading, std::uint64_t page) {
    std::uint64_t size = reading->options.page_size;
    for (int attempt = 1;; ++attempt) {
        const std::uint16_t part = reading->parts++;
        std::uint32_t entries = 0;
        Answer answer =
            co_await client_.details(size, page * size, &reading->table, part, &entries);
        if (answer.verdict.ok()) {
            reading->accounts += entries;
            if (entries == 0) {
                reading->first_end = std::min(reading->first_end.value_or(page), page);
            } else if (reading->options.progress) {
                reading->options.progress(reading->accounts);
            }
            co_return;
        }
        bool again = co_await pause_before_retry(reading, attempt, answer.verdict.error);
        if (!again) {
            co_return;
        }
    }
}

Task<void> OcsCloud::read_pages(Reading* reading) {
    while (!reading->failure && !reading->first_end && reading->next < kMostPages) {
        std::uint64_t page = reading->next++;
        co_await read_page(reading, page);
    }
    if (reading->next >= kMostPages && !reading->first_end && !reading->failure) {
        reading->failure = Error(
            NextMove::kHuman,
            "ocs.too_many_pages",
            "the list of accounts does not end",
            "make the pages larger"
        );
    }
}

Task<void> OcsCloud::read_members(Reading* reading) {
    while (!reading->failure && reading->next < reading->snapshot.groups.size()) {
        auto number = static_cast<std::uint32_t>(reading->next++);
        std::string group = reading->snapshot.groups[number];
        for (int attempt = 1;; ++attempt) {
            NamesAnswer members = co_await client_.group_members(group);
            if (members.answer.verdict.ok()) {
                for (const std::string& login : members.names) {
                    reading->groups_of[login_key(login)].push_back(number);
                }
                break;
            }
            Error error = members.answer.verdict.error;
            bool again = co_await pause_before_retry(reading, attempt, std::move(error));
            if (!again) {
                co_return;
            }
        }
    }
}

Task<void> OcsCloud::read_accounts(Reading* reading) {
    while (!reading->failure && reading->next < reading->logins.size()) {
        std::string login = reading->logins[reading->next++];
        for (int attempt = 1;; ++attempt) {
            AccountAnswer answer = co_await client_.get_user(login, false);
            if (answer.answer.verdict.effect == Effect::kAbsent) {
                break;  // deleted since the list was read
            }
            if (answer.answer.verdict.ok()) {
                auto& groups = reading->groups_of[login_key(login)];
                for (std::uint32_t number : groups) {
                    const std::string& name = reading->snapshot.groups[number];
                    answer.account.groups.push_back(name);
                    answer.account.admin = answer.account.admin || name == "admin";
                }
                ActualAccount view = answer.account.view();
                reading->table.add(view, 0);
                ++reading->accounts;
                if (reading->options.progress && reading->accounts % 100 == 0) {
                    reading->options.progress(reading->accounts);
                }
                break;
            }
            Error error = answer.answer.verdict.error;
            bool again = co_await pause_before_retry(reading, attempt, std::move(error));
            if (!again) {
                co_return;
            }
        }
    }
}

Task<void> OcsCloud::read_owncloud(Reading* reading) {
    std::uint64_t size = reading->options.page_size;
    while (reading->logins.size() < kMostListedIds) {
        NamesAnswer page = co_await client_.list_users(size, reading->logins.size());
        if (!page.answer.verdict.ok()) {
            reading->failure = page.answer.verdict.error;
            co_return;
        }
        if (page.names.empty()) {
            break;
        }
        reading->logins.insert(reading->logins.end(), page.names.begin(), page.names.end());
    }
    std::vector<std::function<Task<void>()>> tasks;
    for (std::uint32_t i = 0; i < workers(); ++i) {
        tasks.emplace_back([this, reading] { return read_members(reading); });
    }
    co_await base::run_all(std::move(tasks));
    if (reading->failure) {
        co_return;
    }
    reading->next = 0;
    std::vector<std::function<Task<void>()>> readers;
    for (std::uint32_t i = 0; i < workers(); ++i) {
        readers.emplace_back([this, reading] { return read_accounts(reading); });
    }
    co_await base::run_all(std::move(readers));
}

ActualSnapshot OcsCloud::finish_reading(Reading& reading) {
    ActualSnapshot& snapshot = reading.snapshot;
    snapshot.accounts = std::move(reading.table).finish();
    if (reading.failure) {
        snapshot.incomplete_reason = reading.failure->text();
    } else if (snapshot.accounts.find(snapshot.own_login) == ActualTable::npos) {
        // The one account of which we know for certain that it is there.
        snapshot.incomplete_reason = fmt::format(
            "{} listed {} accounts, and not even {}, which we log in with",
            settings_.base_url,
            snapshot.accounts.size(),
            own_login_
        );
    } else {
        snapshot.complete = true;
    }
    return std::move(snapshot);
}

Task<Result<ActualSnapshot>> OcsCloud::observe(ObserveOptions options) {
    Reading reading;
    reading.options = std::move(options);
    if (reading.options.page_size == 0) {
        reading.options.page_size = kDefaultPage;  // 0 would be answered by an empty list
    }
    reading.table.on_add(reading.options.each);
    if (auto error = co_await begin_reading(&reading)) {
        co_return tl::unexpected(*error);
    }
    if (client_.product() == Product::kOwncloud) {
        co_await read_owncloud(&reading);
    } else {
        std::vector<std::function<Task<void>()>> tasks;
        for (std::uint32_t i = 0; i < workers(); ++i) {
            tasks.emplace_back([this, &reading] { return read_pages(&reading); });
        }
        co_await base::run_all(std::move(tasks));
    }
    if (reading.failure && reading.accounts == 0) {
        co_return tl::unexpected(*reading.failure);
    }
    co_return finish_reading(reading);
}

}  // namespace bn::ocs
