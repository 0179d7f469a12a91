#include "ocs/session.hpp"

#include <algorithm>

#include <boost/asio/awaitable.hpp>

#include "base/text.hpp"

namespace bn::ocs {

namespace {

constexpr std::size_t kMaxCookies = 32;
constexpr std::size_t kMaxCookieBytes = 4096;

using base::trim;

// PHP deletes a cookie by the value "deleted" and a Max-Age of 0.
bool deletes(std::string_view value, std::string_view attributes) {
    if (value == "deleted") {
        return true;
    }
    while (!attributes.empty()) {
        auto end = std::min(attributes.find(';'), attributes.size());
        const std::string attribute = base::lower_ascii(trim(attributes.substr(0, end)));
        if (attribute == "max-age=0" || attribute.starts_with("max-age=-")) {
            return true;
        }
        attributes.remove_prefix(std::min(end + 1, attributes.size()));
    }
    return false;
}

// The answer of a session that has ended (and of a wrong password), or of one that is too old to
// write (and of an app password that newer servers refuse). Nothing was done in either case.
bool refuses_session(Method method, const HttpResponse& response) {
    if (response.status == 401) {
        return true;
    }
    return method != Method::kGet && (response.status == 403 || response.status == 200) &&
           response.body.size() < 4096 &&
           response.body.find("Password confirmation is required") != std::string::npos;
}

}  // namespace

void CookieJar::absorb(std::string_view set_cookie) {
    auto end = std::min(set_cookie.find(';'), set_cookie.size());
    auto pair = trim(set_cookie.substr(0, end));
    auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0 || pair.size() > kMaxCookieBytes) {
        return;
    }
    auto name = trim(pair.substr(0, equals));
    auto value = trim(pair.substr(equals + 1));
    const auto known =
        std::ranges::find_if(cookies_, [&](const auto& cookie) { return cookie.first == name; });
    if (deletes(value, set_cookie.substr(end))) {
        if (known != cookies_.end()) {
            cookies_.erase(known);
        }
    } else if (known != cookies_.end()) {
        known->second = value;
    } else if (cookies_.size() < kMaxCookies) {
        cookies_.emplace_back(name, value);
    }
}

std::string CookieJar::header() const {
    std::string out;
    for (const auto& [name, value] : cookies_) {
        out += out.empty() ? "" : "; ";
        out += name;
        out += '=';
        out += value;
    }
    return out;
}

std::string instance_of(const std::vector<std::string>& set_cookies, std::string_view expected) {
    constexpr std::size_t kLength = 12;
    std::string first;
    for (const std::string& cookie : set_cookies) {
        const std::string_view name =
            trim(std::string_view(cookie).substr(0, cookie.find_first_of("=;")));
        if (name.size() != kLength || !name.starts_with("oc") ||
            !std::ranges::all_of(name, base::is_letter_or_digit)) {
            continue;
        }
        if (name == expected) {
            return std::string(expected);
        }
        first = first.empty() ? name : first;
    }
    return first;
}

SessionTransport::Session SessionTransport::take() {
    Time now = now_();
    std::erase_if(idle_, [now](const Session& session) {
        return now - session.opened_at >= kSessionLife || now < session.opened_at;
    });
    if (idle_.empty()) {
        return Session(now);
    }
    Session warm = std::move(idle_.back());
    idle_.pop_back();
    return warm;
}

void SessionTransport::give_back(Session session, const HttpResult& result) {
    if (!result || result->status == 401 || result->status == 412) {
        return;  // whatever it was, the next call starts clean
    }
    for (const auto& cookie : result->set_cookies) {
        session.jar.absorb(cookie);
    }
    if (!session.jar.empty()) {
        idle_.push_back(std::move(session));
    }
}

Task<std::optional<HttpResult>> SessionTransport::open(
    Session& session, const HttpRequest& request
) {
    HttpRequest first(Method::kGet, request.opener);
    first.urgent = request.urgent;
    first.kind = request.kind;
    HttpResult opened = co_await inner_->send(std::move(first));
    if (!opened) {
        opened.error().sent = false;  // the request itself was not
    }
    if (!opened || opened->status == 401) {
        co_return std::optional(std::move(opened));
    }
    session.shown = std::move(opened->set_cookies);
    for (const std::string& cookie : session.shown) {
        session.jar.absorb(cookie);
    }
    opener_is_vain_ = session.jar.empty();
    co_return std::nullopt;
}

Task<HttpResult> SessionTransport::send(HttpRequest request) {
    if (request.method == Method::kPropfind) {
        // WebDAV keeps sessions for itself: with one of ours it asks for more than the password.
        HttpResult alone = co_await inner_->send(std::move(request));
        co_return alone;
    }
    Session session = take();
    if (request.fresh) {
        session = Session(now_());  // in the place of the one that was taken
    }
    bool had_session = !session.jar.empty();
    if (!had_session && !request.opener.empty() && !opener_is_vain_) {
        std::optional<HttpResult> refused = co_await open(session, request);
        if (refused) {
            co_return *std::move(refused);
        }
    }
    HttpRequest again;
    if (had_session) {
        again = request;
    }
    request.cookies = session.jar.header();
    HttpResult result = co_await inner_->send(std::move(request));
    if (result && had_session && refuses_session(again.method, *result)) {
        idle_.clear();
        again.fresh = true;
        HttpResult repeated = co_await send(std::move(again));
        co_return repeated;
    }
    if (result) {
        // The cloud may show who it is (see instance_of) where the session begins, and only there.
        result->opener_cookies = std::exchange(session.shown, {});
    }
    give_back(std::move(session), result);
    co_return result;
}

}  // namespace bn::ocs
