#include "tests/fakes/cloud/gate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bn::testing::cloud {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
    return lower(text.substr(0, lower_prefix.size())) == lower_prefix;
}

}  // namespace

std::string cookie(const Request& request, std::string_view name) {
    std::string_view rest = request.header("cookie");
    while (!rest.empty()) {
        const auto end = rest.find(';');
        std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        while (!pair.empty() && pair.front() == ' ') {
            pair.remove_prefix(1);
        }
        const auto equal = pair.find('=');
        if (equal != std::string_view::npos && pair.substr(0, equal) == name) {
            return std::string(pair.substr(equal + 1));
        }
    }
    return {};
}

Gate::Gate(World& world) : world_(world) {}

bool Gate::enter_by_session(const Request& request, Login& login) {
    const auto it = sessions_.find(cookie(request, world_.instance));
    if (it == sessions_.end()) {
        return false;
    }
    Account* account = world_.find(it->second.user_key);
    if (account == nullptr || !account->enabled) {
        sessions_.erase(it);
        return false;
    }
    login.account = account;
    login.kind = LoginKind::kSession;
    login.confirmed_ms = it->second.login_ms;
    return true;
}

void Gate::check_basic(std::string_view user, std::string_view password, Login& login) {
    Account* account = world_.find(user);
    const bool by_token =
        account != nullptr &&
        std::any_of(world_.tokens.begin(), world_.tokens.end(), [&](const Token& token) {
            return token.text == password && token.user_key == lower(user);
        });
    if (account == nullptr || (!by_token && account->password != password)) {
        login.refused = true;
        return;
    }
    login.account = account;
    login.kind = by_token ? LoginKind::kAppPassword : LoginKind::kAccountPassword;
}

void Gate::check_bearer(std::string_view text, Login& login) {
    for (const Token& token : world_.tokens) {
        if (token.text == text) {
            login.account = world_.find(token.user_key);
            login.kind = LoginKind::kAppPassword;
        }
    }
    login.refused = login.account == nullptr;
}

void Gate::count_failure(std::string_view user, std::int64_t now_ms) {
    const bool looks_like_email = user.find('@') != std::string_view::npos;
    if (world_.profile.counts_every_bad_login || looks_like_email) {
        failures_.push_back(now_ms);
    }
}

void Gate::open_session(const Request& request, std::int64_t now_ms, Login& login) {
    std::string id = cookie(request, world_.instance);
    if (id.empty()) {
        id = fmt::format("s{:016x}", next_id_++ * 0x9E3779B97F4A7C15ull);
        login.set_cookies.push_back(
            fmt::format("{}={}; path=/; secure; HttpOnly; SameSite=Lax", world_.instance, id)
        );
        login.set_cookies.emplace_back("oc_sessionPassphrase=p; path=/; secure; HttpOnly");
        login.set_cookies.emplace_back("nc_sameSiteCookielax=true; path=/; secure; SameSite=lax");
        login.set_cookies.emplace_back(
            "nc_sameSiteCookiestrict=true; path=/; secure; SameSite=strict"
        );
    }
    if (login.kind != LoginKind::kAccountPassword) {
        return;
    }
    // Only a client that has shown that it keeps cookies gets a session.
    if (cookie(request, "cookie_test").empty()) {
        login.set_cookies.emplace_back("cookie_test=test; path=/; secure; HttpOnly");
        return;
    }
    sessions_[id] = Session{lower(login.account->id), now_ms};
}

Login Gate::enter(const Request& request, std::int64_t now_ms) {
    Login login;
    if (enter_by_session(request, login)) {
        return login;
    }
    const std::string_view header = request.header("authorization");
    std::string user;
    if (starts_with_ignoring_case(header, "basic ") ||
        starts_with_ignoring_case(header, "bearer ")) {
        const auto failed = failed_logins(now_ms);
        if (world_.profile.throttle_answers_429 && failed > 10) {
            login.throttled = true;
            return login;
        }
        if (throttle_delays && failed > 0) {
            const double seconds = std::min(
                25.0, 0.1 * std::pow(2.0, static_cast<double>(std::min<std::size_t>(failed, 10)))
            );
            login.delay = Duration(static_cast<std::int64_t>(seconds * 1000));
        }
    }
    if (starts_with_ignoring_case(header, "basic ")) {
        const std::string pair = base64_decode(header.substr(6));
        const auto colon = pair.find(':');
        user = pair.substr(0, colon);
        check_basic(
            user, colon == std::string::npos ? "" : std::string_view(pair).substr(colon + 1), login
        );
    } else if (starts_with_ignoring_case(header, "bearer ")) {
        check_bearer(header.substr(7), login);
    }
    if (login.account != nullptr && !login.account->enabled) {
        login.disabled = true;
        login.account = nullptr;
        login.refused = true;
    } else if (login.refused) {
        count_failure(user, now_ms);
    }
    login.confirmed_ms = now_ms;
    open_session(request, now_ms, login);
    return login;
}

bool Gate::needs_password_check(const Request& request) const {
    const std::string_view header = request.header("authorization");
    if (!starts_with_ignoring_case(header, "basic ") ||
        sessions_.find(cookie(request, world_.instance)) != sessions_.end()) {
        return false;
    }
    const std::string pair = base64_decode(header.substr(6));
    const std::string_view password = std::string_view(pair).substr(pair.find(':') + 1);
    return std::none_of(world_.tokens.begin(), world_.tokens.end(), [&](const Token& token) {
        return token.text == password;
    });
}

bool Gate::take_edit(const Account& account, std::int64_t now_ms, Edit kind) {
    if (world_.profile.put_limit == 0) {
        return true;
    }
    auto& edits = edits_[{kind, lower(account.id)}];
    while (!edits.empty() && edits.front() + world_.profile.put_window.count() <= now_ms) {
        edits.pop_front();
    }
    if (edits.size() >= world_.profile.put_limit) {
        return false;
    }
    edits.push_back(now_ms);
    return true;
}

std::string Gate::new_app_password(const Account& account) {
    std::string text = fmt::format("app-{:068x}", next_id_++ * 0x9E3779B97F4A7C15ull);
    world_.tokens.push_back({lower(account.id), text});
    return text;
}

std::size_t Gate::failed_logins(std::int64_t now_ms) const {
    const std::int64_t memory_ms =
        world_.profile.throttle_answers_429 ? 30 * 60 * 1000 : 12 * 3600 * 1000;
    return static_cast<std::size_t>(std::count_if(
        failures_.begin(), failures_.end(), [&](std::int64_t at) { return at + memory_ms > now_ms; }
    ));
}

}  // namespace bn::testing::cloud
