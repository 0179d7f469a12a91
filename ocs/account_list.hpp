// One reading of all accounts of a cloud.
//
// Nextcloud: pages of users/details, read by a few workers (page_plan.hpp); the end is an empty
// page, because a page may be short (or longer than asked for) with several user back-ends. Pages
// move while accounts come and go: an account that was met twice stays once, as met last. One that
// makes its page fail is read by itself, or is there and not known in detail. ownCloud has no such
// list: ids, then the members of each group, then each account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ocs/ocs_client.hpp"
#include "ocs/page_plan.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::ocs {

struct ListedCloud {
    OcsClient& client;  // outlives the reading, as its sizes do
    std::string base_url;
    std::uint32_t parallel = 1;
    Duration retry_pause{};
};

class AccountList {
  public:
    // `groups`: all that the cloud has.
    AccountList(
        ListedCloud cloud, PageSizes& sizes, ObserveOptions options, std::vector<std::string> groups
    );
    AccountList(const AccountList&) = delete;
    AccountList& operator=(const AccountList&) = delete;

    // REQUIRES: called once.
    Task<void> read();

    // Why not all was read.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

    // How many were read, some of them twice maybe.
    [[nodiscard]] std::uint64_t count() const { return accounts_; }

    [[nodiscard]] std::vector<std::string> take_groups() { return std::move(groups_); }

    [[nodiscard]] ActualTable take_accounts() { return std::move(sink_.table).finish(); }

  private:
    Task<void> read_nextcloud();
    Task<void> read_pages();
    Task<void> page_failed(PageRange range, Error error, bool too_much);
    Task<void> read_alone(std::uint64_t offset);
    bool add_alone(const std::string& login, AccountAnswer answer);
    Task<bool> more_behind_the_end();
    Task<void> read_owncloud();
    Task<void> read_members();
    Task<void> read_accounts();
    Task<void> in_parallel(Task<void> (AccountList::*worker)());

    template <class A, class Ask>
    Task<A> repeated(Ask ask);

    ListedCloud cloud_;
    ObserveOptions options_;
    PagePlan pages_;
    std::vector<std::string> groups_;
    AccountSink sink_;
    std::uint64_t accounts_ = 0;
    std::uint16_t parts_ = 0;            // pages read, in the order of their reading
    std::uint64_t next_ = 0;             // ownCloud: group or account to read next
    std::uint32_t unreadable_ = 0;       // accounts, one after the other
    std::optional<Error> failure_;       // the first one; ends the reading
    std::optional<Error> last_failure_;  // of a page that was read in parts then
    // ownCloud only:
    std::vector<std::string> logins_;
    std::unordered_map<std::string, std::vector<std::uint32_t>> groups_of_;  // key -> group numbers
};

}  // namespace bn::ocs
