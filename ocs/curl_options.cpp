#include "ocs/curl_options.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>

#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/curl.hpp"
#include "base/text.hpp"

namespace bn::ocs {

namespace {

// Room that the JSON parser may read beyond the end of a body.
constexpr std::size_t kParserPadding = 64;

constexpr std::size_t kMostHeaders = 64;  // of one name

// The headers of this name that the answer has, without blanks.
std::vector<std::string> headers(CURL* easy, const char* name) {
    std::vector<std::string> values;
    curl_header* found = nullptr;
    while (values.size() < kMostHeaders &&
           curl_easy_header(easy, name, values.size(), CURLH_HEADER, -1, &found) == CURLHE_OK) {
        values.emplace_back(base::trim(found->value));
    }
    return values;
}

// Where there are several, the last one counts; empty: there is none.
std::string header(CURL* easy, const char* name) {
    std::vector<std::string> values = headers(easy, name);
    return values.empty() ? std::string() : std::move(values.back());
}

std::optional<Time> time_of(const ASN1_TIME* time) {
    std::tm tm{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) {
        return std::nullopt;
    }
    return Time(std::chrono::seconds(timegm(&tm)));
}

// Asked while the transfer is under way: afterwards libcurl has let go of the connection.
TlsFacts tls_facts(CURL* easy) {
    curl_tlssessioninfo* info = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == nullptr ||
        info->backend != CURLSSLBACKEND_OPENSSL || info->internals == nullptr) {
        return {"none", {}};
    }
    const auto* ssl = static_cast<const SSL*>(info->internals);
    std::string text = SSL_get_version(ssl);
    X509* certificate = SSL_get1_peer_certificate(ssl);
    if (certificate == nullptr) {
        return {std::move(text), {}};
    }
    char name[256] = {};
    int length = X509_NAME_get_text_by_NID(
        X509_get_subject_name(certificate), NID_commonName, name, sizeof(name)
    );
    const std::optional<Time> end = time_of(X509_get0_notAfter(certificate));
    text += fmt::format(
        ", CN={}, valid until {}",
        length > 0 ? name : "(none)",
        end ? format_time(*end).substr(0, std::strlen("2027-01-01")) : "an unknown day"
    );
    X509_free(certificate);
    return {std::move(text), end};
}

// At each status line: a proxy's answer comes before the handshake with the server.
std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    if (transfer.request.want_tls && std::string_view(data, size).starts_with("HTTP/")) {
        transfer.tls = tls_facts(transfer.easy);
    }
    return size;
}

std::optional<Time> http_date(const std::string& value) {
    const std::time_t seconds = curl_getdate(value.c_str(), nullptr);
    return seconds < 0 ? std::nullopt : std::optional(Time(std::chrono::seconds(seconds)));
}

// The last one that is a number, or a date after the answer's own.
std::optional<Duration> retry_after(CURL* easy, const std::optional<Time>& date) {
    constexpr Duration kLongest = std::chrono::hours(24);
    std::optional<Duration> wait;
    for (const std::string& value : headers(easy, "retry-after")) {
        if (const auto seconds = base::whole_number<std::uint32_t>(value)) {
            wait = std::min<Duration>(std::chrono::seconds(*seconds), kLongest);
        } else if (const std::optional<Time> until = http_date(value); until && date) {
            wait = std::clamp(*until - *date, Duration{0}, kLongest);
        }
    }
    return wait;
}

std::string handshake_text(CURL* easy, CURLcode code) {
    std::string text = curl_easy_strerror(code);
    long verified = X509_V_OK;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    if (verified != X509_V_OK) {
        text += fmt::format(": {}", X509_verify_cert_error_string(verified));
    }
    return text;
}

HttpResponse response_of(Transfer& transfer) {
    CURL* easy = transfer.easy;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    HttpResponse response;
    response.status = static_cast<int>(status);
    response.body = std::move(transfer.exchange.body);
    response.location = header(easy, "location").substr(0, 2048);
    response.set_cookies = headers(easy, "set-cookie");
    response.date = http_date(header(easy, "date"));
    response.retry_after = retry_after(easy, response.date);
    response.maintenance = header(easy, "x-nextcloud-maintenance-mode") == "1";
    response.tls = std::move(transfer.tls);
    return response;
}

