// Actual state: what one cloud has, as one reading of it says it.
//
// Flat like the desired state: 24 bytes a record plus its texts. Sorted by login key. Each part
// (page) of a reading knows its own age, so that later readings may refresh parts only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/text_arena.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// One account of a cloud. Texts point into the table or to the caller's memory.
struct ActualAccount {
    std::string_view login;                // the stored spelling
    std::string_view email;                // lower case; empty: none
    Quota quota;                           // as read; unknown when the cloud did not say
    std::vector<std::string_view> groups;  // any order
    bool enabled = true;
    bool admin = false;      // member of the group `admin`: protected
    bool has_files = false;  // used > 0
    bool logged_in_before = false;
    bool local_backend = true;  // false: LDAP, SAML, guests: never touched
    bool details_known = true;  // false: the cloud gave only the id; differs from nothing
    std::optional<std::uint64_t> used = {};  // bytes; a table does not keep it (see on_add)
};

// An account with its own texts: what a read of a single account returns.
struct OwnedActualAccount {
    std::string login;
    std::string email;
    std::string display_name;
    Quota quota;
    std::vector<std::string> groups;  // sorted
    bool enabled = true;
    bool admin = false;
    bool has_files = false;
    bool logged_in_before = false;
    bool local_backend = true;
    bool details_known = true;
    std::optional<std::uint64_t> used;  // bytes
    Time read_at{};

    OwnedActualAccount() = default;
    [[nodiscard]] ActualAccount view() const;  // texts live as long as this object
};

class ActualTable {
  public:
    class Builder;

    [[nodiscard]] std::size_t size() const { return records_.size(); }

    [[nodiscard]] ActualAccount operator[](std::size_t i) const;
    [[nodiscard]] OwnedActualAccount owned(std::size_t i) const;

    [[nodiscard]] std::string_view key(std::size_t i) const {
        return {arena_.data() + records_[i].text, records_[i].key_length};
    }

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    [[nodiscard]] std::size_t find(std::string_view key) const;
    [[nodiscard]] std::size_t bytes() const;

    struct Record {
        Quota quota;
        std::uint32_t text = 0;  // offset of key | e-mail | spelling in the arena
        std::uint32_t group_set = 0;
        std::uint16_t part = 0;
        std::uint16_t flags = 0;
        std::uint8_t key_length = 0;
        std::uint8_t email_length = 0;
    };

    static_assert(sizeof(Record) == 24);

    enum Flag : std::uint16_t {
        kEnabled = 1,
        kAdmin = 2,
        kHasFiles = 4,
        kLoggedIn = 8,
        kLocalBackend = 16,
        kDetailsKnown = 32,
        kSpelled = 64,
    };

    [[nodiscard]] const Record& record(std::size_t i) const { return records_[i]; }

    [[nodiscard]] const Record* records() const { return records_.data(); }

    [[nodiscard]] const char* texts() const { return arena_.data(); }

    [[nodiscard]] std::string_view email(std::size_t i) const {
        return {
            arena_.data() + records_[i].text + records_[i].key_length, records_[i].email_length};
    }

    [[nodiscard]] const NamePool& groups() const { return groups_; }

    [[nodiscard]] const GroupSetPool& group_sets() const { return group_sets_; }

  private:
    std::vector<Record> records_;
    std::string arena_;
    NamePool groups_;
    GroupSetPool group_sets_;
};

class ActualTable::Builder {
  public:
    void reserve(std::size_t accounts);
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
