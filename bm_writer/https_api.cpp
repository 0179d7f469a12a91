#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/curl.hpp"
#include "base/text.hpp"
#include "bm_writer/answer.hpp"
#include "bm_writer/calls.hpp"
#include "bm_writer/panel_api.hpp"

namespace bn::bm_writer {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostIdle = 8;
// A kept connection that the panel is about to close is a lost call: younger ones only.
constexpr long kOldestKept = 30;

struct CloseUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }

    void operator()(char* text) const { curl_free(text); }
};

// What is wrong with the address, as a sentence; empty: nothing.
std::string address_fault(const std::string& address) {
    const std::unique_ptr<CURLU, CloseUrl> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) {
        return "is no address";
    }
    const auto part = [&](CURLUPart which) -> std::optional<std::string> {
        char* raw = nullptr;
        if (curl_url_get(url.get(), which, &raw, 0) != CURLUE_OK || raw == nullptr) {
            return std::nullopt;
        }
        const std::unique_ptr<char, CloseUrl> text(raw);
        return std::string(text.get());
    };
    if (part(CURLUPART_SCHEME).value_or("") != "https") {
        return "does not begin with https://";
    }
    if (part(CURLUPART_USER) || part(CURLUPART_PASSWORD)) {
        return "has a user name in it";
    }
    if (part(CURLUPART_QUERY) || part(CURLUPART_FRAGMENT)) {
        return "has a ? or # in it";
    }
    return {};
}

constexpr const char* kLoginRefused = "panel.login";

// The panel did not take the call because it does not know the session (any more). It answers with
// an error of one of these types, or with its login form.
bool session_ended(const PanelAnswer& answer) {
    if (!answer.ok) {
        return answer.error_type == "auth" || answer.error_type == "session" ||
               answer.error_type == "badsession";
    }
    const auto func = answer.fields.find("func");
    return func != answer.fields.end() && (func->second == "logon" || func->second == "auth");
}

class HttpsApi : public PanelApi {
  public:
    explicit HttpsApi(HttpsSettings settings) : settings_(std::move(settings)) {
        static std::once_flag once;
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    }

    Result<PanelAnswer> call(const PanelCall& call) override {
        if (const std::string fault = address_fault(settings_.url); !fault.empty()) {
            return tl::unexpected(url_error(fault));
        }
        if (auto bad = argument_fault(call)) {
            return tl::unexpected(std::move(*bad));
        }
        auto used = session(0);
        if (!used) {
            return tl::unexpected(used.error());
        }
        auto answer = once(call, *used);
        if (answer && session_ended(*answer)) {
            used = session(used->number);
            if (!used) {
                return tl::unexpected(used.error());
            }
            answer = once(call, *used);
        }
        std::vector<std::pair<std::string, Secret>> secrets = call.secrets;
        secrets.emplace_back("auth", used->id);
        if (!answer) {
            Error error = answer.error();
            error.what = without_secrets(std::move(error.what), secrets);
            return tl::unexpected(std::move(error));
        }
        if (answer->ok && session_ended(*answer)) {
            answer->ok = false;  // the login form again: it is no document that anybody asked for
            answer->error_type = "auth";
        }
        return masked(std::move(*answer), secrets);
    }

  private:
    struct Session {
        Secret id;
        Clock::time_point since;
        std::uint64_t number = 0;  // 0: none
    };

    // A session that is not the one numbered `not_this`.
    Result<Session> session(std::uint64_t not_this) {
        const std::lock_guard lock(session_mutex_);
        const bool usable = session_.number != 0 && session_.number != not_this &&
                            Clock::now() - session_.since < settings_.session_life;
        if (usable) {
            return session_;
        }
        if (refused_ && Clock::now() < refused_until_) {
            return tl::unexpected(*refused_);
        }
        refused_.reset();
        auto fresh = log_in();
        if (!fresh) {
            return fresh;
        }
        fresh->number = session_.number + 1;
        session_ = *fresh;
        return fresh;
    }

    // REQUIRES: session_mutex_ is held.
    Result<Session> log_in() {
        base::Form body;
        body.add("out", "xml");
        body.add("func", "auth");
        body.add("username", settings_.user);
        body.add("password", settings_.password.reveal());
        auto answer = post("the login", body);
        if (!answer) {
            Error error = answer.error();
            error.effect_unknown = false;  // a session more is no effect
            const bool refused = error.code == kLoginRefused;
            return tl::unexpected(refused ? refuse_logins(std::move(error)) : std::move(error));
        }
        const std::vector<std::pair<std::string, Secret>> secrets = {
            {"password", settings_.password}};
        *answer = masked(std::move(*answer), secrets);
        std::string id = answer->fields["auth"];
        if (id.empty()) {
            id = answer->fields["auth@id"];
        }
        if (!answer->ok || id.empty()) {
            return tl::unexpected(refuse_logins(Error(
                Concern::kPanel,
                NextMove::kHuman,
                kLoginRefused,
                fmt::format(
                    "the panel at {} refuses the login of '{}': {}",
                    settings_.url,
                    settings_.user,
                    answer->ok ? "it gave no session" : answer->short_text()
                ),
                "check user and password in the configuration"
            )));
        }
        Session session;
        session.id = Secret(std::move(id));
        session.since = Clock::now();
        return session;
    }

