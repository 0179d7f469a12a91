// Actual state: what one cloud has, as one reading of it says it.
//
// Flat like the desired state: 32 bytes a record plus its texts. Sorted by login key. Each part
// (page) of a reading knows its own age, so that later readings may refresh parts only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/account_table.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/text_arena.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// What a cloud says of an account beside its texts.
struct AccountState {
    Quota quota;  // as read; unknown when the cloud did not say
    bool enabled = true;
    bool admin = false;         // member of the group `admin`: protected
    bool has_files = false;     // used > 0
    bool local_backend = true;  // false: LDAP, SAML, guests: never touched
    bool details_known = true;  // false: the cloud gave only the id; differs from nothing
    std::optional<std::uint64_t> used = {};  // bytes
    // Not kept by a table (see on_add).
    std::optional<Time> last_login = {};  // the epoch: never; nothing: the cloud did not say

    [[nodiscard]] bool logged_in_before() const { return last_login && *last_login > Time{}; }
};

// One account of a cloud. Texts point into the table or to the caller's memory.
struct ActualAccount : AccountState {
    std::string_view login;                // the stored spelling
    std::string_view email;                // lower case; empty: none
    std::string_view display_name;         // empty: not known
    std::vector<std::string_view> groups;  // any order
};

// An account with its own texts: what a read of a single account returns.
struct OwnedActualAccount : AccountState {
    std::string login;
    std::string email;
    std::string display_name;
    std::vector<std::string> groups;  // sorted
    Time read_at{};

    OwnedActualAccount() = default;
    [[nodiscard]] ActualAccount view() const;  // texts live as long as this object
};

struct ActualRecord {
    enum Flag : std::uint16_t {
        kEnabled = 1,
        kAdmin = 2,
        kHasFiles = 4,
        kLocalBackend = 8,
        kDetailsKnown = 16,
        kSpelled = 32,
    };

    static constexpr std::uint64_t kNotKnown = ~std::uint64_t{0};

    Quota quota;
    std::uint64_t used = kNotKnown;
    std::uint32_t text = 0;
    std::uint32_t group_set = 0;
    std::uint16_t part = 0;
    std::uint16_t flags = 0;
    std::uint8_t key_length = 0;
    std::uint8_t email_length = 0;
};

static_assert(sizeof(ActualRecord) == 32);

class ActualTable : public AccountTable<ActualRecord> {
  public:
    class Builder;
    using Flag = ActualRecord::Flag;
    using enum ActualRecord::Flag;

    [[nodiscard]] ActualAccount operator[](std::size_t i) const;

    [[nodiscard]] const GroupSetPool& group_sets() const { return group_sets_; }

    // Empty where names are not kept, or the cloud did not say.
    [[nodiscard]] std::string_view display_name(std::size_t i) const {
        return name_at_.empty() ? std::string_view() : std::string_view(&names_[name_at_[i]]);
    }

  private:
    GroupSetPool group_sets_;
    std::vector<std::uint32_t> name_at_;  // by record: offset in names_, NUL-terminated; or none
    std::string names_;
};

class ActualTable::Builder {
  public:
    void reserve(std::size_t accounts);

    // Display names are kept as well. Before the first account.
    void keep_names() { names_kept_ = true; }

    // Copies the texts. An id or e-mail of more than 255 bytes is cut at 255 and the account
    // marked as not known in detail (the cloud's own limit is 64).
    void add(const ActualAccount& account, std::uint16_t part = 0);
    // Sorts by key; of two readings of one account (pages moved) the later part stays.
    [[nodiscard]] ActualTable finish() &&;

    // Is shown each account as it is added: the way to what a table does not keep.
    void on_add(std::function<void(const ActualAccount&)> listener) {
        listener_ = std::move(listener);
    }

    [[nodiscard]] std::size_t size() const { return table_.records_.size(); }

  private:
    ActualTable table_;
    std::function<void(const ActualAccount&)> listener_;
    bool names_kept_ = false;
};

struct ActualSnapshot {
    ServerId server;
    Time taken_at{};  // start of the reading: the age of its oldest page
    bool complete = false;
    std::string incomplete_reason;
    // Only the accounts that were asked for were read, each of them for certain: complete for
    // these, silent about all others. Sizes and emptiness mean nothing then.
    bool narrow = false;
    ActualTable accounts;
    // All groups that the cloud has, in the cloud's own order: the Python module that we replace
    // stored a position in this list instead of a name.
    std::vector<std::string> groups;
    std::string own_login;  // key of the account that we log in with: protected
};

}  // namespace bn
