#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/curl.hpp"
#include "base/text.hpp"
#include "bm_writer/answer.hpp"
#include "bm_writer/panel_api.hpp"
#include "bm_writer/text.hpp"

namespace bn::bm_writer {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostIdle = 8;
// A kept connection that the panel is about to close is a lost call: younger ones only.
constexpr long kOldestKept = 30;

struct CloseEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }

    void operator()(CURLU* url) const { curl_url_cleanup(url); }

    void operator()(char* text) const { curl_free(text); }
};

using Easy = std::unique_ptr<CURL, CloseEasy>;

// A form's body: secrets are in it, so it is wiped.
class Body {
  public:
    Body() { text_.reserve(4096); }

    ~Body() { ::explicit_bzero(text_.data(), text_.size()); }

    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    void add(std::string_view name, std::string_view value) {
        std::string encoded = base::percent_encoded(value);
        const std::size_t more = name.size() + encoded.size() + 2;
        if (text_.capacity() < text_.size() + more) {
            std::string larger;
            larger.reserve(2 * (text_.size() + more));
            larger = text_;
            ::explicit_bzero(text_.data(), text_.size());
            text_.swap(larger);
        }
        text_.append(text_.empty() ? "" : "&").append(name).append("=").append(encoded);
        ::explicit_bzero(encoded.data(), encoded.size());
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

struct Exchange {
    std::string answer;
    std::size_t most = 0;
    bool too_much = false;
    int sends = 0;
    char error[CURL_ERROR_SIZE] = {};
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    if (exchange.answer.size() + size > exchange.most) {
        exchange.too_much = true;
        return 0;
    }
    exchange.answer.append(data, size);
    return size;
}

// libcurl sends a request again by itself when a kept connection died before it answered. The
// panel may have acted on the first copy, so nothing is sent twice.
int before_send(void* context, char*, char*, int, int) {
    auto& exchange = *static_cast<Exchange*>(context);
    return ++exchange.sends > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// What is wrong with the address, as a sentence; empty: nothing.
std::string address_fault(const std::string& address) {
    const std::unique_ptr<CURLU, CloseEasy> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) {
        return "is no address";
    }
    const auto part = [&](CURLUPart which) -> std::optional<std::string> {
        char* raw = nullptr;
        if (curl_url_get(url.get(), which, &raw, 0) != CURLUE_OK || raw == nullptr) {
            return std::nullopt;
        }
        const std::unique_ptr<char, CloseEasy> text(raw);
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

bool is_forbidden(long status) {
    return status == 401 || status == 403;
}

class HttpsApi : public PanelApi {
  public:
    explicit HttpsApi(HttpsSettings settings) : settings_(std::move(settings)) {
        static std::once_flag once;
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    }

    Result<PanelAnswer> call(const PanelCall& call) override;

  private:
    struct Session {
        Secret id;
        Clock::time_point since;
        std::uint64_t number = 0;  // 0: none
    };

    // A session that is not the one numbered `not_this`.
    Result<Session> session(std::uint64_t not_this);
    Result<Session> log_in();          // REQUIRES: session_mutex_ is held
    Error refuse_logins(Error error);  // for a while
    // `forbidden` is set when the door is shut to us: 401 or 403.
    Result<PanelAnswer> post(std::string_view what, const Body& body, bool* forbidden = nullptr);
    Result<PanelAnswer> once(const PanelCall& call, const Session& session);
    void set_up(CURL* easy, Exchange& exchange, const Body& body) const;
    Easy take();
    void give_back(Easy easy);
    [[nodiscard]] static Error url_error(const std::string& why);
    [[nodiscard]] Error transport_error(CURLcode code, const Exchange& exchange, std::string what)
        const;
    [[nodiscard]] std::optional<Error> status_error(long status, const std::string& what) const;

    HttpsSettings settings_;

    std::mutex session_mutex_;      // held during a login: one at a time
    Session session_;               // guarded by session_mutex_
    std::optional<Error> refused_;  // guarded by session_mutex_
    Clock::time_point refused_until_;

    std::mutex idle_mutex_;
    std::vector<Easy> idle_;  // guarded by idle_mutex_
};

Easy HttpsApi::take() {
    const std::lock_guard lock(idle_mutex_);
    if (idle_.empty()) {
        return Easy(curl_easy_init());
    }
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
}

void HttpsApi::give_back(Easy easy) {
    curl_easy_reset(easy.get());  // keeps the connection
    const std::lock_guard lock(idle_mutex_);
    if (idle_.size() < kMostIdle) {
        idle_.push_back(std::move(easy));
    }
}

void HttpsApi::set_up(CURL* easy, Exchange& exchange, const Body& body) const {
    exchange.most = settings_.max_answer_bytes;
    curl_easy_setopt(easy, CURLOPT_URL, settings_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(
        easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.text().size())
    );
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.text().c_str());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(exchange.error));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &before_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kOldestKept);
    base::CurlOptions options;
    options.ca_file = settings_.ca_file;
    options.verify_tls = settings_.verify_tls;
    options.connect_timeout = settings_.connect_timeout;
    options.timeout = settings_.timeout;
    base::set_up_curl(easy, options);
}

Error HttpsApi::url_error(const std::string& why) {
    return {
        Concern::kPanel,
        NextMove::kHuman,
        "panel.url",
        // The address itself may hold a password.
        fmt::format("the panel's address {}", why),
        "set the address as the browser shows it after a login, e.g. https://host:1500/billmgr"};
}

Error HttpsApi::transport_error(CURLcode code, const Exchange& exchange, std::string what) const {
    what +=
        fmt::format(": {}", exchange.error[0] != '\0' ? exchange.error : curl_easy_strerror(code));
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
    } else if (code == CURLE_WRITE_ERROR && exchange.too_much) {
        error.code = "panel.answer";
        error.concern = Concern::kCall;
        error.what += fmt::format(": more than {} bytes", settings_.max_answer_bytes);
    }
    return error;
}

