// Who may come in: logins, sessions, the throttle after failed logins and the limit of edits.
// Not thread-safe: FakeCloud guards it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fakes/cloud/request.hpp"
#include "tests/fakes/cloud/world.hpp"

namespace bn::testing::cloud {

// Each has its own limit.
enum class Edit { kOneField, kSeveralFields };

enum class LoginKind { kNone, kAccountPassword, kAppPassword, kSession };

struct Login {
    Account* account = nullptr;  // null with kNone: no credentials were sent
    LoginKind kind = LoginKind::kNone;
    bool refused = false;           // credentials were sent and are wrong
    bool disabled = false;          // they are right, but the account is disabled
    bool throttled = false;         // 429 at once
    std::int64_t confirmed_ms = 0;  // when the password was last given
    Duration delay{0};              // what the throttle takes before the check
    std::vector<std::string> set_cookies;
};

class Gate {
  public:
    explicit Gate(World& world);

    Login enter(const Request& request, std::int64_t now_ms);

    // True when this call makes the server compute a password hash.
    [[nodiscard]] bool needs_password_check(const Request& request) const;

    // Counts one edit of this account; false: over the limit.
    bool take_edit(const Account& account, std::int64_t now_ms, Edit kind = Edit::kOneField);

    void forget_edits() { edits_.clear(); }

    // A new app password of this account.
    std::string new_app_password(const Account& account);

    void drop_sessions() { sessions_.clear(); }

    [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }

    // Failed logins that the throttle counts now.
    [[nodiscard]] std::size_t failed_logins(std::int64_t now_ms) const;

    void forget_failed_logins() { failures_.clear(); }

    // 30 minutes and 15 seconds, as the server has it.
    Duration confirmation_window = std::chrono::seconds(30 * 60 + 15);
    bool throttle_delays = false;  // really wait; else only count

  private:
    struct Session {
        std::string user_key;
        std::int64_t login_ms = 0;
    };

    bool enter_by_session(const Request& request, Login& login);
    void check_basic(std::string_view user, std::string_view password, Login& login);
    void check_bearer(std::string_view token, Login& login);
    void open_session(const Request& request, std::int64_t now_ms, Login& login);
    void count_failure(std::string_view user, std::int64_t now_ms);

    World& world_;
    std::map<std::string, Session, std::less<>> sessions_;
    std::vector<std::int64_t> failures_;
    std::map<std::pair<Edit, std::string>, std::deque<std::int64_t>> edits_;
    std::uint64_t next_id_ = 1;
};

// A cookie's value in the request; empty when it is not there.
std::string cookie(const Request& request, std::string_view name);

}  // namespace bn::testing::cloud