TransportFault fault_of(CURLcode code, const Transfer& transfer) {
    switch (code) {
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
            return TransportFault::kAddress;
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_PROXY:
            return TransportFault::kProxy;
        case CURLE_COULDNT_RESOLVE_HOST:
            return TransportFault::kDns;
        case CURLE_COULDNT_CONNECT:
        case CURLE_INTERFACE_FAILED:
            return TransportFault::kConnect;
        case CURLE_SSL_CACERT_BADFILE:
            return TransportFault::kCaFile;
        case CURLE_OPERATION_TIMEDOUT:
            return transfer.exchange.sends > 0 ? TransportFault::kTimeout
                                               : TransportFault::kConnect;
        case CURLE_FILESIZE_EXCEEDED:
            return TransportFault::kTooLarge;
        case CURLE_WRITE_ERROR:
            return transfer.exchange.too_large ? TransportFault::kTooLarge
                                               : TransportFault::kBroken;
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WEIRD_SERVER_REPLY:
            return TransportFault::kBadEncoding;
        default:
            return base::is_tls_fault(code) ? TransportFault::kTls : TransportFault::kBroken;
    }
}

}  // namespace

Profile::Profile(const CloudSettings& s) : settings(s), base_url(s.base_url) {
    while (!base_url.empty() && base_url.back() == '/') {
        base_url.pop_back();
    }
    const auto list_of = [](std::initializer_list<const char*> lines) {
        curl_slist* list = nullptr;
        for (const char* line : lines) {
            list = curl_slist_append(list, line);
        }
        return list;
    };
    headers.reset(list_of(
        {"OCS-APIRequest: true", "Accept: application/json", "Accept-Language: en", "Expect:"}
    ));
    dav_headers.reset(
        list_of({"OCS-APIRequest: true", "Content-Type: application/xml", "Depth: 0", "Expect:"})
    );
}

std::string set_up(Transfer& transfer, const Profile& profile) {
    const CloudSettings& s = profile.settings;
    CURL* easy = transfer.easy;
    transfer.exchange.max_body = s.max_body_bytes;
    base::CurlSetter set(easy);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    const std::string password(s.password.reveal());
    if (s.bearer) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
        set(CURLOPT_XOAUTH2_BEARER, password.c_str());
    } else {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, s.login.c_str());
        set(CURLOPT_PASSWORD, password.c_str());
    }
    const base::CurlOptions options{
        "http,https", s.user_agent, s.proxy, s.ca_file, s.verify_tls, s.connect_timeout, s.timeout};
    const std::string common = base::set_up_curl(easy, options, transfer.exchange);
    return set.error().empty() ? common : set.error();
}

void prepare(Transfer& transfer, const Profile& profile) {
    CURL* easy = transfer.easy;
    const HttpRequest& request = transfer.request;
    base::CurlExchange& exchange = transfer.exchange;
    const bool dav = request.method == Method::kPropfind;
    exchange.repeatable = request.method == Method::kGet || dav;
    exchange.body.clear();
    exchange.too_large = false;
    exchange.sends = 0;
    exchange.error[0] = '\0';
    transfer.tls = {};
    transfer.url.assign(profile.base_url).append(request.target);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.new_connection ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (dav ? profile.dav_headers : profile.headers).get());
    curl_easy_setopt(
        easy, CURLOPT_COOKIE, request.cookies.empty() ? nullptr : request.cookies.c_str()
    );
    if (request.method == Method::kGet) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    static constexpr const char* kNames[] = {"GET", "POST", "PUT", "DELETE", "PROPFIND", "PATCH"};
    base::set_form(easy, request.form);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, kNames[static_cast<int>(request.method)]);
}

HttpResult conclude(Transfer& transfer, CURLcode code) {
    curl_off_t micros = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_TOTAL_TIME_T, &micros);
    const std::chrono::microseconds took(micros);
    if (code == CURLE_OK) {
        HttpResponse response = response_of(transfer);
        response.took = took;
        // The next body is as large as this one, or a little larger.
        const std::uint64_t room = response.body.size() * 9 / 8;
        transfer.exchange.body_room =
            static_cast<std::size_t>(std::min(room, transfer.exchange.max_body)) + kParserPadding;
        return response;
    }
    const bool sent = transfer.exchange.sends > 0;
    TransportError error(fault_of(code, transfer), sent, transfer.exchange.text(code));
    if (sent && error.fault == TransportFault::kTls) {
        // A second connection, in the place of one that had died: libcurl keeps the words of that.
        error.text = handshake_text(transfer.easy, code);
    }
    long by_proxy = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_HTTP_CONNECTCODE, &by_proxy);
    if (by_proxy >= 400) {  // no tunnel: nothing reached the cloud
        error = TransportError(
            TransportFault::kProxy,
            false,
            by_proxy == 407 ? "the proxy refuses our login (407)"
                            : fmt::format("the proxy refuses to connect us (status {})", by_proxy)
        );
    }
    error.took = took;
    return tl::unexpected(std::move(error));
}

}  // namespace bn::ocs
