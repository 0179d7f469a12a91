#include "ocs/curl_options.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
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

bool header_named(std::string_view line, std::string_view lower_name, std::string_view& value) {
    if (line.size() <= lower_name.size() || line[lower_name.size()] != ':' ||
        base::lower_ascii(line.substr(0, lower_name.size())) != lower_name) {
        return false;
    }
    value = base::trim(line.substr(lower_name.size() + 1));
    return true;
}

std::string x509_day(const ASN1_TIME* time) {
    std::tm tm{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) {
        return "an unknown day";
    }
    return fmt::format("{:04}-{:02}-{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

// Asked while the transfer is under way: afterwards libcurl has let go of the connection.
std::string tls_text(CURL* easy) {
    curl_tlssessioninfo* info = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == nullptr ||
        info->backend != CURLSSLBACKEND_OPENSSL || info->internals == nullptr) {
        return "none";
    }
    const auto* ssl = static_cast<const SSL*>(info->internals);
    std::string text = SSL_get_version(ssl);
    X509* certificate = SSL_get1_peer_certificate(ssl);
    if (certificate == nullptr) {
        return text;
    }
    char name[256] = {};
    int length = X509_NAME_get_text_by_NID(
        X509_get_subject_name(certificate), NID_commonName, name, sizeof(name)
    );
    text += fmt::format(
        ", CN={}, valid until {}",
        length > 0 ? name : "(none)",
        x509_day(X509_get0_notAfter(certificate))
    );
    X509_free(certificate);
    return text;
}

std::optional<Time> http_date(std::string_view value) {
    std::time_t seconds = curl_getdate(std::string(value).c_str(), nullptr);
    if (seconds < 0) {
        return std::nullopt;
    }
    return Time(std::chrono::seconds(seconds));
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    HttpResponse& response = transfer.response;
    std::string_view line(data, size);
    std::string_view value;
    if (line.substr(0, 5) == "HTTP/") {
        // A new header block (100 Continue came before, or the request was sent again).
        response.set_cookies.clear();
        response.location.clear();
        if (transfer.request.want_tls) {
            response.tls = tls_text(transfer.easy);
        }
    } else if (header_named(line, "set-cookie", value)) {
        if (response.set_cookies.size() < 64) {
            response.set_cookies.emplace_back(value);
        }
    } else if (header_named(line, "date", value)) {
        response.date = http_date(value);
    } else if (header_named(line, "location", value)) {
        response.location = value.substr(0, 2048);
    } else if (header_named(line, "retry-after", value)) {
        std::uint32_t seconds = 0;
        const auto* end = value.data() + value.size();
        auto parsed = std::from_chars(value.data(), end, seconds);
        if (parsed.ec == std::errc() && parsed.ptr == end) {
            response.retry_after = std::chrono::seconds(std::min(seconds, 86400U));
        }
    } else if (header_named(line, "x-nextcloud-maintenance-mode", value)) {
        response.maintenance = value == "1";
    }
    return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    std::string& body = transfer.response.body;
    if (body.size() + size > transfer.max_body) {
        transfer.too_large = true;
        return 0;
    }
    if (body.capacity() == std::string().capacity()) {
        std::size_t hint = std::max(transfer.body_hint + transfer.body_hint / 8, size);
        body.reserve(
            static_cast<std::size_t>(std::min<std::uint64_t>(hint, transfer.max_body)) +
            kParserPadding
        );
    }
    body.append(data, size);
    return size;
}

// libcurl sends a request again by itself when a kept connection died before it answered. The
// server may have acted on the first copy, so a write is never sent twice.
int before_send(void* context, char*, char*, int, int) {
    auto& transfer = *static_cast<Transfer*>(context);
    ++transfer.sends;
    bool again = transfer.sends > 1 && transfer.request.method != Method::kGet;
    return again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
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
            return transfer.sends > 0 ? TransportFault::kTimeout : TransportFault::kConnect;
        case CURLE_FILESIZE_EXCEEDED:
            return TransportFault::kTooLarge;
        case CURLE_WRITE_ERROR:
            return transfer.too_large ? TransportFault::kTooLarge : TransportFault::kBroken;
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WEIRD_SERVER_REPLY:
            return TransportFault::kBadEncoding;
        default:
            return base::is_tls_fault(code) ? TransportFault::kTls : TransportFault::kBroken;
    }
}