std::optional<Error> HttpsApi::status_error(long status, const std::string& what) const {
    if (status == 200) {
        return std::nullopt;
    }
    const std::string answered = fmt::format("{}: the panel answered with status {}", what, status);
    if (is_forbidden(status)) {
        return Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.login",
            answered,
            "check user and password, and the list of addresses that the panel lets in"
        );
    }
    if ((status >= 300 && status < 400) || status == 404) {
        return url_error(fmt::format("{} is not the panel's: status {}", settings_.url, status));
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

Result<PanelAnswer> HttpsApi::post(std::string_view what, const Body& body, bool* forbidden) {
    const std::string begin = fmt::format("{} at {}", what, settings_.url);
    Easy easy = take();
    if (!easy) {
        return tl::unexpected(
            Error(Concern::kPanel, NextMove::kRetryCall, "panel.unreachable", "out of memory")
        );
    }
    Exchange exchange;
    set_up(easy.get(), exchange, body);
    const CURLcode code = curl_easy_perform(easy.get());
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    give_back(std::move(easy));
    if (code != CURLE_OK) {
        return tl::unexpected(transport_error(code, exchange, begin));
    }
    if (forbidden != nullptr) {
        *forbidden = is_forbidden(status);
    }
    if (auto error = status_error(status, begin)) {
        return tl::unexpected(std::move(*error));
    }
    return parse_answer(exchange.answer);
}

Error HttpsApi::refuse_logins(Error error) {
    refused_ = error;
    refused_until_ = Clock::now() + settings_.login_pause;
    return error;
}

Result<HttpsApi::Session> HttpsApi::log_in() {
    Body body;
    body.add("out", "xml");
    body.add("func", "auth");
    body.add("username", settings_.user);
    body.add("password", settings_.password.reveal());
    bool forbidden = false;
    auto answer = post("the login", body, &forbidden);
    if (!answer) {
        Error error = answer.error();
        error.effect_unknown = false;  // a session more is no effect
        return tl::unexpected(forbidden ? refuse_logins(std::move(error)) : std::move(error));
    }
    const std::vector<std::pair<std::string, Secret>> secrets = {{"password", settings_.password}};
    *answer = masked(std::move(*answer), secrets);
    std::string id = answer->fields["auth"];
    if (id.empty()) {
        id = answer->fields["auth@id"];
    }
    if (!answer->ok || id.empty()) {
        return tl::unexpected(refuse_logins(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.login",
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

Result<HttpsApi::Session> HttpsApi::session(std::uint64_t not_this) {
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

Result<PanelAnswer> HttpsApi::once(const PanelCall& call, const Session& session) {
    Body body;
    body.add("out", "xml");
    body.add("func", call.function);
    body.add("auth", session.id.reveal());
    bool has_lang = settings_.lang.empty();
    for (const auto& [name, value] : call.arguments) {
        body.add(name, value);
        has_lang = has_lang || name == "lang";
    }
    if (!has_lang) {
        body.add("lang", settings_.lang);
    }
    for (const auto& [name, secret] : call.secrets) {
        body.add(name, secret.reveal());
    }
    return post(call.function, body);
}

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

Result<PanelAnswer> HttpsApi::call(const PanelCall& call) {
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

}  // namespace

std::unique_ptr<PanelApi> make_https_api(HttpsSettings settings) {
    return std::make_unique<HttpsApi>(std::move(settings));
}

}  // namespace bn::bm_writer
