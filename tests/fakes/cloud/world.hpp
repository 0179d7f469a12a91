// The state of the sample cloud: accounts, groups, settings, and the rules that belong to them.
// Knows nothing of HTTP, users' rights or clocks. Not thread-safe: FakeCloud guards it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/fakes/cloud/profile.hpp"
#include "tests/fakes/cloud/value.hpp"

namespace bn::testing::cloud {

struct Account {
    std::string id;                           // as it was spelled at creation
    std::optional<std::string> display_name;  // nothing: never set; shown as the id
    std::string email;                        // lower case; empty: none
    std::string quota_text = "default";       // as stored: "5 GB", "none", "default"
    std::set<std::string> groups;             // byte order, as the server lists them
    std::set<std::string> subadmin_of;
    std::string password;
    std::string language = "en";
    std::string backend = "Database";
    std::map<std::string, std::string, std::less<>> profile;  // phone, manager, ...
    bool enabled = true;
    bool id_only = false;            // details give only the id, as for a user gone from LDAP
    std::int64_t last_login_ms = 0;  // 0: never
    std::int64_t used_bytes = 0;

    // Filled by the details pages; World::changed empties it.
    std::string cached_json;
};

// The values of a create. Empty texts: not given.
struct NewAccount {
    std::string id;
    std::string password = "Str0ng-Dummy-Pass-1";
    std::string display_name;
    std::string email;
    std::string quota;
    std::vector<std::string> groups;
};

struct Token {
    std::string user_key;
    std::string text;
};

class World {
  public:
    explicit World(Profile profile);

    Profile profile;
    std::string data_dir = "/var/www/nextcloud/data";
    std::int64_t disk_free = 80'728'670'208;
    std::string default_quota = "none";
    std::optional<std::int64_t> max_quota;
    bool unlimited_quota_allowed = true;
    std::size_t password_min_length = 10;
    bool maintenance = false;
    bool needs_upgrade = false;
    std::set<std::string> trusted_hosts{"localhost", "127.0.0.1", "[::1]", "cloud.example.test"};
    std::vector<Token> tokens;              // app passwords
    std::string instance = "ocINSTANCEID";  // the name of the session cookie
    std::string data_fingerprint;           // of occ maintenance:data-fingerprint
    bool keeps_cookies_back = false;        // what stands in front of it

    // Accounts. Pointers stay valid until the account is removed.
    [[nodiscard]] Account* find(std::string_view id);
    [[nodiscard]] const Account* find(std::string_view id) const;
    // Takes the values as they are, without any of the server's checks. Replaces nothing.
    Account& add(const NewAccount& account);
    bool remove(std::string_view id);
    void rename_key(Account& account);  // call after a change of the display name

    [[nodiscard]] std::size_t account_count() const { return accounts_.size(); }

    // Ids in the order in which the database cuts pages.
    [[nodiscard]] const std::vector<Account*>& ordered();
    // One page: matches of `search`, cut by offset and limit (nothing: all), sorted by id.
    std::vector<Account*> page(
        std::string_view search, std::optional<std::int64_t> limit, std::int64_t offset
    );
    std::vector<Account*> members(std::string_view group);  // byte order of ids

    // Groups, listed in byte order of their ids.
    [[nodiscard]] bool has_group(std::string_view id) const;
    bool add_group(std::string_view id);  // false: exists
    bool remove_group(std::string_view id);
    bool rename_group(std::string_view from, std::string_view to);

    [[nodiscard]] const std::set<std::string, std::less<>>& groups() const { return groups_; }

    // From now on the installation `other` answers here: what it held when it was left, or nothing
    // but this one's administrators and groups.
    void become(const std::string& other);

    // Rules. Nothing: fine; else the server's English message.
    [[nodiscard]] std::optional<std::string> bad_user_id(std::string_view id) const;
    [[nodiscard]] std::optional<std::string> bad_password(std::string_view password) const;

    struct QuotaCheck {
        std::string stored;
        std::optional<std::string> error;
    };

    [[nodiscard]] QuotaCheck check_quota(std::string_view value) const;
    // The `quota` object of a reading.
    [[nodiscard]] Value quota_object(const Account& account) const;

    // To be called after any change: readers' caches depend on it.
    void changed(Account& account);
    void changed();

    [[nodiscard]] std::uint64_t revision() const { return revision_; }

  private:
    // An installation that does not answer now.
    struct Away {
        std::unordered_map<std::string, std::unique_ptr<Account>> accounts;
        std::set<std::string, std::less<>> groups;
        std::vector<Token> tokens;
        std::string data_fingerprint;
    };

    std::map<std::string, Away> away_;
    std::unordered_map<std::string, std::unique_ptr<Account>> accounts_;
    std::set<std::string, std::less<>> groups_{"admin"};
    std::vector<Account*> ordered_;
    bool ordered_is_fresh_ = false;
    std::uint64_t revision_ = 0;
};

std::string lower(std::string_view text);  // ASCII only, as the server compares ids
bool valid_email(std::string_view email);

}  // namespace bn::testing::cloud
