#include "controller/service/entered.hpp"

#include "bm_reader/server_mapper.hpp"

namespace bn::controller {

namespace {

using protocol::Refusal;
using protocol::Request;

constexpr std::size_t kLongestUrl = 255;

// What is wrong with an address, before anybody is asked.
std::optional<Refusal> bad_url(const std::string& url, bool allow_http) {
    Refusal error;
    error.params["url"] = url.substr(0, kLongestUrl);
    error.remedy = "give the cloud's address: https://host[:port][/sub-path]";
    if (url.empty()) {
        error.type = "url_empty";
        error.what = "the address of the cloud is empty";
    } else if (url.size() > kLongestUrl) {
        error.type = "url_too_long";
        error.what = "the address of the cloud is longer than 255 characters";
    } else if (const auto usable = bm_reader::usable_base_url(url, allow_http); !usable) {
        const bool scheme = url.starts_with("http://") || url.find("://") == std::string::npos;
        error.type = scheme ? "url_scheme" : "url_bad";
        error.what = usable.error().what;
        if (!usable.error().remedy.empty()) {
            error.remedy = usable.error().remedy;
        }
    } else {
        return std::nullopt;
    }
    return error;
}

// How the cloud is to be called, as the form says.
std::optional<Refusal> enter_wishes(const Request& request, CallWishes& wishes) {
    const auto no = [](const char* type, const bm_reader::ServerProblem& why) {
        return Refusal(type, why.what, why.remedy);
    };
    if (request.verify_ssl) {
        const auto verify = bm_reader::usable_verify(*request.verify_ssl);
        if (!verify) {
            return no("verify_bad", verify.error());
        }
        wishes.verify_tls = *verify;
    }
    if (request.timeout) {
        const auto timeout = bm_reader::usable_timeout(*request.timeout);
        if (!timeout) {
            return no("timeout_bad", timeout.error());
        }
        wishes.timeout = *timeout;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> enter(
    const Request& request, const DesiredServer* known, bool allow_http, DesiredServer& server
) {
    const std::string url = request.base_url.value_or(server.base_url);
    if (auto bad = bad_url(url, allow_http)) {
        return bad;
    }
    server.base_url = *bm_reader::usable_base_url(url, allow_http);
    server.login = request.login.value_or(server.login);
    if (auto bad = enter_wishes(request, server.wishes)) {
        return bad;
    }
    // Unchecked, an address is anybody's who sits on the line.
    const bool unchecked = !server.wishes.verify_tls.value_or(true) &&
                           (known == nullptr || known->wishes.verify_tls.value_or(true));
    const bool same =
        known != nullptr && known->base_url == server.base_url && known->login == server.login;
    const bool stored = same && !unchecked && request.password.reveal().empty();
    server.password = stored ? known->password : request.password;
    if (stored || !server.password.reveal().empty()) {
        return std::nullopt;
    }
    // An empty password would be one more failed login that the cloud counts against us.
    std::string what = "the password was not given";
    if (same) {
        what += ", and the stored one goes to no cloud whose certificate is not checked";
    } else if (known != nullptr) {
        what += ", and the stored one belongs to another address or login";
    }
    Refusal error("auth", what, "enter the password again");
    error.params["url"] = server.base_url;
    error.params["login"] = server.login;
    return error;
}

}  // namespace bn::controller