template <class T>
void set(CURLcode& first_error, CURL* easy, CURLoption option, T value) {
    CURLcode code = curl_easy_setopt(easy, option, value);
    first_error = first_error == CURLE_OK ? code : first_error;
}

}  // namespace

Profile::Profile(const CloudSettings& s) : settings(s), base_url(s.base_url) {
    while (!base_url.empty() && base_url.back() == '/') {
        base_url.pop_back();
    }
    curl_slist* list = nullptr;
    for (const char* line :
         {"OCS-APIRequest: true", "Accept: application/json", "Accept-Language: en", "Expect:"}) {
        list = curl_slist_append(list, line);
    }
    headers.reset(list);
}

std::string set_up(Transfer& transfer, const Profile& profile) {
    const CloudSettings& s = profile.settings;
    CURL* easy = transfer.easy;
    CURLcode error = CURLE_OK;
    transfer.max_body = s.max_body_bytes;
    set(error, easy, CURLOPT_ERRORBUFFER, static_cast<char*>(transfer.error));
    set(error, easy, CURLOPT_HEADERFUNCTION, &on_header);
    set(error, easy, CURLOPT_HEADERDATA, &transfer);
    set(error, easy, CURLOPT_WRITEFUNCTION, &on_body);
    set(error, easy, CURLOPT_WRITEDATA, &transfer);
    set(error, easy, CURLOPT_PREREQFUNCTION, &before_send);
    set(error, easy, CURLOPT_PREREQDATA, &transfer);
    set(error, easy, CURLOPT_HTTPHEADER, profile.headers.get());
    set(error, easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    set(error, easy, CURLOPT_TCP_KEEPALIVE, 1L);
    // Silence for three quarters of the time is an end too; never below the 25 s that a server
    // delays answers after failed logins.
    set(error, easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(error,
        easy,
        CURLOPT_LOW_SPEED_TIME,
        static_cast<long>(std::max<std::int64_t>(35, s.timeout.count() * 3 / 4000)));
    set(error, easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(error, easy, CURLOPT_USERNAME, s.login.c_str());
    set(error, easy, CURLOPT_PASSWORD, std::string(s.password.reveal()).c_str());
    if (error != CURLE_OK) {
        return curl_easy_strerror(error);
    }
    return base::set_up_curl(
        easy,
        {"http,https", s.user_agent, s.proxy, s.ca_file, s.verify_tls, s.connect_timeout, s.timeout}
    );
}

void prepare(Transfer& transfer, const Profile& profile) {
    CURL* easy = transfer.easy;
    const HttpRequest& request = transfer.request;
    transfer.response = HttpResponse();
    transfer.too_large = false;
    transfer.sends = 0;
    transfer.error[0] = '\0';
    transfer.url.assign(profile.base_url).append(request.target);
    curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
    curl_easy_setopt(
        easy, CURLOPT_COOKIE, request.cookies.empty() ? nullptr : request.cookies.c_str()
    );
    if (request.method == Method::kGet) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    static constexpr const char* kNames[] = {"GET", "POST", "PUT", "DELETE"};
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, kNames[static_cast<int>(request.method)]);
    curl_easy_setopt(
        easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.form.size())
    );
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.form.c_str());
}

HttpResult conclude(Transfer& transfer, CURLcode code) {
    curl_off_t micros = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_TOTAL_TIME_T, &micros);
    transfer.response.took = std::chrono::microseconds(micros);
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
        transfer.response.status = static_cast<int>(status);
        transfer.body_hint = transfer.response.body.size();
        return std::move(transfer.response);
    }
    std::string text = transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(code);
    TransportError error(fault_of(code, transfer), transfer.sends > 0, std::move(text));
    error.took = transfer.response.took;
    return tl::unexpected(std::move(error));
}

}  // namespace bn::ocs