    // The login was refused: there is no other for a while.
    Error refuse_logins(Error error) {
        refused_ = error;
        refused_until_ = Clock::now() + settings_.login_pause;
        return error;
    }

    Result<PanelAnswer> post(std::string_view what, const base::Form& body) {
        const std::string begin = fmt::format("{} at {}", what, settings_.url);
        base::CurlEasy easy = take();
        if (!easy) {
            return tl::unexpected(
                Error(Concern::kPanel, NextMove::kRetryCall, "panel.unreachable", "out of memory")
            );
        }
        base::CurlExchange exchange;
        exchange.max_body = settings_.max_answer_bytes;
        base::set_up_curl(easy.get(), settings_, exchange);
        base::set_form(easy.get(), body.text());
        curl_easy_setopt(easy.get(), CURLOPT_URL, settings_.url.c_str());
        curl_easy_setopt(easy.get(), CURLOPT_MAXAGE_CONN, kOldestKept);
        const CURLcode code = curl_easy_perform(easy.get());
        long status = 0;
        curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
        give_back(std::move(easy));
        if (code != CURLE_OK) {
            return tl::unexpected(transport_error(code, exchange, begin));
        }
        if (auto error = status_error(status, begin)) {
            return tl::unexpected(std::move(*error));
        }
        return parse_answer(exchange.body);
    }

    Result<PanelAnswer> once(const PanelCall& call, const Session& session) {
        base::Form body;
        body.add("out", "xml");
        body.add("func", call.function);
        body.add("auth", session.id.reveal());
        for (const auto& [name, value] : call.arguments) {
            body.add(name, value);
        }
        body.add("lang", "en");
        for (const auto& [name, secret] : call.secrets) {
            body.add(name, secret.reveal());
        }
        return post(call.function, body);
    }

    base::CurlEasy take() {
        const std::lock_guard lock(idle_mutex_);
        if (idle_.empty()) {
            return base::CurlEasy(curl_easy_init());
        }
        base::CurlEasy easy = std::move(idle_.back());
        idle_.pop_back();
        return easy;
    }

    void give_back(base::CurlEasy easy) {
        curl_easy_reset(easy.get());  // keeps the connection
        const std::lock_guard lock(idle_mutex_);
        if (idle_.size() < kMostIdle) {
            idle_.push_back(std::move(easy));
        }
    }

    [[nodiscard]] static Error url_error(const std::string& why) {
        return {
            Concern::kPanel,
            NextMove::kHuman,
            "panel.url",
            // The address itself may hold a password.
            fmt::format("the panel's address {}", why),
            "set the address as the browser shows it after a login, e.g. "
            "https://host:1500/billmgr"};
    }

    [[nodiscard]] Error transport_error(
        CURLcode code, const base::CurlExchange& exchange, std::string what
    ) const {
        if (code == CURLE_URL_MALFORMAT) {
            return url_error("is no address");
        }
        what += ": " + exchange.text(code);
        Error error(
            Concern::kPanel,
            NextMove::kRetryCall,
            "panel.unreachable",
            std::move(what),
            "check that the panel runs and that this host may reach it"
        );
        error.effect_unknown = exchange.sends > 0;
        if (base::is_tls_fault(code) || code == CURLE_SSL_CACERT_BADFILE) {
            error.move = NextMove::kHuman;
            error.code = "panel.tls";
            error.remedy =
                "give the panel a certificate for this name, or set the file of the authority that "
                "signed it";
        } else if (exchange.too_large) {
            error.code = "panel.answer";
            error.concern = Concern::kCall;
            error.what += fmt::format(": more than {} bytes", settings_.max_answer_bytes);
        }
        return error;
    }

    [[nodiscard]] std::optional<Error> status_error(long status, const std::string& what) const {
        if (status == 200) {
            return std::nullopt;
        }
        const std::string answered =
            fmt::format("{}: the panel answered with status {}", what, status);
        if (status == 401 || status == 403) {
            return Error(
                Concern::kPanel,
                NextMove::kHuman,
                kLoginRefused,
                answered,
                "check user and password, and the list of addresses that the panel lets in"
            );
        }
        if ((status >= 300 && status < 400) || status == 404) {
            return url_error(fmt::format("{} is not the panel's: status {}", settings_.url, status)
            );
        }
        Error error(
            Concern::kPanel,
            NextMove::kRetryCall,
            "panel.unreachable",
            answered,
            "check that the panel runs (systemctl status billmgr; var/billmgr.log)"
        );
        error.effect_unknown = true;
        return error;
    }

    HttpsSettings settings_;

    std::mutex session_mutex_;      // held during a login: one at a time
    Session session_;               // guarded by session_mutex_
    std::optional<Error> refused_;  // guarded by session_mutex_
    Clock::time_point refused_until_;

    std::mutex idle_mutex_;
    std::vector<base::CurlEasy> idle_;  // guarded by idle_mutex_
};

}  // namespace

std::unique_ptr<PanelApi> make_https_api(HttpsSettings settings) {
    return std::make_unique<HttpsApi>(std::move(settings));
}

}  // namespace bn::bm_writer
