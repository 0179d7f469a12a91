// Cookie sessions. With the account password a call without a session costs the server 240 ms (it
// verifies the password's hash each time), with one 17 ms.
//
// One jar per parallel call. A session is dropped after 25 minutes: 30 minutes after its login the
// server refuses writes with "Password confirmation is required", while the Basic header, sent with
// every call, opens a new session at once. The same refusal earlier than that, or a 401, drops the
// session and repeats the call once with the password: it certainly had no effect.
//
// ownCloud ends a session that another call than `GET cloud/user` begins (fact: OC_API routes log
// out after a Basic login), so a request may name the call that opens one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ocs/http_transport.hpp"

namespace bn::ocs {

inline constexpr Duration kSessionLife = std::chrono::minutes(25);

// The cookies of one session. Pure; holds a secret.
class CookieJar {
  public:
    // Takes one Set-Cookie value at its word for name and value; a cookie that is being deleted is
    // removed. Oversized and surplus cookies are ignored.
    void absorb(std::string_view set_cookie);

    [[nodiscard]] std::string header() const;  // "a=1; b=2"

    [[nodiscard]] bool empty() const { return cookies_.empty(); }

  private:
    std::vector<std::pair<std::string, std::string>> cookies_;
};

// The instance id of the cloud that gave these cookies: the name of its PHP session cookie, "oc"
// and ten letters or digits. Where there are several, `expected` goes before others. Empty: none.
std::string instance_of(const std::vector<std::string>& set_cookies, std::string_view expected);

class SessionTransport : public HttpTransport {
  public:
    SessionTransport(std::unique_ptr<HttpTransport> inner, std::function<Time()> now)
        : inner_(std::move(inner)), now_(std::move(now)) {}

    Task<HttpResult> send(HttpRequest request) override;

  private:
    struct Session {
        CookieJar jar;
        Time opened_at;
        std::vector<std::string> shown;  // what the opener's answer set

        explicit Session(Time now) : opened_at(now) {}
    };

    // Begins a session by the request's opener. Something: it was refused, and so would the request
    // be.
    Task<std::optional<HttpResult>> open(Session& session, const HttpRequest& request);
    Session take();  // the warmest idle session that is young enough, or a new one
    void give_back(Session session, const HttpResult& result);

    std::unique_ptr<HttpTransport> inner_;
    std::function<Time()> now_;
    std::vector<Session> idle_;
    bool opener_is_vain_ = false;  // it gave no cookies
};

}  // namespace bn::ocs
